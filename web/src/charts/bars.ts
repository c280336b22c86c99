/** Alice's values on the wire as diverging bars. */

import { s } from "../dom.ts";

const HEIGHT = 132;
/** Width of a bar with its gap. */
const STEP = 20;
/** A value moves notably if it changes by more than this. The program's `inspect` uses the same limit. */
export const NOTABLE = 0.5;

/** A bar, and its tooltip with the exact value. */
interface Bar {
  rect: SVGRectElement;
  title: SVGTitleElement;
}

export class Bars {
  readonly svg = s("svg", { class: "bars", role: "img", "aria-label": "No values on the wire yet", preserveAspectRatio: "none" });
  private bars: Bar[] = [];
  private outlines: Bar[] = [];

  /** Makes one bar per value. Bars are reused, because they are redrawn many times per second. */
  private prepare(values: number, outlined: boolean): void {
    if (this.bars.length === values && this.outlines.length === (outlined ? values : 0)) return;
    const make = (): Bar => {
      const title = s("title");
      return { title, rect: s("rect", { width: STEP - 6 }, title) };
    };
    this.bars = Array.from({ length: values }, make);
    this.outlines = outlined ? this.bars.map(make) : [];
    const zero = s("line", { class: "zero", x1: 0, x2: values * STEP, y1: HEIGHT / 2, y2: HEIGHT / 2 });
    this.svg.setAttribute("viewBox", `0 0 ${values * STEP} ${HEIGHT}`);
    this.svg.replaceChildren(...this.outlines.map(({ rect }) => rect), ...this.bars.map(({ rect }) => rect), zero);
  }

  /** Draws `values`, from -1 to 1. `before` are the values without flipped bits, if bits are flipped. Returns how many values moved notably. */
  draw(values: Float32Array, before?: Float32Array): number {
    this.prepare(values.length, before !== undefined);
    const middle = HEIGHT / 2;
    const reach = middle - 6;
    const place = ({ rect, title }: Bar, value: number, i: number, kind: string) => {
      const length = Math.max(1, Math.abs(value) * reach);
      rect.setAttribute("class", kind);
      rect.setAttribute("x", String(i * STEP + 3));
      rect.setAttribute("y", String(value > 0 ? middle - length : middle));
      rect.setAttribute("height", String(length));
      title.textContent = `value ${i}: ${value.toFixed(6)}`;
    };
    let moved = 0;
    values.forEach((value, i) => {
      const old = before?.[i];
      const moves = old !== undefined && Math.abs(value - old) > NOTABLE;
      if (moves) moved += 1;
      const [bar, outline] = [this.bars[i], this.outlines[i]];
      if (bar) place(bar, value, i, moves ? "bar moved" : "bar");
      if (outline && old !== undefined) place(outline, old, i, "bar before");
    });
    const spoken = [...values].map((value) => value.toFixed(1)).join(", ");
    this.svg.setAttribute("aria-label", `${values.length} values on the wire: ${spoken}`);
    return moved;
  }
}
