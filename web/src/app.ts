/** The state that all views share: the place in the address, the trainings and the message. */

import { write, type Place, type View } from "./address.ts";
import { randomBits, textBytes, toBits } from "./bits.ts";
import { announce } from "./dom.ts";
import { message } from "./rpc.ts";
import { Run } from "./run.ts";
import type { Subject } from "./scene.ts";
import { conflict, seedOf, type Settings } from "./settings.ts";
import type { Shown } from "./training.ts";

/** A view of the page. It is notified of changes while it is shown. */
export interface Screen {
  element: HTMLElement;
  /** Called when the view is shown. */
  open?(): void;
  /** Called when a training has advanced or the message has changed. */
  changed?(): void;
}

export class App {
  a!: Run;
  b: Run | undefined;
  private listeners: (() => void)[] = [];
  private opening = 0;

  constructor(
    readonly module: WebAssembly.Module,
    public place: Place,
  ) {}

  /** Calls `listener` whenever a training has advanced or the place has changed. */
  onChange(listener: () => void): void {
    this.listeners.push(listener);
  }

  changed = (): void => {
    for (const listener of this.listeners) listener();
  };

  /** Goes to another place, for a link or a step of the tour. */
  async restore(place: Place): Promise<void> {
    this.place.view = place.view;
    this.place.text = place.text;
    await this.begin(place.settings, place.stretches);
    await this.catchUp(place);
  }

  /** Trains up to the rounds of `place`. Its trainings are already open. */
  async catchUp({ round, branch, block, flips }: Place): Promise<void> {
    if (branch) {
      await this.a.seek(branch.at);
      await this.branch(branch.settings);
      await this.b?.seek(branch.round);
    }
    if (round !== this.a.round) await this.a.seek(round);
    this.place.block = block;
    this.place.flips = flips.filter((flip) => this.fits(flip));
    await this.show();
  }

  /** Whether the bit of `flip` exists. */
  private fits(flip: string): boolean {
    const { bits, keyBits } = this.a.facts;
    return Number(flip.slice(1)) < (flip.startsWith("p") ? bits : keyBits);
  }

  /** Opens training A at round 0. */
  async begin(settings: Settings, stretches: Place["stretches"] = []): Promise<void> {
    this.opening += 1;
    const mine = this.opening;
    const run = await Run.open(this.module, settings, this.frame, { stretches });
    if (mine !== this.opening) return run.close();
    (this.a as Run | undefined)?.close();
    this.closeB();
    this.a = run;
    this.place.settings = settings;
    this.place.stretches = run.stretches;
    this.place.block = 0;
    this.place.flips = [];
    await this.show();
  }

  /** Opens training B. It continues from A's current round with `changed` settings. At round 0 the recipe may differ too. */
  async branch(changed: Settings): Promise<void> {
    this.closeB();
    const { a } = this;
    await a.pause();
    const at = a.round;
    if (at > 0 && changed.preset !== undefined) throw new Error("Another recipe has other networks. Go back to round 0 to train it beside this one.");
    const settings = { ...a.settings, ...changed };
    const problem = conflict(settings);
    if (problem) throw new Error(problem);
    const run = await Run.open(this.module, settings, this.frame, at > 0 ? { state: await a.state(), round: at } : {});
    this.b = run;
    this.place.branch = { at, settings: changed, round: at };
    await run.show(this.message());
  }

  closeB(): void {
    this.b?.close();
    this.b = undefined;
    this.place.branch = undefined;
  }

  /** The message as the scenes show it. */
  subject(): Subject {
    const { text, block, flips, settings } = this.place;
    const { bits, keyBits } = this.a.facts;
    const bytes = textBytes(text);
    const plaintext = toBits(bytes, bits);
    const blocks = plaintext.length / bits;
    const key = randomBits(seedOf(settings) + 1000, blocks * keyBits);
    const chosen = Math.min(block, blocks - 1);
    for (const flip of flips) {
      const at = Number(flip.slice(1));
      const [row, place] = flip.startsWith("p") ? [plaintext, chosen * bits + at] : [key, chosen * keyBits + at];
      row[place] = 1 - (row[place] ?? 0);
    }
    return { bytes, plaintext, key, block: chosen, flips };
  }

  /** The message as the engine gets it. If bits are flipped, the chosen block without the flips comes last. */
  private message(): Shown {
    const { plaintext, key, block, flips } = this.subject();
    if (flips.length === 0) return { plaintext, key };
    const { bits, keyBits } = this.a.facts;
    const before = { ...this.place, flips: [] };
    const saved = this.place;
    this.place = before;
    const clean = this.subject();
    this.place = saved;
    return {
      plaintext: Uint8Array.from([...plaintext, ...clean.plaintext.subarray(block * bits, (block + 1) * bits)]),
      key: Uint8Array.from([...key, ...clean.key.subarray(block * keyBits, (block + 1) * keyBits)]),
    };
  }

  /** Sends the message to the trainings. */
  async show(): Promise<void> {
    const shown = this.message();
    await Promise.all([this.a.show(shown), this.b?.show(shown)]);
  }

  choose(block: number): void {
    const { bits } = this.a.facts;
    const blocks = toBits(textBytes(this.place.text), bits).length / bits;
    this.place.block = (block + blocks) % blocks;
    this.place.flips = [];
    void this.show();
  }

  flip(flip: string): void {
    const { flips } = this.place;
    this.place.flips = flips.includes(flip) ? flips.filter((other) => other !== flip) : [...flips, flip];
    void this.show();
  }

  type(text: string): void {
    this.place.text = text;
    this.place.flips = [];
    void this.show();
  }

  goTo(view: View): void {
    this.place.view = view;
    this.changed();
  }

  private frame = (run: Run): void => {
    if (run === this.a) this.place.round = run.round;
    if (run === this.b && this.place.branch) this.place.branch.round = run.round;
    if ((this.a as Run | undefined) !== undefined) this.changed();
  };

  /** The address of the current state. */
  address(): string {
    return write(this.place);
  }

  /** Runs the action of a control. The status line shows its errors. */
  attempt(work: () => Promise<unknown>): void {
    work().catch((error: unknown) => announce(message(error)));
  }
}
