/** The settings of a training, as the page's controls, its address, TOML and the command line give them. */

/** Settings by the names of `config.toml`; what is absent comes from the preset. */
export type Settings = Partial<Record<SettingName, string | number>>;

interface Choice {
  label: string;
  /** What it does, in one line. */
  help: string;
  /** Values of a list, or the range of a number. */
  values?: readonly string[];
  range?: readonly [number, number];
  /** Whole numbers only. */
  whole?: boolean;
  /** The command line has an option of this name; else the setting stands in a file. */
  option?: boolean;
  /** May be changed in the middle of a training: the networks stay the same. */
  branch?: boolean;
}

export const CHOICES = {
  preset: {
    label: "Recipe",
    help: "fast trains in seconds; paper and released are the originals and take much longer; bits sends one bit per value, best with 8 message bits",
    values: ["fast", "paper", "released", "bits"],
    option: true,
  },
  game: {
    label: "Game",
    help: "who knows what: a shared key, a public key, or messages that Eve chose",
    values: ["symmetric", "asymmetric", "chosen-plaintext"],
    option: true,
  },
  bits: { label: "Message bits", help: "bits of a message, and values on the wire", range: [4, 32], whole: true, option: true },
  "key-bits": { label: "Key bits", help: "as many as the message if empty", range: [1, 32], whole: true, option: true },
  "leaked-key-bits": { label: "Leaked key bits", help: "key bits that Eve is given", range: [0, 32], whole: true, option: true },
  seed: { label: "Seed", help: "every random choice follows from it", range: [0, 2 ** 53 - 1], whole: true, option: true },
  "learning-rate": { label: "Learning rate", help: "size of a step", range: [0.00001, 1], branch: true },
  "eve-learning-rate": { label: "Eve's learning rate", help: "size of her steps", range: [0.00001, 1], branch: true },
  "eve-steps": { label: "Eve's steps a round", help: "how often Eve learns in a round", range: [1, 10], whole: true, branch: true },
  batch: { label: "Batch", help: "messages in a step", range: [128, 16384], whole: true, option: true, branch: true },
  "eve-term": {
    label: "What Alice is told of Eve",
    help: "nothing: Alice and Bob stop caring about Eve",
    values: ["per-bit", "per-example", "nothing"],
    branch: true,
  },
} as const satisfies Record<string, Choice>;

export type SettingName = keyof typeof CHOICES;
export const SETTING_NAMES = Object.keys(CHOICES) as SettingName[];
export const choice = (name: SettingName): Choice => CHOICES[name];

/** Reads one setting; undefined where it is none. */
export function parseSetting(name: SettingName, text: string): string | number | undefined {
  const { values, range, whole } = choice(name);
  if (values) return values.includes(text) ? text : undefined;
  const number = text.trim() === "" ? NaN : Number(text);
  if (!range || !Number.isFinite(number) || number < range[0] || number > range[1]) return undefined;
  return whole && !Number.isInteger(number) ? undefined : number;
}

/** Message bits, with the default. */
export const bitsOf = (settings: Settings): number => Number(settings.bits ?? 16);
export const keyBitsOf = (settings: Settings): number => Number(settings["key-bits"] ?? bitsOf(settings));
export const seedOf = (settings: Settings): number => Number(settings.seed ?? 1);

/** Why the settings do not fit each other; undefined where they do. The engine checks again. */
export function conflict(settings: Settings): string | undefined {
  const leaked = Number(settings["leaked-key-bits"] ?? 0);
  if (leaked > keyBitsOf(settings)) return `Eve cannot be given ${leaked} bits of a key of ${keyBitsOf(settings)}.`;
  if (leaked > 0 && (settings.game ?? "symmetric") !== "symmetric") return "Key bits leak in the symmetric game only.";
  if (settings.preset === "bits" && (settings.game ?? "symmetric") !== "symmetric") return "The recipe bits is for the symmetric game only.";
  return undefined;
}

const named = (settings: Settings): [SettingName, string | number][] =>
  SETTING_NAMES.flatMap((name) => {
    const value = settings[name];
    return value === undefined ? [] : [[name, value] as [SettingName, string | number]];
  });

/** The settings as TOML; `--config` of the program takes it. */
export function toToml(settings: Settings): string {
  return named(settings)
    .map(([name, value]) => `${name} = ${typeof value === "number" ? value : JSON.stringify(value)}\n`)
    .join("");
}

/** The command line that trains the same cipher. Settings without an option need the TOML file beside it. */
export function toCommand(settings: Settings): string {
  const all = named(settings);
  const filed = all.some(([name]) => !choice(name).option);
  const options = filed ? ["--config evesdrop.toml"] : all.map(([name, value]) => `--${name} ${value}`);
  return ["evesdrop train", ...options, "--out runs/page"].join(" ");
}
