/** Screen 1: the training of the three networks, and a message that Alice sends. */

import { TURNS, type Turn } from "../address.ts";
import type { App, Screen } from "../app.ts";
import { MOST_BYTES } from "../bits.ts";
import { Curve, type Course } from "../charts/curve.ts";
import { announce, download, h, reducedMotion } from "../dom.ts";
import { trainCommand, type Run } from "../run.ts";
import { Scene } from "../scene.ts";
import { choice, conflict, SETTING_NAMES, toToml, type Settings } from "../settings.ts";
import type { Opened, Transcript } from "../training.ts";
import { controls } from "./controls.ts";
import { hashOfProgram } from "../program.ts";

/** Rounds per second at each position of the speed control. */
const SPEEDS = [1, 3, 10, 30, 100, Infinity];
const TURN_NAMES: Record<Turn, string> = { all: "everybody", "alice-bob": "Alice and Bob only", eve: "Eve only" };
const PHASES = [
  "1 of 3: Alice encrypts. Bob decrypts, and Eve guesses.",
  "2 of 3: Alice and Bob have trained: one step towards fewer errors of Bob and more errors of Eve.",
  "3 of 3: Eve has trained: she adapts to the new Alice.",
];

export function wire(app: App): Screen {
  let speed = SPEEDS.length - 1;
  let slow = false;
  let stopSlow = false;
  const wishes = { choose: (block: number) => app.choose(block), flip: (flip: string) => app.flip(flip) };
  const sceneA = new Scene(wishes, "A");
  const sceneB = new Scene(wishes, "B");
  for (const scene of [sceneA, sceneB]) scene.listen(() => app.a.facts.bits);
  const scenes = h("div", { class: "scenes" }, sceneA.element);

  const text = h("input", { id: "text", type: "text", maxlength: MOST_BYTES, autocomplete: "off", spellcheck: "false" });
  text.addEventListener("input", () => app.type(text.value));

  // ---- Playing -----------------------------------------------------------------------------------------
  const playing = () => app.a.playing || app.b?.playing === true || slow;
  const play = h("button", { class: "primary", id: "play", onclick: () => app.attempt(() => (playing() ? halt() : go())) }, "Play");
  const runs = (): Run[] => (app.b ? [app.a, app.b] : [app.a]);
  async function go(): Promise<void> {
    const rate = SPEEDS[speed] ?? Infinity;
    await Promise.all(runs().map((run) => run.play(rate)));
  }
  async function halt(): Promise<void> {
    stopSlow = true;
    await Promise.all(runs().map((run) => run.pause()));
  }
  const one = h("button", { id: "one", onclick: () => app.attempt(() => Promise.all(runs().map((run) => run.step()))) }, "One round");
  const motion = h("button", { id: "slow", onclick: () => app.attempt(slowMotion), title: "One round in its three phases" }, "Slow motion");
  const phase = h("p", { class: "phase", "aria-live": "polite" });

  /** Shows one round in three phases, each for a few seconds. */
  async function slowMotion(): Promise<void> {
    if (slow) return;
    await halt();
    slow = true;
    stopSlow = false;
    const round = app.a.round;
    const transcripts: Transcript[] = await app.a.phases();
    for (const [i, transcript] of transcripts.entries()) {
      if (stopSlow) break;
      phase.textContent = `Round ${round + 1}, ${PHASES[i] ?? ""}`;
      sceneA.draw(app.subject(), transcript, app.a.facts, title(app.a, "A"));
      await new Promise((resolve) => setTimeout(resolve, reducedMotion() ? 3500 : 2200));
    }
    phase.textContent = "";
    slow = false;
    app.changed();
  }

  const speedName = h("output", { for: "speed" }, "full speed");
  const speedControl = h("input", { id: "speed", type: "range", min: 0, max: SPEEDS.length - 1, step: 1, value: speed });
  speedControl.addEventListener("input", () => {
    speed = Number(speedControl.value);
    const rate = SPEEDS[speed] ?? Infinity;
    speedName.textContent = Number.isFinite(rate) ? `${rate} per second` : "full speed";
    speedControl.setAttribute("aria-valuetext", speedName.textContent);
    if (app.a.playing || app.b?.playing) app.attempt(go);
  });
  const who = h("select", { id: "who" }, ...TURNS.map((turn) => h("option", { value: turn }, TURN_NAMES[turn])));
  who.addEventListener("change", () => app.attempt(() => Promise.all(runs().map((run) => run.who(who.value as Turn)))));

  // ---- Rewinding ---------------------------------------------------------------------------------------
  let wanted: number | undefined;
  let seeking = false;
  /** Goes to the last requested round. Earlier requests that have not started are dropped. */
  async function seek(round: number): Promise<void> {
    wanted = round;
    if (seeking) return;
    seeking = true;
    try {
      while (wanted !== undefined) {
        const target: number = wanted;
        wanted = undefined;
        const { a, b } = app;
        await Promise.all([a.seek(target), b && b.seek(Math.max(b.born, target))]);
      }
    } finally {
      seeking = false;
    }
  }
  const curve = new Curve((round) => app.attempt(() => seek(round)));
  const standing = h("p", { class: "standing" });

  // ---- Settings ----------------------------------------------------------------------------------------
  const conflictLine = h("p", { class: "wrong-value", role: "alert" });
  const form = h("div", { class: "form" });
  let draft: Settings = {};
  async function restart(): Promise<void> {
    const problem = conflict(draft);
    conflictLine.textContent = problem ?? "";
    if (problem) return;
    await halt();
    await app.begin({ ...draft });
    fillForms();
  }
  const branchDraft: Settings = {};
  const branchForm = h("div", { class: "form" });
  const branchLine = h("p", { class: "note" });
  const branchButton = h("button", {
    id: "branch",
    onclick: () => app.attempt(async () => {
      await app.branch({ ...branchDraft });
      announce(`Training B branched from A at round ${app.b?.born}.`);
    }),
  }, "Branch here");
  const closeBranch = h("button", { id: "close-branch", onclick: () => { app.closeB(); app.changed(); } }, "Close B");
  function fillForms(): void {
    draft = { ...app.a.settings };
    form.replaceChildren(
      ...controls(["preset", "game", "bits", "key-bits", "leaked-key-bits", "seed"], draft),
      h("details", {}, h("summary", {}, "More settings"), ...controls(SETTING_NAMES.filter((name) => choice(name).branch), draft)),
    );
    for (const name of SETTING_NAMES) delete branchDraft[name];
    branchForm.replaceChildren(...controls(["preset", "learning-rate", "eve-steps", "eve-term"], branchDraft));
    const only = who.value;
    who.value = TURNS.includes(only as Turn) ? only : "all";
  }

  // ---- Exports -----------------------------------------------------------------------------------------
  const command = h("code", { class: "command" });
  const badge = h("p", { class: "badge", id: "badge" });
  let badged = "";
  async function fillBadge(): Promise<void> {
    const { a } = app;
    const state = `${a.round} ${JSON.stringify(a.settings)} ${a.playing}`;
    if (badged === state || a.playing) return;
    badged = state;
    const [hash, known] = [await a.hash(), hashOfProgram(a)];
    const short = `${hash.slice(0, 12)}…`;
    badge.title = hash;
    badge.dataset.hash = hash;
    badge.className = known === hash ? "badge good" : "badge";
    if (!a.facts.sameBits) badge.textContent = `Model ${short}. This browser rounds differently, so the program's model has other bits.`;
    else if (known === hash) badge.textContent = `Model ${short}: the program trains the same model, byte for byte.`;
    else badge.textContent = `Model ${short} (BLAKE3 of model.safetensors)`;
  }
  const save = (label: string, id: string, work: () => Promise<void>) => h("button", { id, class: "small", onclick: () => app.attempt(work) }, label);
  const exports = h(
    "div",
    { class: "buttons" },
    save("TOML", "save-toml", async () => download("config.toml", await app.a.toml(), "application/toml")),
    save("Model", "save-model", async () => download("model.safetensors", (await app.a.model("best")) as Uint8Array<ArrayBuffer>, "application/octet-stream")),
    save("Curve (SVG)", "save-svg", async () => download("curve.svg", curve.toSvg(), "image/svg+xml")),
    save("Curve (JSON)", "save-json", async () => {
      const { settings, points, happened } = app.a;
      const curve = points.map(({ round, bob, eve, byBit }) => ({ round, bob_wrong_bits: bob, eve_wrong_bits: eve, bob_by_bit: byBit }));
      download("curve.json", JSON.stringify({ settings, curve, events: happened }, null, 1), "application/json");
    }),
    save("Copy link", "copy-link", async () => {
      await navigator.clipboard.writeText(location.href);
      announce("Link copied. It restores the current state.");
    }),
    save("Copy command", "copy-command", async () => {
      await navigator.clipboard.writeText(command.textContent ?? "");
      announce("Command copied.");
    }),
  );

  const element = h(
    "section",
    { class: "view", id: "wire", "aria-labelledby": "wire-title" },
    h(
      "header",
      { class: "lead" },
      h("h2", { id: "wire-title" }, "Three networks learn. Two of them share a secret."),
      h(
        "p",
        {},
        "Alice encrypts a message as numbers. Bob has the same key and learns to decrypt them. Eve has no key and learns to read them without it. Alice gets no encryption algorithm: she starts with random weights and learns an encoding that Bob can read and Eve cannot. ",
        h("strong", {}, "Press Play and watch the error curves below the wire."),
      ),
    ),
    h("div", { class: "bench" },
      h("div", { class: "stage" },
        h("div", { class: "message" }, h("label", { for: "text" }, "Message"), text),
        scenes,
        phase,
        h("div", { class: "transport buttons-row", role: "group", "aria-label": "Training" },
          play, one, motion),
        h("div", { class: "transport" },
          h("div", { class: "control" }, h("label", { for: "speed" }, "Rounds"), speedControl, speedName),
          h("div", { class: "control" }, h("label", { for: "who" }, "Who trains"), who),
        ),
        standing,
        curve.element,
        h("p", { class: "note" }, "Drag the curve or the slider to go back to any round. Chance is half of the bits wrong, as with random guesses."),
      ),
      h("aside", { "aria-label": "Settings" },
        h("h3", {}, "Training"),
        form, conflictLine,
        h("button", { id: "restart", onclick: () => app.attempt(restart) }, "Restart with these settings"),
        h("h3", {}, "Branch"),
        h("p", { class: "note" }, "Change settings at this round and continue both trainings side by side. At round 0 the recipe may differ too, for example bits beside paper."),
        branchForm,
        h("div", { class: "buttons" }, branchButton, closeBranch),
        branchLine,
        h("h3", {}, "Command line"),
        command, badge, exports,
      ),
    ),
  );

  const title = (run: Run, name: string) => (app.b ? `${name}: round ${run.round.toLocaleString("en")}` : "");
  let drawn = 0;
  let late: number | undefined;
  function drawCurve(): void {
    clearTimeout(late);
    late = undefined;
    drawn = performance.now();
    const { a, b } = app;
    const courses: Course[] = [{ name: "A", ...pick(a) }];
    if (b) courses.push({ name: "B", ...pick(b) });
    const { bits, goals } = a.facts;
    curve.draw(courses, bits / 2, goals);
  }
  const pick = ({ points, happened, round, furthest, born }: Run) => ({ points, happened, round, furthest, born });

  return {
    element,
    open() {
      text.value = app.place.text;
      fillForms();
      new ResizeObserver(() => requestAnimationFrame(() => app.a && drawCurve())).observe(curve.element);
    },
    changed() {
      const { a, b } = app;
      if (document.activeElement !== text && text.value !== app.place.text) text.value = app.place.text;
      const subject = app.subject();
      if (b && !sceneB.element.isConnected) scenes.append(sceneB.element);
      if (!b) sceneB.element.remove();
      scenes.classList.toggle("two", b !== undefined);
      const fits = (t: Transcript | undefined, facts: Opened) => t && t.bob.length >= subject.plaintext.length && t.wire.length / facts.wireValues >= subject.plaintext.length / facts.bits;
      if (a.transcript && !slow && fits(a.transcript, a.facts)) sceneA.draw(subject, a.transcript, a.facts, title(a, "A"));
      if (b?.transcript && fits(b.transcript, b.facts)) sceneB.draw(subject, b.transcript, b.facts, title(b, "B"));
      play.textContent = playing() ? "Pause" : "Play";
      one.disabled = motion.disabled = playing();
      branchButton.disabled = playing();
      closeBranch.hidden = !b;
      branchLine.textContent = b ? `B branched from A at round ${b.born}${said(app.place.branch?.settings ?? {})}.` : "";
      command.textContent = trainCommand(a) || "No command line can repeat a training in which you chose who trains.";
      command.title = toToml(a.settings);
      standing.textContent = standingOf(a);
      if (performance.now() - drawn > 90 || !a.playing) drawCurve();
      else late ??= window.setTimeout(drawCurve, 100);
      if (!a.playing) app.attempt(fillBadge);
    },
  };
}

const said = (settings: Settings): string => {
  const parts = Object.entries(settings).map(([name, value]) => `${name} ${value}`);
  return parts.length > 0 ? ` with ${parts.join(", ")}` : " without changes";
};

/** The state of the training in words. */
export function standingOf(run: Run): string {
  const { bits, goals } = run.facts;
  const point = run.points.findLast((point) => point.round <= run.round);
  const restarted = run.happened.findLast((event) => event.kind === "restarted" && event.round <= run.round && run.round - event.round < 100);
  const round = `Round ${run.round.toLocaleString("en")}. `;
  if (restarted?.kind === "restarted") return `${round}The training restarted from new random weights: ${restarted.reason}.`;
  if (!point || run.round === 0) return `${round}All weights are random: nobody can read anything yet.`;
  const { bob, eve } = point;
  const met = run.happened.some((event) => event.kind === "goals-met" && event.round <= run.round);
  if (met) return `${round}The goals are met: Bob reads, and this Eve does not. Now try to break the cipher.`;
  if (!Number.isFinite(bob) || !Number.isFinite(eve)) return `${round}The training diverged: the errors are no longer finite numbers. Go back and choose a lower learning rate.`;
  const half = bits / 2;
  const lost = point.byBit.flatMap((wrong, i) => (wrong > 0.4 && wrong < 0.6 ? [i] : []));
  if (bob > 0.85 * half) return `${round}Bob only guesses: chance is ${half} of ${bits} bits wrong.`;
  if (lost.length > 0 && lost.length <= 2 && bob < 0.2 * bits) return `${round}Alice never sends plaintext bit ${lost.join(" or ")}: it is lost, and Bob has to guess it.`;
  if (eve < 0.8 * half && bob < goals.bob * 30) return `${round}Bob reads most bits, but so does Eve: she gets only ${eve.toFixed(1)} of ${bits} wrong. Alice has to change her encoding.`;
  if (eve > 0.85 * half && bob < 0.07 * bits) return `${round}Bob reads (${bob.toFixed(2)} of ${bits} bits wrong), and Eve is almost at chance (${eve.toFixed(1)} wrong).`;
  if (eve < goals.eve) return `${round}Bob begins to read (${bob.toFixed(1)} wrong), and so does Eve (${eve.toFixed(1)} wrong).`;
  return `${round}Bob gets ${bob.toFixed(2)} of ${bits} bits wrong, Eve ${eve.toFixed(1)}. The goals are close.`;
}
