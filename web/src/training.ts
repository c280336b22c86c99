/** Messages between the page and the worker of a training. */

import type { Stretch } from "./address.ts";

export interface Evaluation {
  round: number;
  bob_wrong_bits: number;
  eve_wrong_bits: number;
  bob_by_bit: number[];
}

export type TrainingEvent = { round: number } & ({ kind: "goals-met" } | { kind: "restarted"; reason: string });

/** Errors at a round. Points from the tests that the settings ask for also have the influence of each input bit. */
export interface Point {
  round: number;
  bob: number;
  eve: number;
  byBit: number[];
  influence?: Float32Array;
}

/** The values that Alice sends and that Bob and Eve read, block after block. `eve` is empty if Eve reads no plaintexts in this game. */
export interface Transcript {
  wire: Float32Array;
  bob: Float32Array;
  eve: Float32Array;
}

/** The bits of the shown message, block after block. */
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
  /** Points and events after this round are obsolete, because other players train from here on. */
  cutAfter?: number;
}

export interface Opening {
  module: WebAssembly.Module;
  /** TOML. */
  settings: string;
  stretches: Stretch[];
  /** Continues from this state instead of starting at round 0. */
  state?: Uint8Array;
}

export interface Opened {
  bits: number;
  keyBits: number;
  wireValues: number;
  eveReads: boolean;
  /** Alice has the key too. In the asymmetric game only Bob has it. */
  sharesKey: boolean;
  goals: { bob: number; eve: number };
  sameBits: boolean;
}
