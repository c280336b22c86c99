/** Earlier states of a training, and the players that trained in each round. */

import type { Stretch, Turn } from "./address.ts";

/** Maximum memory for states, in bytes. Beyond it, every other state is dropped. */
const ROOM = 32 << 20;

export class History {
  private states: { round: number; state: Uint8Array }[] = [];
  private spacing = 25;

  constructor(readonly stretches: Stretch[] = []) {}

  turnAt(round: number): Turn {
    return this.stretches.findLast((stretch) => stretch.from <= round)?.turn ?? "all";
  }

  /** Whether there is no change of turns after `round`. */
  isLast(round: number): boolean {
    return this.stretches.every((stretch) => stretch.from <= round);
  }

  /** Lets `turn` train from `round` on. Later changes are dropped. */
  change(round: number, turn: Turn): void {
    this.stretches.splice(0, Infinity, ...this.stretches.filter((stretch) => stretch.from < round));
    if (this.turnAt(round) !== turn) this.stretches.push({ from: round, turn });
  }

  /** Whether the state at `round` should be kept. */
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

  /** The last state at or before `round`, or the first state if there is none. */
  before(round: number): { round: number; state: Uint8Array } {
    const found = this.states.findLast((kept) => kept.round <= round) ?? this.states[0];
    if (!found) throw new Error("the training has no earlier state");
    return found;
  }

  /** Drops the states after `round`. */
  cut(round: number): void {
    this.states = this.states.filter((kept) => kept.round <= round);
  }
}
