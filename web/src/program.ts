/** Hashes of models that the program trained, for comparison. The program's own tests contain the same hashes. */

import type { Run } from "./run.ts";
import { SETTING_NAMES } from "./settings.ts";

/** BLAKE3 of `model.safetensors` after `evesdrop train --seed 1`. */
export const FAST_SEED_1 = "fa295c63c23e8dbc371179d2565b7fdb9502372de43471f284d0a020363af631";

/** The hash of the program's model after the same training; undefined if the page does not know it. */
export function hashOfProgram(run: Run): string | undefined {
  const usual = SETTING_NAMES.every((name) => name === "seed" ? (run.settings.seed ?? 1) === 1 : run.settings[name] === undefined);
  const whole = run.stretches.every((stretch) => stretch.turn === "all") && run.born === 0;
  return usual && whole && run.trained ? FAST_SEED_1 : undefined;
}
