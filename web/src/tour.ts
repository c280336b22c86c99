/** A tour of seven steps: predict, then see. The rounds were chosen from the trainings of seeds 3 and 5, which never change. */

import { start } from "./address.ts";
import type { App } from "./app.ts";
import { h } from "./dom.ts";

interface Step {
  title: string;
  question: string;
  options: string[];
  /** The option that is right. */
  right: number;
  /** Makes the page show it. */
  see: (app: App) => Promise<void>;
  answer: string;
}

/** Shows the wire at a round of a seed, and trains only what is missing. */
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
    question: "Nobody has learned anything. A message has 16 bits a block. How many does Bob get wrong?",
    options: ["None", "About half", "All"],
    right: 1,
    see: (app) => moment(app, 3, 0),
    answer: "About half: he guesses, and so does Eve. Half of the bits wrong is chance, the dashed line. All wrong would be as good as none: just flip them.",
  },
  {
    title: "Bob learns",
    question: "Alice and Bob now train for 400 rounds. Who reads more?",
    options: ["Bob", "Eve", "Nobody yet"],
    right: 0,
    see: (app) => moment(app, 3, 400),
    answer: "Bob: his errors fall from 8 bits to about 3. Alice and he have the same key, and both are rewarded when he reads.",
  },
  {
    title: "Eve catches up",
    question: "At round 500, how does Eve stand?",
    options: ["Still at chance", "Well below chance"],
    right: 1,
    see: (app) => moment(app, 3, 500),
    answer: "Well below: about 5.6 of 16 bits wrong instead of 8. Alice hardly uses the key yet, so Eve can read part of what Bob reads.",
  },
  {
    title: "Alice changes",
    question: "Alice and Bob are also rewarded when Eve fails. Where is Eve at round 1,000?",
    options: ["She reads even more", "Nearly back at chance"],
    right: 1,
    see: (app) => moment(app, 3, 1000),
    answer: "Nearly back at chance: about 7.1 of 16. Alice has found an encoding that needs the key. Nobody told her about XOR.",
  },
  {
    title: "A lost bit",
    question: "Another start, seed 5, at round 1,000: Bob reads all bits but one. Will he get it with more training?",
    options: ["Yes, soon", "No, it is lost"],
    right: 1,
    see: async (app) => {
      await moment(app, 5, 1000);
      await app.a.seek(1625);
    },
    answer: "It is lost: Alice never sends bit 15, and she is rewarded for hiding it from Eve completely. At round 1,600 this start was given up for new random weights.",
  },
  {
    title: "Goals met",
    question: "Back to seed 3. At round 2,000 the training ends. How well does Bob read?",
    options: ["Nearly perfectly", "Half of the bits"],
    right: 0,
    see: (app) => moment(app, 3, 2000),
    answer: "Nearly perfectly: 0.02 of 16 bits wrong, and Eve, who even trained on alone, has 7.4 wrong. By the paper's measure Alice and Bob have won.",
  },
  {
    title: "Broken",
    question: "Another attacker trains no network: she knows Alice's, and tries every one of the 65,536 keys. How many keys explain what she saw?",
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
    answer: "One. All others go dark, and the message is read without the key. A network that fails to read a cipher is no evidence that nobody can.",
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

  /** A box with the step's title; focus moves into it. */
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
    this.box(h("p", {}, step.question), h("p", { class: "note" }, "Predict, then see."), h("div", { class: "choices" }, ...options), h("div", {}, this.leave()));
  }

  private async see(chosen: number): Promise<void> {
    const step = STEPS[this.step];
    if (!step) return;
    this.box(h("p", { role: "status" }, "The page trains up to that round…"));
    await step.see(this.app);
    if (this.place.childElementCount === 0) return;
    const last = this.step === STEPS.length - 1;
    const next = () => {
      this.step += 1;
      this.ask();
    };
    this.box(
      h("p", {}, chosen === step.right ? "You predicted it." : `You predicted: ${step.options[chosen]?.toLowerCase()}. It turned out differently.`),
      h("p", { class: "answer" }, step.answer),
      h("div", { class: "choices" }, h("button", { class: "primary", id: "tour-next", onclick: next }, last ? "Done" : "Next"), this.leave()),
    );
  }
}
