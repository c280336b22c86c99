/** Settings as form controls. */

import { h } from "../dom.ts";
import { choice, parseSetting, type SettingName, type Settings } from "../settings.ts";

/** A labelled control for one setting. An empty control means the recipe's value. */
export function control(name: SettingName, value: string | number | undefined, onChange: (value: string | number | undefined) => void): HTMLElement {
  const { label, help, values, range } = choice(name);
  const id = `setting-${name}-${Math.random().toString(36).slice(2, 7)}`;
  const input = values
    ? h("select", { id, name }, ...values.map((option) => h("option", { value: option, selected: option === (value ?? values[0]) }, option)))
    : h("input", { id, name, type: "text", inputmode: "decimal", value: value ?? "", placeholder: placeholder(name), autocomplete: "off" });
  const wrong = h("span", { class: "wrong-value", role: "alert" });
  input.addEventListener("change", () => {
    const empty = input.value.trim() === "";
    const parsed = empty ? undefined : parseSetting(name, input.value);
    const bad = !empty && parsed === undefined;
    wrong.textContent = bad && range ? `a number from ${range[0]} to ${range[1]}` : "";
    input.setAttribute("aria-invalid", String(bad));
    if (!bad) onChange(values && parsed === values[0] ? undefined : parsed);
  });
  return h("div", { class: "control" }, h("label", { for: id, title: help }, label), input, wrong);
}

function placeholder(name: SettingName): string {
  const usual: Partial<Record<SettingName, string>> = { bits: "16", "key-bits": "as message bits", "leaked-key-bits": "0", seed: "1" };
  return usual[name] ?? "from recipe";
}

/** Controls for the settings `names`. They write into `draft`. */
export function controls(names: SettingName[], draft: Settings, changed: () => void = () => {}): HTMLElement[] {
  return names.map((name) =>
    control(name, draft[name], (value) => {
      if (value === undefined) delete draft[name];
      else draft[name] = value;
      changed();
    }),
  );
}
