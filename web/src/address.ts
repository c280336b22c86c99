/** The state of the page in its address. It follows the #, so browsers do not send it to a server. */

import { parseSetting, SETTING_NAMES, type Settings } from "./settings.ts";

export const VIEWS = ["wire", "inside", "break", "yours", "play"] as const;
export type View = (typeof VIEWS)[number];

/** The players that train in a round. */
export type Turn = "all" | "alice-bob" | "eve";
export const TURNS: readonly Turn[] = ["all", "alice-bob", "eve"];
/** From round `from` on, `turn` trains. */
export interface Stretch {
  from: number;
  turn: Turn;
}

/** Training B: it branched from A at round `at` with `settings` changed, and is now at `round`. */
export interface BranchPoint {
  at: number;
  settings: Settings;
  round: number;
}

/** Everything that a link restores. */
export interface Place {
  view: View;
  settings: Settings;
  round: number;
  text: string;
  block: number;
  /** Flipped bits of the chosen block: `p3` is plaintext bit 3, `k0` key bit 0. */
  flips: string[];
  stretches: Stretch[];
  branch: BranchPoint | undefined;
}

export const DEFAULT_TEXT = "Meet me at noon, by the old bridge.";
/** Maximum round of a link. A larger one would keep the page busy for minutes before it shows anything. */
export const MOST_ROUNDS = 200_000;

export const start = (): Place => ({
  view: "wire",
  settings: {},
  round: 0,
  text: DEFAULT_TEXT,
  block: 0,
  flips: [],
  stretches: [],
  branch: undefined,
});

function settingsOf(parameters: URLSearchParams, prefix: string): Settings {
  const settings: Settings = {};
  for (const name of SETTING_NAMES) {
    const value = parseSetting(name, parameters.get(prefix + name) ?? "");
    if (value !== undefined) settings[name] = value;
  }
  return settings;
}

function whole(text: string | null, most: number): number {
  const number = Number(text ?? 0);
  return Number.isInteger(number) && number >= 0 ? Math.min(number, most) : 0;
}

/** Parses an address. Invalid parts are ignored. */
export function read(hash: string): Place {
  const parameters = new URLSearchParams(hash.replace(/^#/, ""));
  const place = start();
  const view = parameters.get("view") as View;
  if (VIEWS.includes(view)) place.view = view;
  place.settings = settingsOf(parameters, "");
  place.round = whole(parameters.get("round"), MOST_ROUNDS);
  place.text = parameters.get("text") ?? DEFAULT_TEXT;
  place.block = whole(parameters.get("block"), 1000);
  place.flips = (parameters.get("flip") ?? "").split(".").filter((flip) => /^[pk]\d{1,3}$/.test(flip));
  for (const part of (parameters.get("who") ?? "").split(".")) {
    const [from, turn] = part.split(":");
    if (TURNS.includes(turn as Turn)) place.stretches.push({ from: whole(from ?? "", MOST_ROUNDS), turn: turn as Turn });
  }
  if (parameters.has("b.at")) {
    const at = whole(parameters.get("b.at"), MOST_ROUNDS);
    const round = Math.max(at, whole(parameters.get("b.round"), MOST_ROUNDS));
    place.branch = { at, round, settings: settingsOf(parameters, "b.") };
  }
  return place;
}

/** Formats an address. It holds only what differs from the defaults. */
export function write(place: Place): string {
  const parameters = new URLSearchParams();
  if (place.view !== "wire") parameters.set("view", place.view);
  for (const name of SETTING_NAMES) {
    const value = place.settings[name];
    if (value !== undefined) parameters.set(name, String(value));
  }
  if (place.round > 0) parameters.set("round", String(place.round));
  if (place.text !== DEFAULT_TEXT) parameters.set("text", place.text);
  if (place.block > 0) parameters.set("block", String(place.block));
  if (place.flips.length > 0) parameters.set("flip", place.flips.join("."));
  if (place.stretches.some((stretch) => stretch.turn !== "all")) {
    parameters.set("who", place.stretches.map(({ from, turn }) => `${from}:${turn}`).join("."));
  }
  if (place.branch) {
    parameters.set("b.at", String(place.branch.at));
    parameters.set("b.round", String(place.branch.round));
    for (const name of SETTING_NAMES) {
      const value = place.branch.settings[name];
      if (value !== undefined) parameters.set(`b.${name}`, String(value));
    }
  }
  const text = parameters.toString();
  return text === "" ? "" : `#${text}`;
}
