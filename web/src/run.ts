/** The page's side of a training: its worker, and all results that the worker has sent so far. */

import type { Stretch, Turn } from "./address.ts";
import { Remote } from "./rpc.ts";
import { toCommand, toToml, type Settings } from "./settings.ts";
import type { Frame, Opened, Point, Shown, TrainingEvent, Transcript } from "./training.ts";

export class Run {
  /** Errors at rounds, in ascending order of the rounds. */
  points: Point[] = [];
  happened: TrainingEvent[] = [];
  round = 0;
  playing = false;
  trained = false;
  transcript: Transcript | undefined;
  private readonly remote: Remote;

  private constructor(
    readonly settings: Settings,
    readonly stretches: Stretch[],
    onFrame: (run: Run) => void,
    /** The round at which it branched from another training, else 0. */
    readonly born: number,
    private opened: Opened | undefined = undefined,
  ) {
    this.remote = new Remote(new Worker("train.js"), (frame: Frame) => {
      if (frame.event !== "frame") return;
      this.take(frame);
      onFrame(this);
    });
  }

  /** Opens a training. With `from.state` it continues from a state of another training with changed settings. */
  static async open(
    module: WebAssembly.Module,
    settings: Settings,
    onFrame: (run: Run) => void,
    from: { stretches?: Stretch[]; state?: Uint8Array; round?: number } = {},
  ): Promise<Run> {
    const stretches = from.stretches ?? [];
    const run = new Run(settings, stretches, onFrame, from.round ?? 0);
    run.round = run.born;
    try {
      run.opened = await run.remote.call<Opened>("open", { module, settings: toToml(settings), stretches, state: from.state });
    } catch (error) {
      run.close();
      throw error;
    }
    return run;
  }

  get facts(): Opened {
    if (!this.opened) throw new Error("the training is not open yet");
    return this.opened;
  }

  /** The last round that the training has reached. */
  furthest = 0;

  private take(frame: Frame): void {
    const { cutAfter } = frame;
    if (cutAfter !== undefined) {
      this.points = this.points.filter((point) => point.round <= cutAfter);
      this.happened = this.happened.filter((event) => event.round <= cutAfter);
    }
    if (frame.points.length > 0) {
      const last = this.points.at(-1)?.round ?? -1;
      this.points.push(...frame.points);
      if ((frame.points[0]?.round ?? 0) <= last) this.points.sort((a, b) => a.round - b.round);
    }
    this.happened.push(...frame.happened);
    this.furthest = Math.max(frame.round, cutAfter === undefined ? this.furthest : 0);
    this.round = frame.round;
    this.playing = frame.playing;
    this.trained = frame.trained;
    if (frame.transcript) this.transcript = frame.transcript;
  }

  show = (message: Shown): Promise<void> => this.remote.call("show", message);
  play = (speed: number): Promise<void> => this.remote.call("play", { speed });
  pause = (): Promise<void> => this.remote.call("pause");
  step = (rounds = 1): Promise<void> => this.remote.call("step", { rounds });
  seek = (round: number): Promise<boolean> => this.remote.call("seek", { round });
  phases = (): Promise<Transcript[]> => this.remote.call("phases");
  read = (message: Shown): Promise<Transcript> => this.remote.call("read", message);
  state = (): Promise<Uint8Array> => this.remote.call("state");
  model = (which: "best" | "latest"): Promise<Uint8Array> => this.remote.call("model", { which });
  hash = (): Promise<string> => this.remote.call("hash");
  diagnosis = (): Promise<string> => this.remote.call("diagnosis");
  toml = (): Promise<string> => this.remote.call("toml");
  inspect = <T>(samples: number): Promise<T> => this.remote.call("inspect", { samples });

  async who(turn: Turn): Promise<void> {
    const stretches = await this.remote.call<Stretch[]>("who", { turn });
    this.stretches.splice(0, Infinity, ...stretches);
  }

  close(): void {
    this.remote.end();
  }
}

/** The command line that trains the current model of `run`; empty if there is none. */
export function trainCommand(run: Run): string {
  if (run.born > 0) return "";
  if (run.stretches.some((stretch) => stretch.turn !== "all")) return "";
  const rounds = run.trained || run.round === 0 ? "" : ` --max-rounds ${run.round}`;
  return toCommand(run.settings).replace(" --out", `${rounds} --out`);
}
