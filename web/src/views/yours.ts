/** Screen 4: the user's own cipher, recorded pairs, and files of the program. */

import type { App, Screen } from "../app.ts";
import type { Report, Said, Source } from "../attacking.ts";
import { announce, download, h } from "../dom.ts";
import { Laboratory } from "../laboratory.ts";
import { message } from "../rpc.ts";
import type { Evaluation } from "../training.ts";
import { Curve } from "../charts/curve.ts";
import { findingRows, verdict } from "./verdict.ts";

/** Maximum size of a file, in bytes. */
const LARGEST = 64 << 20;

const EXAMPLE = `// key and text are arrays of bytes. Return the ciphertext as bytes, always of the same length.
function encrypt(key, text) {
  return text.map((byte, i) => byte ^ key[i % key.length] ^ (17 * i));
}
`;

/** Globals that are removed, so that the code of a cipher cannot use the network. Somebody else may have written it. */
const CUT_OFF = ["fetch", "XMLHttpRequest", "WebSocket", "EventSource", "WebTransport", "importScripts", "indexedDB", "caches", "BroadcastChannel", "Worker"];

/** A worker that loads the attacks, removes its access to the network, and then runs the user's code. The code begins in line 2. */
function ownWorker(code: string): Worker {
  const attacks = new URL("attack.js", location.href).href;
  const prelude = `importScripts(${JSON.stringify(attacks)});for(const name of ${JSON.stringify(CUT_OFF)})Object.defineProperty(self,name,{value:undefined});self.ownCipher=(()=>{`;
  const text = `${prelude}\n${code}\nreturn{encrypt:typeof encrypt==="undefined"?undefined:encrypt}})();`;
  const address = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  const worker = new Worker(address);
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
  return worker;
}

/** Corrects the line number in an error of the worker, which also counts the line before the user's code. */
const ownLine = (text: string): string => text.replace(/\(line (\d+)\)/, (_, line: string) => `(line ${Math.max(1, Number(line) - 1)})`);

export function yours(app: App): Screen {
  let laboratory: Laboratory | undefined;
  const code = h("textarea", { id: "own-code", rows: 9, spellcheck: "false", "aria-label": "Your cipher in JavaScript" });
  code.value = EXAMPLE;
  const sizes = [1, 2, 4, 8, 16];
  const size = (id: string, label: string, chosen: number) => {
    const select = h("select", { id }, ...sizes.map((bytes) => h("option", { value: 8 * bytes, selected: bytes === chosen }, `${8 * bytes} bits`)));
    return { select, element: h("div", { class: "control" }, h("label", { for: id }, label), select) };
  };
  const block = size("own-block", "Message block", 4);
  const key = size("own-key", "Key", 2);
  const once = h("input", { type: "checkbox", id: "own-once" });
  const only = h("select", { id: "own-only" }, h("option", { value: "" }, "all attacks"));
  const controls = h("input", { type: "checkbox", id: "own-controls" });
  const progress = h("progress", { max: 1, hidden: true, "aria-label": "Progress of the attacks" });
  const stop = h("button", { id: "own-stop", hidden: true, onclick: () => halt("stopped") }, "Stop");
  const go = h("button", { class: "primary", id: "own-run", onclick: () => app.attempt(attackCode) }, "Attack it");
  const results = h("div", { class: "cards", id: "own-results", "aria-live": "polite" });

  function halt(reason: string): void {
    laboratory?.stop(reason);
    laboratory = undefined;
  }

  /** Attacks `source` in a new worker and shows the report. Errors begin with the name of the `file`, if there is one. */
  async function attack(make: () => Promise<Laboratory>, source: Source, file = ""): Promise<void> {
    halt("stopped by another attack");
    go.disabled = true;
    stop.hidden = false;
    progress.hidden = false;
    progress.removeAttribute("value");
    try {
      laboratory = await make();
      laboratory.onSaid((said: Said) => {
        if (said.event !== "progress") return;
        progress.value = said.done;
        progress.title = said.attack;
      });
      await laboratory.target(source);
      showReport(await laboratory.attack(only.value, 1, controls.checked), laboratory);
    } catch (error) {
      fail((file && `${file}: `) + ownLine(message(error)));
      halt("failed");
    } finally {
      go.disabled = false;
      stop.hidden = true;
      progress.hidden = true;
    }
  }

  const attackCode = () =>
    attack(() => Laboratory.open(app.module, ownWorker(code.value)), {
      kind: "own",
      blockBits: Number(block.select.value),
      keyBits: Number(key.select.value),
      oneTimeKey: once.checked,
    });

  function fail(text: string): void {
    results.replaceChildren(h("p", { class: "failure", role: "alert" }, `${text.charAt(0).toUpperCase()}${text.slice(1)}.`));
    announce(text);
  }

  function showReport(report: Report, lab?: Laboratory): void {
    const wrong = report.controls.map(({ target, expected, verdict: of }) => h("tr", {}, h("td", {}, target), h("td", {}, expected), h("td", {}, verdict(of))));
    const save = (name: string, work: () => Promise<string>, type: string) =>
      h("button", { class: "small", onclick: () => app.attempt(async () => download(name, await work(), type)) }, name);
    results.replaceChildren(
      h("article", { class: "card", id: "report" },
        h("div", { class: "card-head" }, h("h3", {}, `Report on ${report.target}`), verdict(report.verdict)),
        ...findingRows(report.findings),
        report.not_run.length > 0
          ? h("details", {}, h("summary", {}, `${report.not_run.length} attacks did not run`), ...report.not_run.map(({ attack, reason }) => h("p", { class: "note" }, `${attack}: ${reason}`)))
          : null,
        wrong.length > 0
          ? h("table", {}, h("thead", {}, h("tr", {}, ...["control", "expected", "verdict"].map((name) => h("th", { scope: "col" }, name)))), h("tbody", {}, ...wrong))
          : h("p", { class: "note" }, "No controls were run."),
        h("div", { class: "buttons" },
          save("report.json", async () => JSON.stringify(report, null, 2), "application/json"),
          lab ? save("report.html", () => lab.html(report), "text/html") : null,
        ),
      ),
    );
    announce("The report is ready.");
  }

  // ---- Files -------------------------------------------------------------------------------------------
  /** Reads one file in a new worker without a target. */
  async function reading<T>(what: "readModel" | "readMetrics" | "readReport", bytes: Uint8Array, show: (value: T, lab: Laboratory) => void): Promise<void> {
    halt("stopped by a new file");
    laboratory = await Laboratory.open(app.module);
    show(await laboratory.read<T>(what, bytes), laboratory);
  }

  function showModel(name: string, bytes: Uint8Array, model: { hash: string; rules: Record<string, unknown>; parameters: number }): void {
    const facts = Object.entries({ ...model.rules, parameters: model.parameters, "BLAKE3 hash of the file": model.hash });
    const rows = facts.map(([label, value]) => h("tr", {}, h("th", { scope: "row" }, label), h("td", {}, typeof value === "object" ? JSON.stringify(value) : String(value))));
    const run = h("button", { id: "attack-model", class: "primary", onclick: () => app.attempt(() => attack(() => Laboratory.open(app.module), { kind: "model", model: bytes })) }, "Attack it");
    results.replaceChildren(h("article", { class: "card", id: "model" }, h("h3", {}, name), h("div", { class: "scroll" }, h("table", {}, h("tbody", {}, ...rows))), h("div", { class: "buttons" }, run)));
  }

  function showMetrics(name: string, looks: Evaluation[]): void {
    const first = looks.find((look) => typeof look.bob_wrong_bits === "number");
    if (!first) return fail(`${name} has no wrong bits: the page does not draw trainings of the selective game`);
    const bits = first.bob_by_bit.length;
    const points = looks.map((look) => ({ round: look.round, bob: look.bob_wrong_bits, eve: look.eve_wrong_bits, byBit: look.bob_by_bit }));
    const last = points.at(-1)?.round ?? 0;
    const curve = new Curve(() => {});
    results.replaceChildren(h("article", { class: "card", id: "metrics" }, h("h3", {}, name), curve.element, h("p", { class: "note" }, `${looks.length} tests, up to round ${points.at(-1)?.round}.`)));
    const scale = bits / 16;
    curve.draw([{ name: "", points, happened: [], round: last, furthest: last, born: 0 }], bits / 2, { bob: 0.05 * scale, eve: 7.3 * scale });
  }

  async function take(file: File): Promise<void> {
    try {
      if (file.size > LARGEST) throw new Error(`the file has ${(file.size / (1 << 20)).toFixed(0)} MiB; the maximum is 64 MiB`);
      const bytes = new Uint8Array(await file.arrayBuffer());
      const { name } = file;
      if (name.endsWith(".safetensors")) await reading("readModel", bytes, (model: Parameters<typeof showModel>[2]) => showModel(name, bytes, model));
      else if (name.endsWith(".jsonl")) await reading("readMetrics", bytes, (looks: Evaluation[]) => showMetrics(name, looks));
      else if (name.endsWith(".json")) await reading("readReport", bytes, (report: Report, lab) => showReport(report, lab));
      else if (name.endsWith(".csv")) {
        const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
        await attack(() => Laboratory.open(app.module), { kind: "csv", name, text, oneTimeKey: once.checked }, name);
      } else throw new Error("not a model.safetensors, metrics.jsonl, report.json or CSV file of recorded pairs");
    } catch (error) {
      fail(`${file.name}: ${message(error).replace(`${file.name}: `, "")}`);
    }
  }

  const picker = h("input", { type: "file", id: "file", class: "hidden", accept: ".safetensors,.jsonl,.json,.csv" });
  picker.addEventListener("change", () => {
    const file = picker.files?.[0];
    if (file) app.attempt(() => take(file));
    picker.value = "";
  });
  const drop = h("div", { class: "drop panel", id: "drop" },
    h("h3", {}, "Or drop a file"),
    h("p", {}, "Recorded pairs (.csv with key,plaintext,ciphertext in hex) are attacked. A model.safetensors, metrics.jsonl or report.json of the program is shown."),
    h("div", {}, h("button", { onclick: () => picker.click() }, "Choose a file"), picker),
  );
  drop.addEventListener("dragover", (event) => { event.preventDefault(); drop.classList.add("over"); });
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    const file = event.dataTransfer?.files[0];
    if (file) app.attempt(() => take(file));
  });
  picker.tabIndex = -1;
  picker.setAttribute("aria-label", "File");

  const element = h(
    "section",
    { class: "view", id: "yours", "aria-labelledby": "yours-title" },
    h("header", { class: "lead" },
      h("h2", { id: "yours-title" }, "Can you design a cipher that you cannot break?"),
      h("p", {}, "Anyone can. The question is whether others can break it. Write a cipher in JavaScript, and the same attacks run on it in this page."),
    ),
    h("div", { class: "split" },
      h("section", { class: "panel" },
        code,
        h("div", { class: "form" }, block.element, key.element,
          h("div", { class: "control" }, h("label", { for: "own-only" }, "Attacks"), only),
        ),
        h("div", {}, once, " ", h("label", { for: "own-once" }, "each key is used for one message only")),
        h("div", {}, controls, " ", h("label", { for: "own-controls" }, "run the controls too (takes about five times as long)")),
        h("div", { class: "buttons" }, go, stop),
        progress,
      ),
      drop,
    ),
    results,
  );
  return {
    element,
    open() {
      if (only.childElementCount > 1) return;
      app.attempt(async () => {
        const lab = await Laboratory.open(app.module);
        only.append(...lab.attacks.map(({ name, has }) => h("option", { value: name }, `${name} (${has})`)));
        lab.stop();
      });
    },
  };
}
