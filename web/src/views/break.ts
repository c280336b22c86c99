/** Screen 3: attacks on the learned cipher, in the order of what the attacker has. */

import type { App, Screen } from "../app.ts";
import type { AttackInfo, Said, Source } from "../attacking.ts";
import { announce, h } from "../dom.ts";
import { Laboratory } from "../laboratory.ts";
import { message } from "../rpc.ts";
import { trainCommand } from "../run.ts";
import { seedOf } from "../settings.ts";
import { elimination, freshEve, keySearch, type Figure } from "./figures.ts";
import { findingRows } from "./verdict.ts";

/** The attacks that have a card, weakest attacker first, and their figures. */
const RUNGS: { attack: string; title: string; figure?: () => Figure; about: string }[] = [
  { attack: "fresh-eves", title: "A fresh Eve", figure: freshEve, about: "Alice and Bob are frozen, and a new Eve trains against them. The first Eve trained against an Alice who kept changing." },
  { attack: "key-search", title: "All keys", figure: keySearch, about: "The attacker knows the networks. Under every key, Bob decrypts and Alice re-encrypts. A key is ruled out if this does not give the same ciphertext." },
  { attack: "linear", title: "Equations", figure: elimination, about: "One key is used for many messages, and some plaintexts are known. Is each output an XOR of plaintext bits? Each known pair gives one equation, and Gaussian elimination solves them." },
  { attack: "neural-known-plaintext", title: "A network with known pairs", about: "A network learns to decrypt from known pairs under one key." },
  { attack: "neural-distinguisher", title: "A neural distinguisher", about: "The attacker chooses pairs of messages with a fixed difference. A network learns to distinguish their ciphertexts from those of unrelated messages." },
  { attack: "leakage", title: "Exact leakage", about: "The attacker has unlimited computation. How many bits of information about the message does one ciphertext leak to the best possible attack?" },
];

/** Ciphers to attack: the learned one and two controls. */
const TARGETS = [
  { id: "learned", label: "the learned cipher" },
  { id: "one-time-pad", label: "control: one-time pad, 16 bits (the attacks must find nothing)" },
  { id: "xor:16/8", label: "control: XOR with a repeated 8-bit key (the attacks must break it)" },
];

export function breaking(app: App): Screen {
  let laboratory: Laboratory | undefined;
  let prepared = "";
  let busy = false;
  const choose = h("select", { id: "target" }, ...TARGETS.map(({ id, label }) => h("option", { value: id }, label)));
  const about = h("p", { class: "note", id: "target-note" });
  const ladder = h("div", { class: "cards" });
  const others = h("select", { id: "other-attack", "aria-label": "Another attack" });
  const stop = h("button", { id: "stop-attack", hidden: true, onclick: () => halt() }, "Stop");

  async function ready(): Promise<Laboratory> {
    laboratory ??= await Laboratory.open(app.module);
    return laboratory;
  }

  function halt(): void {
    laboratory?.stop();
    laboratory = undefined;
    prepared = "";
  }

  /** Sends the chosen target to the worker, unless the worker already has it. */
  async function prepare(): Promise<Laboratory> {
    const lab = await ready();
    await app.a.pause();
    const name = choose.value;
    const state = name === "learned" ? `${await app.a.hash()}` : name;
    if (state === prepared) return lab;
    const source: Source = name === "learned" ? { kind: "model", model: await app.a.model("best") } : { kind: "built-in", name };
    await lab.target(source);
    prepared = state;
    return lab;
  }

  /** Runs one attack: first its figure, then the attack itself with its verdict. */
  async function run(attack: string, card: { results: HTMLElement; progress: HTMLProgressElement; figure?: Figure | undefined }): Promise<void> {
    if (busy) return announce("Another attack is running. Stop it, or wait until it finishes.");
    busy = true;
    stop.hidden = false;
    card.progress.hidden = false;
    card.progress.removeAttribute("value");
    const target = TARGETS.find(({ id }) => id === choose.value)?.label ?? choose.value;
    try {
      const lab = await prepare();
      const seed = seedOf(app.a.settings);
      await card.figure?.run({ app, laboratory: lab, seed, learned: choose.value === "learned" });
      lab.onSaid((said: Said) => {
        if (said.event === "progress") card.progress.value = said.done;
      });
      const report = await lab.attack(attack, seed, false);
      const train = choose.value === "learned" ? trainCommand(app.a) : "";
      const rows = findingRows(report.findings, train);
      const silent = report.not_run.map(({ reason }) => h("p", {}, `This attack did not run: ${reason}.`));
      card.results.prepend(h("div", { class: "result", "data-target": choose.value }, h("h4", {}, `On ${target}`), ...rows, ...silent));
      announce(`${attack} has finished.`);
    } catch (error) {
      card.results.prepend(h("p", { class: "wrong-value" }, `On ${target}: ${message(error)}.`));
    } finally {
      busy = false;
      stop.hidden = true;
      card.progress.hidden = true;
    }
  }

  function card(attack: string, title: string, text: string, info: AttackInfo | undefined, figure?: Figure): HTMLElement {
    const results = h("div", { class: "results", "aria-live": "polite" });
    const progress = h("progress", { max: 1, hidden: true, "aria-label": `Progress of ${attack}` });
    return h(
      "article",
      { class: "card", id: `rung-${attack}` },
      h("div", { class: "card-head" }, h("h3", {}, title), h("span", { class: "note" }, info?.has ?? "")),
      h("p", {}, text),
      info ? h("p", { class: "note" }, info.given) : null,
      figure?.element ?? null,
      h("div", { class: "buttons" }, h("button", { id: `run-${attack}`, onclick: () => void run(attack, { results, progress, figure }) }, "Attack")),
      progress,
      results,
    );
  }

  async function fill(): Promise<void> {
    if (ladder.childElementCount > 0) return;
    const { attacks } = await ready();
    const info = (name: string) => attacks.find((attack) => attack.name === name);
    ladder.replaceChildren(...RUNGS.map(({ attack, title, about, figure }) => card(attack, title, about, info(attack), figure?.())));
    const rest = attacks.filter(({ name }) => !RUNGS.some(({ attack }) => attack === name));
    others.replaceChildren(...rest.map(({ name, has }) => h("option", { value: name }, `${name} (${has})`)));
    const results = h("div", { class: "results", "aria-live": "polite" });
    const progress = h("progress", { max: 1, hidden: true, "aria-label": "Progress of the attack" });
    ladder.append(
      h(
        "article",
        { class: "card", id: "rung-other" },
        h("h3", {}, "Other attacks"),
        others,
        h("div", { class: "buttons" }, h("button", { id: "run-other", onclick: () => void run(others.value, { results, progress }) }, "Attack")),
        progress,
        results,
      ),
    );
  }

  const element = h(
    "section",
    { class: "view", id: "break", "aria-labelledby": "break-title" },
    h(
      "header",
      { class: "lead" },
      h("h2", { id: "break-title" }, "This Eve failed. Other attackers have more."),
      h("p", {}, "The Eve of the training is only one attacker, and a weak one. The attackers below have more: other networks, the algorithm, known plaintexts, unlimited computation. The budget is the program's \"quick\"."),
    ),
    h("div", { class: "message" }, h("label", { for: "target" }, "Attack"), choose),
    about,
    h("div", { class: "buttons" }, stop),
    ladder,
  );
  choose.addEventListener("change", () => app.changed());

  return {
    element,
    open: () => app.attempt(fill),
    changed() {
      const { a } = app;
      const trained = a.trained ? "The goals are met." : "The goals are not met yet. Train further, or attack the cipher as it is.";
      about.textContent =
        choose.value === "learned" ? `The best model of training A so far, at round ${a.round.toLocaleString("en")}. ${trained}` : "Controls show that an attack works and that it raises no false alarms.";
    },
  };
}
