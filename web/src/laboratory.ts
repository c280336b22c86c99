/** A worker that attacks one target. After it is stopped, a new one must be opened. */

import type { AttackInfo, EliminationStep, Report, Said, SearchStep, Sizes, Source } from "./attacking.ts";
import { Remote } from "./rpc.ts";

/** Time limit for one call of the user's own cipher, in milliseconds. */
export const PATIENCE = 5000;

export class Laboratory {
  attacks: AttackInfo[] = [];
  private readonly remote: Remote;
  private watch: ReturnType<typeof setTimeout> | undefined;
  private listener: (said: Said) => void = () => {};

  private constructor(worker: Worker) {
    this.remote = new Remote(worker, (said: Said) => {
      if (said.event === "alive") this.watchOver(said.calling);
      else this.listener(said);
    });
  }

  /** Opens a laboratory in `worker`, which runs attack.js. */
  static async open(module: WebAssembly.Module, worker = new Worker("attack.js")): Promise<Laboratory> {
    const laboratory = new Laboratory(worker);
    laboratory.attacks = await laboratory.remote.call("open", { module });
    return laboratory;
  }

  /** Terminates the worker if the user's own cipher does not return in time. */
  private watchOver(calling: boolean): void {
    clearTimeout(this.watch);
    if (calling) this.watch = setTimeout(() => this.stop(`your cipher did not return within ${PATIENCE / 1000} seconds and was stopped`), PATIENCE);
  }

  onSaid(listener: (said: Said) => void): void {
    this.listener = listener;
  }

  stop(reason?: string): void {
    clearTimeout(this.watch);
    this.remote.end(reason);
  }

  target = (source: Source): Promise<Sizes> => this.remote.call("target", source);
  attack = (only: string, seed: number, controls: boolean): Promise<Report> => this.remote.call("attack", { only, seed, controls });
  search = (seed: number, ciphertextOnly: boolean, first: boolean): Promise<SearchStep> =>
    this.remote.call("search", { seed, ciphertextOnly, first });
  eliminate = (bit: number, seed: number, first: boolean): Promise<EliminationStep> => this.remote.call("eliminate", { bit, seed, first });
  freshEve = (settings: string, state: Uint8Array, seed: number, steps: number, every: number): Promise<number> =>
    this.remote.call("freshEve", { settings, state, seed, steps, every });
  html = (report: Report): Promise<string> => this.remote.call("html", { report: JSON.stringify(report) });
  read = <T>(what: "readModel" | "readMetrics" | "readReport", bytes: Uint8Array): Promise<T> => this.remote.call(what, { bytes });
}
