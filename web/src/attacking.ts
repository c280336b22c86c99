/** Messages between the page and the worker of the attacks. */

/** The source of a target. */
export type Source =
  | { kind: "model"; model: Uint8Array }
  | { kind: "built-in"; name: string }
  | { kind: "csv"; name: string; text: string; oneTimeKey: boolean }
  | { kind: "own"; blockBits: number; keyBits: number; oneTimeKey: boolean };

/** The run folder in the page's command lines. */
export const RUN_FOLDER = "runs/page";

export interface Sizes {
  name: string;
  blockBits: number;
  keyBits: number;
}

export type Verdict = "INVALID" | "BROKEN" | "WEAKNESS_FOUND" | "INCONCLUSIVE" | "NOTHING_FOUND";

export interface Finding {
  attack: string;
  threat_model: string;
  verdict: Verdict;
  summary: string;
  notice?: string;
  advantage: number | null;
  leaked_bits?: number;
  interval: [number, number] | null;
  p_value: number | null;
  samples: number;
  seconds: number;
  recovered: string[];
  replay: string;
  misuse: boolean;
  details: [string, string][];
}

export interface Report {
  version: string;
  verdict: Verdict;
  target: string;
  budget: string;
  seed: number;
  seconds: number;
  controls: { target: string; expected: string; verdict: Verdict }[];
  findings: Finding[];
  not_run: { attack: string; kind: string; reason: string }[];
}

export interface AttackInfo {
  name: string;
  threat_model: string;
  has: string;
  given: string;
}

/** Events from the worker. The user's own cipher causes `alive`: `calling` is true while its code runs. */
export type Said =
  | { event: "progress"; attack: string; done: number }
  | { event: "alive"; calling: boolean }
  | { event: "eve"; step: number; wrong: number };

export interface SearchStep {
  flags: Uint8Array;
  left: number;
  secret: number;
  keys: number;
}

export interface EliminationStep {
  matrix: Uint8Array;
  rows: number;
  columns: number;
  done: boolean;
  explained: boolean | null;
  terms: number[];
  pivot: [number, number] | null;
}
