/** What the page and the worker of a training say to each other. */

import type { Stretch } from "./address.ts";

export interface Evaluation {
  round: number;
  bob_wrong_bits: number;
  eve_wrong_bits: number;
  bob_by_bit: number[];
}

export type TrainingEvent = { round: number } & ({ kind: "goals-met" } | { kind: "restarted"; reason: string });

/** Errors at a round; those of a look came from the program's own test, and have the influence of each input bit with them. */
export interface Point {
  round: number;
  bob: number;
  eve: number;
  byBit: number[];
  influence?: Float32Array;
}

/** What Alice, Bob and Eve make of the message shown, block after block. `eve` is empty where the game has no Eve who reads. */
export interface Transcript {
  wire: Float32Array;
  bob: Float32Array;
  eve: Float32Array;
}

/** The message that is shown: bits, block after block. */
export interface Shown {
  plaintext: Uint8Array;
  key: Uint8Array;
}

export interface Frame {
  event: "frame";
  round: number;
  playing: boolean;
  trained: boolean;
  transcript: Transcript | undefined;
  points: Point[];
  happened: TrainingEvent[];
  /** Points and events after this round no longer count: the training took another way. */
  cutAfter?: number;
}

export interface Opening {
  module: WebAssembly.Module;
  /** TOML. */
  settings: string;
  stretches: Stretch[];
  /** Goes on from this state instead of beginning. */
  state?: Uint8Array;
}

export interface Opened {
  bits: number;
  keyBits: number;
  wireValues: number;
  eveReads: boolean;
  /** Alice has the key too; in the asymmetric game only Bob has it. */
  sharesKey: boolean;
  goals: { bob: number; eve: number };
  sameBits: boolean;
}
