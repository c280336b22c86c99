/** The worker of the attacks. A long attack blocks the worker, so the page stops an attack by terminating the worker. */

import {
  attackJson,
  attacksJson,
  Elimination,
  initSync,
  KeySearch,
  readMetricsJson,
  readModelJson,
  readReportJson,
  reportHtml,
  Target,
  Trainer,
} from "../../wasm/relaxed/evesdrop_web.js";
import { RUN_FOLDER, type EliminationStep, type Said, type SearchStep, type Sizes, type Source } from "../attacking.ts";
import { Handed, serve } from "../rpc.ts";

/** The result of the user's code: see `ownWorker` in yours.ts. */
declare global {
  var ownCipher: { encrypt: unknown } | undefined;
}

let target: Target | undefined;
let search: KeySearch | undefined;
let elimination: Elimination | undefined;

const say = (said: Said): void => self.postMessage(said);

/** Checks the return value of `encrypt` and returns it as bytes. */
function bytesOf(result: unknown, expected?: number): Uint8Array {
  if (!(result instanceof Uint8Array || Array.isArray(result))) throw new Error("encrypt must return an array of bytes");
  const wrong = [...result].find((byte) => !Number.isInteger(byte) || byte < 0 || byte > 255);
  if (wrong !== undefined) throw new Error(`encrypt returned ${String(wrong)}: bytes are whole numbers from 0 to 255`);
  if (result.length === 0 || result.length > 64) throw new Error(`encrypt returned ${result.length} bytes; 1 to 64 are allowed`);
  if (expected !== undefined && result.length !== expected) {
    throw new Error(`encrypt returned ${result.length} bytes after ${expected} in an earlier call: the length must not change`);
  }
  return Uint8Array.from(result);
}

/** The cipher that the user's code defines. */
function ownTarget(blockBits: number, keyBits: number, oneTimeKey: boolean): Target {
  const encrypt = globalThis.ownCipher?.encrypt;
  if (typeof encrypt !== "function") throw new Error("the code defines no function named encrypt");
  const [text, key] = [blockBits / 8, keyBits / 8];
  const call = (keyBytes: Uint8Array, textBytes: Uint8Array, expected?: number): Uint8Array => {
    let result: unknown;
    try {
      result = encrypt(keyBytes, textBytes);
    } catch (error) {
      throw new Error(`encrypt threw: ${error instanceof Error ? error.message : String(error)}`);
    }
    return bytesOf(result, expected);
  };
  say({ event: "alive", calling: true });
  const length = call(new Uint8Array(key), new Uint8Array(text)).length;
  say({ event: "alive", calling: false });
  return Target.javascript("your cipher", blockBits, keyBits, 8 * length, oneTimeKey, true, (keys: Uint8Array, texts: Uint8Array, rows: number) => {
    const out = new Uint8Array(rows * length);
    let said = -Infinity;
    for (let row = 0; row < rows; row += 1) {
      if (performance.now() - said > 200) {
        said = performance.now();
        say({ event: "alive", calling: true });
      }
      out.set(call(keys.slice(row * key, (row + 1) * key), texts.slice(row * text, (row + 1) * text), length), row * length);
    }
    say({ event: "alive", calling: false });
    return out;
  });
}

function made(source: Source): Target {
  switch (source.kind) {
    case "model":
      return Target.model(RUN_FOLDER, source.model);
    case "built-in":
      return Target.builtIn(source.name);
    case "csv":
      return Target.csv(source.name, source.text, source.oneTimeKey);
    case "own":
      return ownTarget(source.blockBits, source.keyBits, source.oneTimeKey);
  }
}

function current(): Target {
  if (!target) throw new Error("choose a target first");
  return target;
}

serve({
  open({ module }: { module: WebAssembly.Module }) {
    initSync({ module });
    return JSON.parse(attacksJson());
  },

  target(source: Source): Sizes {
    search?.free();
    elimination?.free();
    target?.free();
    search = elimination = target = undefined;
    target = made(source);
    const { name, blockBits, keyBits } = target;
    return { name, blockBits, keyBits };
  },

  attack({ only, seed, controls }: { only: string; seed: number; controls: boolean }) {
    const tell = (attack: string, done: number) => say({ event: "progress", attack, done });
    return JSON.parse(attackJson(current(), only, "quick", seed, controls, tell));
  },

  /** Tries the consistent keys on one more known pair or ciphertext. The first step starts the search. */
  search({ seed, ciphertextOnly, first }: { seed: number; ciphertextOnly: boolean; first: boolean }): Handed {
    if (first) {
      search?.free();
      search = new KeySearch(current(), seed, ciphertextOnly);
    }
    if (!search) throw new Error("the search has not been started");
    const flags = search.step();
    const { left, secret, keys } = search;
    const step: SearchStep = { flags, left, secret, keys };
    return new Handed(step, [flags.buffer]);
  },

  /** Eliminates one column of the equations for one output bit. The first call only sets them up. */
  eliminate({ bit, seed, first }: { bit: number; seed: number; first: boolean }): EliminationStep {
    if (first) {
      elimination?.free();
      elimination = new Elimination(current(), bit, current().blockBits + 9, seed);
    } else elimination?.step();
    if (!elimination) throw new Error("the elimination has not been started");
    const { rows, columns } = elimination;
    return { ...JSON.parse(elimination.stateJson()), rows, columns, matrix: elimination.matrix() };
  },

  /** Trains a fresh Eve against the frozen Alice. She is tested every `every` steps. Returns her lowest number of wrong bits. */
  freshEve({ settings, state, seed, steps, every }: { settings: string; state: Uint8Array; seed: number; steps: number; every: number }) {
    const trainer = Trainer.branch(settings, state);
    trainer.freshEve(seed);
    let best = Infinity;
    for (let step = 0; step <= steps; step += 1) {
      if (step % every === 0) {
        const wrong: number = JSON.parse(trainer.testJson()).eve_wrong_bits;
        best = Math.min(best, wrong);
        say({ event: "eve", step, wrong });
      }
      trainer.turn("eve");
    }
    trainer.free();
    return best;
  },

  html: ({ report }: { report: string }) => reportHtml(report),
  readModel: ({ bytes }: { bytes: Uint8Array }) => JSON.parse(readModelJson(bytes)),
  readMetrics: ({ bytes }: { bytes: Uint8Array }) => JSON.parse(readMetricsJson(bytes)),
  readReport: ({ bytes }: { bytes: Uint8Array }) => JSON.parse(readReportJson(bytes)),
});
