/** The settings of a training, for the page's controls, its address, TOML and the command line. */

/** Settings by their names in `config.toml`. Absent settings come from the preset. */
export type Settings = Partial<Record<SettingName, string | number>>;

interface Choice {
  label: string;
  /** Its effect, in one line. */
  help: string;
  /** Values of a list, or the range of a number. */
  values?: readonly string[];
  range?: readonly [number, number];
  /** Whole numbers only. */
  whole?: boolean;
  /** The command line has an option of this name. Other settings need a file. */
  option?: boolean;
  /** May change during a training, because the networks stay the same. */
  branch?: boolean;
}

export const CHOICES = {
  preset: {
    label: "Recipe",
    help: "fast trains in seconds; paper and released are the original recipes and take much longer; bits sends one bit per value, best with 8 message bits",
    values: ["fast", "paper", "released", "bits"],
    option: true,
  },
  game: {
    label: "Game",
    help: "symmetric: a shared key; asymmetric: a public key; chosen-plaintext: Eve chooses the messages",
    values: ["symmetric", "asymmetric", "chosen-plaintext"],
    option: true,
  },
  bits: { label: "Message bits", help: "plaintext bits per message; Alice sends as many values", range: [4, 32], whole: true, option: true },
  "key-bits": { label: "Key bits", help: "as many as message bits if empty", range: [1, 32], whole: true, option: true },
  "leaked-key-bits": { label: "Leaked key bits", help: "key bits that Eve knows", range: [0, 32], whole: true, option: true },
  seed: { label: "Seed", help: "all random choices follow from it", range: [0, 2 ** 53 - 1], whole: true, option: true },
  "learning-rate": { label: "Learning rate", help: "learning rate of Alice and Bob (Adam)", range: [0.00001, 1], branch: true },
  "eve-learning-rate": { label: "Eve's learning rate", help: "learning rate of Eve (Adam); as Alice and Bob's if empty", range: [0.00001, 1], branch: true },
  "eve-steps": { label: "Eve's steps per round", help: "training steps of Eve in each round", range: [1, 10], whole: true, branch: true },
  batch: { label: "Batch", help: "messages per training step", range: [128, 16384], whole: true, option: true, branch: true },
  "eve-term": {
    label: "Eve's term in the loss",
    help: "how Eve's errors count in Alice and Bob's loss; nothing: they do not count",
    values: ["per-bit", "per-example", "nothing"],
    branch: true,
  },
} as const satisfies Record<string, Choice>;

export type SettingName = keyof typeof CHOICES;
export const SETTING_NAMES = Object.keys(CHOICES) as SettingName[];
export const choice = (name: SettingName): Choice => CHOICES[name];

/** Parses the value of a setting; undefined if it is invalid. */
export function parseSetting(name: SettingName, text: string): string | number | undefined {
  const { values, range, whole } = choice(name);
  if (values) return values.includes(text) ? text : undefined;
  const number = text.trim() === "" ? NaN : Number(text);
  if (!range || !Number.isFinite(number) || number < range[0] || number > range[1]) return undefined;
  return whole && !Number.isInteger(number) ? undefined : number;
}

/** Message bits, 16 by default. */
export const bitsOf = (settings: Settings): number => Number(settings.bits ?? 16);
export const keyBitsOf = (settings: Settings): number => Number(settings["key-bits"] ?? bitsOf(settings));
export const seedOf = (settings: Settings): number => Number(settings.seed ?? 1);

/** The reason why the settings contradict each other; undefined if they do not. The engine checks them again. */
export function conflict(settings: Settings): string | undefined {
  const leaked = Number(settings["leaked-key-bits"] ?? 0);
  if (leaked > keyBitsOf(settings)) return `Eve cannot be given ${leaked} bits of a key of ${keyBitsOf(settings)}.`;
  if (leaked > 0 && (settings.game ?? "symmetric") !== "symmetric") return "Key bits can leak only in the symmetric game.";
  if (settings.preset === "bits" && (settings.game ?? "symmetric") !== "symmetric") return "The recipe bits works only in the symmetric game.";
  return undefined;
}

const named = (settings: Settings): [SettingName, string | number][] =>
  SETTING_NAMES.flatMap((name) => {
    const value = settings[name];
    return value === undefined ? [] : [[name, value] as [SettingName, string | number]];
  });

/** The settings as TOML for the program's option `--config`. */
export function toToml(settings: Settings): string {
  return named(settings)
    .map(([name, value]) => `${name} = ${typeof value === "number" ? value : JSON.stringify(value)}\n`)
    .join("");
}

/** The command line that trains the same cipher. If a setting has no option, all settings come from a TOML file. */
export function toCommand(settings: Settings): string {
  const all = named(settings);
  const filed = all.some(([name]) => !choice(name).option);
  const options = filed ? ["--config evesdrop.toml"] : all.map(([name, value]) => `--${name} ${value}`);
  return ["evesdrop train", ...options, "--out runs/page"].join(" ");
}
