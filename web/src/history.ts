/** The states that a training came through, and who trained in which rounds. */

import type { Stretch, Turn } from "./address.ts";

/** Most memory for states, in bytes. Beyond it every other state goes. */
const ROOM = 32 << 20;

export class History {
  private states: { round: number; state: Uint8Array }[] = [];
  private spacing = 25;

  constructor(readonly stretches: Stretch[] = []) {}

  turnAt(round: number): Turn {
    return this.stretches.findLast((stretch) => stretch.from <= round)?.turn ?? "all";
  }

  /** No change of turns is noted after `round`. */
  isLast(round: number): boolean {
    return this.stretches.every((stretch) => stretch.from <= round);
  }

  /** From `round` on `turn` trains. */
  change(round: number, turn: Turn): void {
    this.stretches.splice(0, Infinity, ...this.stretches.filter((stretch) => stretch.from < round));
    if (this.turnAt(round) !== turn) this.stretches.push({ from: round, turn });
  }

  /** Whether the state at `round` is to be kept. */
  wants(round: number): boolean {
    return round % this.spacing === 0 && (this.states.at(-1)?.round ?? -1) < round;
  }

  keep(round: number, state: Uint8Array): void {
    this.states.push({ round, state });
    while (this.states.length > 8 && this.states.length * state.length > ROOM) {
      this.spacing *= 2;
      this.states = this.states.filter((kept, i) => i === 0 || kept.round % this.spacing === 0);
    }
  }

  /** The last state kept at or before `round`; the first of all where there is none. */
  before(round: number): { round: number; state: Uint8Array } {
    const found = this.states.findLast((kept) => kept.round <= round) ?? this.states[0];
    if (!found) throw new Error("no state was kept");
    return found;
  }

  /** Forgets the states after `round`. */
  cut(round: number): void {
    this.states = this.states.filter((kept) => kept.round <= round);
  }
}
