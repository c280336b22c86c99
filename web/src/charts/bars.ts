/** Alice's values on the wire as diverging bars. */

import { s } from "../dom.ts";

const HEIGHT = 132;
/** A value has moved when it changes by more; the program's `inspect` draws the line there too. */
export const NOTABLE = 0.5;

export class Bars {
  readonly svg = s("svg", { class: "bars", role: "img", "aria-label": "No values on the wire yet", preserveAspectRatio: "none" });

  /** `values` in -1 to 1; `before` are those without the flipped bits, if any are. Returns how many have moved. */
  draw(values: Float32Array, before?: Float32Array): number {
    const step = 20;
    const middle = HEIGHT / 2;
    const reach = middle - 6;
    const bar = (value: number, i: number, kind: string) => {
      const length = Math.max(1, Math.abs(value) * reach);
      const box = { class: kind, x: i * step + 3, width: step - 6, y: value > 0 ? middle - length : middle, height: length };
      return s("rect", box, s("title", {}, `value ${i}: ${value.toFixed(6)}`));
    };
    const parts: SVGElement[] = [];
    let moved = 0;
    values.forEach((value, i) => {
      const old = before?.[i];
      const moves = old !== undefined && Math.abs(value - old) > NOTABLE;
      if (moves) moved += 1;
      if (old !== undefined) parts.push(bar(old, i, "bar before"));
      parts.push(bar(value, i, moves ? "bar moved" : "bar"));
    });
    const width = values.length * step;
    parts.push(s("line", { class: "zero", x1: 0, x2: width, y1: middle, y2: middle }));
    this.svg.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    const spoken = [...values].map((value) => value.toFixed(1)).join(", ");
    this.svg.setAttribute("aria-label", `${values.length} values on the wire: ${spoken}`);
    this.svg.replaceChildren(...parts);
    return moved;
  }
}
