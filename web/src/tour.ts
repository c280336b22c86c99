/** A tour of seven steps. In each, the user predicts, and then the page shows the result. The trainings of seeds 3 and 5 are
 * deterministic, so the figures in the texts hold. */

import { start } from "./address.ts";
import type { App } from "./app.ts";
import { h } from "./dom.ts";

interface Step {
  title: string;
  question: string;
  options: string[];
  /** Index of the right option. */
  right: number;
  /** Shows the result on the page. */
  see: (app: App) => Promise<void>;
  answer: string;
}

/** Shows the wire at a round of the training with a seed. Only missing rounds are trained. */
async function moment(app: App, seed: number, round: number): Promise<void> {
  if (app.a.settings.seed !== seed || app.b || app.a.stretches.length > 0) {
    await app.restore({ ...start(), settings: { seed }, text: app.place.text });
  }
  app.goTo("wire");
  await app.a.seek(round);
  document.querySelector(".scenes")?.scrollIntoView({ block: "start" });
}

const STEPS: Step[] = [
  {
    title: "Chance",
    question: "The networks have not learned anything yet. A block has 16 bits. How many does Bob get wrong?",
    options: ["None", "About half", "All"],
    right: 1,
    see: (app) => moment(app, 3, 0),
    answer: "About half: Bob and Eve both guess. Chance is half of the bits wrong, the dashed line. All bits wrong would be as good as none: flip them all.",
  },
  {
    title: "Bob learns",
    question: "All three now train for 400 rounds. Who reads more of the message?",
    options: ["Bob", "Eve", "Nobody yet"],
    right: 0,
    see: (app) => moment(app, 3, 400),
    answer: "Bob: his errors fall from 8 bits to about 3. He and Alice share a key, and both are trained to reduce his errors.",
  },
  {
    title: "Eve catches up",
    question: "How well does Eve read at round 500?",
    options: ["No better than chance", "Much better than chance"],
    right: 1,
    see: (app) => moment(app, 3, 500),
    answer: "Much better: about 5.6 of 16 bits wrong instead of 8. Alice hardly uses the key yet, so Eve can read part of the message.",
  },
  {
    title: "Alice changes",
    question: "Alice and Bob are also trained to increase Eve's errors. How well does Eve read at round 1,000?",
    options: ["Better than before", "Almost at chance"],
    right: 1,
    see: (app) => moment(app, 3, 1000),
    answer: "Almost at chance: about 7.1 of 16 bits wrong. Alice has found an encoding that needs the key. She was not told about XOR.",
  },
  {
    title: "A lost bit",
    question: "Another training, with seed 5, at round 1,000: Bob reads all bits except one. Will he read it after more training?",
    options: ["Yes, soon", "No, the bit is lost"],
    right: 1,
    see: async (app) => {
      await moment(app, 5, 1000);
      await app.a.seek(1625);
    },
    answer: "The bit is lost: Alice never sends bit 15. Eve cannot read it either, and the loss rewards that. At round 1,600 the training restarted from new random weights.",
  },
  {
    title: "Goals met",
    question: "Back to seed 3: the training ends at round 2,000. How well does Bob read?",
    options: ["Nearly perfectly", "Half of the bits"],
    right: 0,
    see: (app) => moment(app, 3, 2000),
    answer: "Nearly perfectly: 0.02 of 16 bits wrong. Eve gets 7.4 bits wrong, even after extra training. By the paper's criterion, Alice and Bob have succeeded.",
  },
  {
    title: "Broken",
    question: "Another attacker trains no network. She knows the networks of Alice and Bob and tries all 65,536 keys. How many keys are consistent with the ciphertexts?",
    options: ["All of them", "A few thousand", "One"],
    right: 2,
    see: async (app) => {
      app.goTo("break");
      for (let i = 0; i < 50 && !document.getElementById("run-key-search"); i += 1) await new Promise((resolve) => setTimeout(resolve, 100));
      document.getElementById("rung-key-search")?.scrollIntoView({ block: "start" });
      document.getElementById("run-key-search")?.click();
      const left = () => document.querySelector("#rung-key-search .standing")?.textContent ?? "";
      for (let i = 0; i < 300 && !left().startsWith("1 "); i += 1) await new Promise((resolve) => setTimeout(resolve, 200));
    },
    answer: "One. All other keys are ruled out, and the attacker can read the message. If one network fails to read a cipher, other attacks can still succeed.",
  },
];

export class Tour {
  private readonly place = document.getElementById("tour") as HTMLElement;
  private step = 0;
  private opener: Element | null = null;

  constructor(private readonly app: App) {}

  begin(): void {
    this.opener = document.activeElement;
    this.step = 0;
    this.ask();
  }

  end(): void {
    this.place.replaceChildren();
    (this.opener as HTMLElement | null)?.focus();
  }

  /** Shows a box with the title of the step and moves the focus into it. */
  private box(...content: HTMLElement[]): void {
    const step = STEPS[this.step];
    if (!step) return;
    const title = h("h3", { id: "tour-title", tabindex: -1 }, `${this.step + 1} of ${STEPS.length}: ${step.title}`);
    const section = h("section", { role: "dialog", "aria-labelledby": "tour-title", "aria-modal": "false" }, title, ...content);
    section.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.end();
    });
    this.place.replaceChildren(section);
    title.focus();
  }

  private leave = () => h("button", { class: "small", id: "tour-end", onclick: () => this.end() }, "End the tour");

  private ask(): void {
    const step = STEPS[this.step];
    if (!step) return this.end();
    const options = step.options.map((option, i) => h("button", { class: "tour-option", onclick: () => this.app.attempt(() => this.see(i)) }, option));
    this.box(h("p", {}, step.question), h("p", { class: "note" }, "Choose your prediction."), h("div", { class: "choices" }, ...options), h("div", {}, this.leave()));
  }

  private async see(chosen: number): Promise<void> {
    const step = STEPS[this.step];
    if (!step) return;
    this.box(h("p", { role: "status" }, "The page computes the result…"));
    await step.see(this.app);
    if (this.place.childElementCount === 0) return;
    const last = this.step === STEPS.length - 1;
    const next = () => {
      this.step += 1;
      this.ask();
    };
    this.box(
      h("p", {}, chosen === step.right ? "Your prediction was right." : `Your prediction was wrong: "${step.options[chosen]}".`),
      h("p", { class: "answer" }, step.answer),
      h("div", { class: "choices" }, h("button", { class: "primary", id: "tour-next", onclick: next }, last ? "Done" : "Next"), this.leave()),
    );
  }
}
