/** The worker of a training. It plays, steps and rewinds the training, and sends frames to the page. */

import { describeJson, initSync, inspectJson, levelJson, Players, Trainer } from "../../wasm/relaxed/evesdrop_web.js";
import type { Turn } from "../address.ts";
import type { Level } from "../engine.ts";
import { Handed, serve } from "../rpc.ts";
import { History } from "../history.ts";
import type { Evaluation, Frame, Opened, Opening, Point, Shown, TrainingEvent, Transcript } from "../training.ts";

/** Longest computation between two checks for messages, and time between two frames, in milliseconds. */
const SLICE = 4;
const FRAME = 33;
/** Rounds between two points of the curve at full speed. */
const POINTS = 25;
const TURNS = { all: "everybody", "alice-bob": "alice-bob", eve: "eve" } as const;

let trainer: Trainer;
let history: History;
let shown: Shown | undefined;
let sharesKey = true;
let playing = false;
/** Rounds per second; infinite at full speed. */
let speed = Infinity;
let seeking = 0;
let fresh: Point[] = [];
let happened: TrainingEvent[] = [];
const seen = new Set<number>();
const looked = new Set<number>();

function point(evaluation: Evaluation): Point {
  return {
    round: evaluation.round,
    bob: evaluation.bob_wrong_bits,
    eve: evaluation.eve_wrong_bits,
    byBit: evaluation.bob_by_bit,
  };
}

/** The influence of each input bit on each value on the wire; empty in the game without a shared key. */
function influence(): { influence?: Float32Array } {
  if (!sharesKey) return {};
  const players = trainer.players();
  try {
    return { influence: players.influence(1) };
  } finally {
    players.free();
  }
}

/** Runs one round, and the test after it if the settings ask for one. Returns true if the goals were met. */
function advance(dense: boolean): boolean {
  trainer.turn(TURNS[history.turnAt(trainer.rounds)]);
  const round = trainer.rounds;
  let met = false;
  if (trainer.isTimeToLook) {
    const look = JSON.parse(trainer.lookJson());
    met = look.events.some((event: TrainingEvent) => event.kind === "goals-met");
    if (!looked.has(round)) {
      looked.add(round);
      seen.add(round);
      fresh.push({ ...point(look.evaluation), ...influence() });
      happened.push(...look.events.map((event: TrainingEvent) => ({ ...event, round })));
    }
  } else if (!seen.has(round) && (dense || round % POINTS === 0)) {
    seen.add(round);
    fresh.push(point(JSON.parse(trainer.testJson())));
  }
  if (history.wants(round)) history.keep(round, trainer.state());
  return met;
}

function read(players: Players, { plaintext, key }: Shown): Transcript {
  const wire = players.encrypt(plaintext, key);
  return { wire, bob: players.bob(wire, key), eve: players.eveReads ? players.eve(wire, key) : new Float32Array() };
}

function transcript(message = shown): Transcript | undefined {
  if (!message) return undefined;
  const players = trainer.players();
  try {
    return read(players, message);
  } finally {
    players.free();
  }
}

const buffers = (t: Transcript | undefined): Transferable[] => (t ? [t.wire.buffer, t.bob.buffer, t.eve.buffer] : []);

function post(extra: Partial<Frame> = {}): void {
  const t = transcript();
  const frame: Frame = {
    event: "frame",
    round: trainer.rounds,
    playing,
    trained: trainer.trained,
    transcript: t,
    points: fresh,
    happened,
    ...extra,
  };
  fresh = [];
  happened = [];
  self.postMessage(frame, { transfer: buffers(t) });
}

/** Yields to the event loop, so that pending messages are handled. A timer would wait four milliseconds; a message channel does not. */
function listen(): Promise<void> {
  return new Promise((resolve) => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => {
      channel.port1.close();
      resolve();
    };
    channel.port2.postMessage(0);
  });
}

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function play(): Promise<void> {
  let began = performance.now();
  let done = 0;
  let rate = speed;
  let framed = 0;
  while (playing) {
    if (rate !== speed) [began, done, rate] = [performance.now(), 0, speed];
    const slice = performance.now();
    while (playing && performance.now() - slice < SLICE) {
      if (Number.isFinite(speed) && done >= ((performance.now() - began) / 1000) * speed) break;
      done += 1;
      if (advance(speed <= 60)) playing = false;
    }
    if (performance.now() - framed >= FRAME || !playing) {
      framed = performance.now();
      post();
    }
    await (Number.isFinite(speed) ? pause(Math.min(20, 500 / speed)) : listen());
  }
}

/** Drops everything after the current round. */
function cut(): void {
  const round = trainer.rounds;
  history.cut(round);
  for (const set of [seen, looked]) for (const at of set) if (at > round) set.delete(at);
}

serve({
  open({ module, settings, stretches, state }: Opening): Opened {
    initSync({ module });
    const described = JSON.parse(describeJson(settings)).settings;
    trainer = state ? Trainer.branch(settings, state) : new Trainer(settings);
    sharesKey = described.game !== "asymmetric";
    history = new History(stretches);
    history.keep(trainer.rounds, trainer.state());
    fresh.push(point(JSON.parse(trainer.testJson())));
    seen.add(trainer.rounds);
    const players = trainer.players();
    const { bits, keyBits, wireValues, eveReads } = players;
    players.free();
    const scaled = (goal: number) => (goal * bits) / 16;
    const level: Level = JSON.parse(levelJson());
    return {
      bits,
      keyBits,
      wireValues,
      eveReads,
      sharesKey,
      goals: { bob: scaled(described["bob-goal"]), eve: scaled(described["eve-goal"]) },
      sameBits: level.same_bits,
    };
  },

  show(message: Shown) {
    shown = message;
    post();
  },

  play(input: { speed: number }) {
    speed = input.speed;
    seeking += 1;
    if (playing) return;
    playing = true;
    void play();
  },

  pause() {
    playing = false;
    seeking += 1;
    post();
  },

  /** Runs `rounds` rounds. */
  step({ rounds }: { rounds: number }) {
    playing = false;
    for (let i = 0; i < rounds; i += 1) advance(true);
    post();
  },

  /** Lets `turn` train from the current round on. Everything after the current round is dropped. */
  who({ turn }: { turn: Turn }) {
    if (history.turnAt(trainer.rounds) === turn && history.isLast(trainer.rounds)) return history.stretches;
    history.change(trainer.rounds, turn);
    cut();
    post({ cutAfter: trainer.rounds });
    return history.stretches;
  },

  /** Goes to any round: back from an earlier state, or forward. A later seek, play or pause ends it. Returns false if it was ended. */
  async seek({ round }: { round: number }): Promise<boolean> {
    playing = false;
    seeking += 1;
    const mine = seeking;
    const kept = history.before(round);
    if (trainer.rounds > round || kept.round > trainer.rounds) trainer.restore(kept.state);
    let framed = performance.now();
    while (trainer.rounds < round) {
      const slice = performance.now();
      while (trainer.rounds < round && performance.now() - slice < SLICE) advance(false);
      await listen();
      if (mine !== seeking) return false;
      if (performance.now() - framed > 150) {
        framed = performance.now();
        post();
      }
    }
    post();
    return true;
  },

  /** Runs one round. Returns three transcripts of the message: before it, after the step of Alice and Bob, and after Eve's steps. */
  phases(): Handed {
    playing = false;
    const before = trainer.state();
    const transcripts = [transcript()];
    trainer.turn("alice-bob");
    transcripts.push(transcript());
    trainer.restore(before);
    advance(true);
    transcripts.push(transcript());
    post();
    return new Handed(transcripts, transcripts.flatMap(buffers));
  },

  /** The transcript of any message. The shown message stays the same. */
  read(message: Shown): Handed {
    const t = transcript(message);
    return new Handed(t, buffers(t));
  },

  state: () => trainer.state(),
  model: ({ which }: { which: "best" | "latest" }) => trainer.model(which),
  hash: () => trainer.hash(),
  diagnosis: () => trainer.diagnosis(),
  toml: () => trainer.configToml(),
  inspect: ({ samples }: { samples: number }) => JSON.parse(inspectJson(trainer.model("latest"), samples, 1)),
});
