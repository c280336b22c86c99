/** The error curve: wrong bits against rounds. Dragging it rewinds the training. */

import { scaleLinear } from "d3-scale";
import { line } from "d3-shape";
import { h, s } from "../dom.ts";
import type { Point, TrainingEvent } from "../training.ts";

export interface Course {
  name: string;
  points: Point[];
  happened: TrainingEvent[];
  round: number;
  furthest: number;
  /** The round at which it branched from the other training, else 0. */
  born: number;
}

const HEIGHT = 230;
const MARGIN = { top: 14, right: 16, bottom: 34, left: 38 };

export class Curve {
  readonly element: HTMLElement;
  private readonly svg = s("svg", { class: "curve", role: "img", "aria-label": "Wrong bits of Bob and Eve against rounds" });
  private readonly slider = h("input", { type: "range", min: 0, max: 0, step: 1, value: 0, class: "scrub", "aria-label": "Round" });
  private x = scaleLinear();
  private dragging = false;

  constructor(private readonly onSeek: (round: number) => void) {
    this.element = h("div", { class: "curve-frame" }, this.svg, this.slider);
    this.slider.addEventListener("input", () => onSeek(Number(this.slider.value)));
    this.svg.addEventListener("pointerdown", (event) => {
      this.dragging = true;
      this.svg.setPointerCapture(event.pointerId);
      this.drag(event);
    });
    this.svg.addEventListener("pointermove", (event) => this.dragging && this.drag(event));
    for (const end of ["pointerup", "pointercancel"]) this.svg.addEventListener(end, () => (this.dragging = false));
  }

  private drag(event: PointerEvent): void {
    const at = this.x.invert(event.clientX - this.svg.getBoundingClientRect().left);
    this.onSeek(Math.max(0, Math.min(Number(this.slider.max), Math.round(at))));
  }

  /** Draws the courses. `chance` and the goals are in wrong bits per message. */
  draw(courses: Course[], chance: number, goals: { bob: number; eve: number }): void {
    const width = Math.max(280, this.element.clientWidth || 640);
    const furthest = Math.max(...courses.map((course) => course.furthest));
    const first = courses[0];
    if (!first) return;
    this.slider.max = String(furthest);
    this.slider.value = String(first.round);
    this.slider.setAttribute("aria-valuetext", `round ${first.round} of ${furthest}`);
    const x = scaleLinear([0, Math.max(500, furthest * 1.02)], [MARGIN.left, width - MARGIN.right]);
    const y = scaleLinear([0, chance * 1.12], [HEIGHT - MARGIN.bottom, MARGIN.top]);
    this.x = x;
    const parts: SVGElement[] = [];
    for (const tick of y.ticks(4)) {
      parts.push(s("line", { class: "grid", x1: MARGIN.left, x2: width - MARGIN.right, y1: y(tick), y2: y(tick) }));
      parts.push(s("text", { x: MARGIN.left - 7, y: y(tick) + 4, "text-anchor": "end" }, String(tick)));
    }
    for (const tick of x.ticks(Math.min(8, width / 90))) {
      parts.push(s("text", { x: x(tick), y: HEIGHT - MARGIN.bottom + 17, "text-anchor": "middle" }, tick.toLocaleString("en")));
    }
    parts.push(s("text", { x: width - MARGIN.right, y: HEIGHT - 3, "text-anchor": "end" }, "rounds"));
    parts.push(s("text", { x: MARGIN.left + 2, y: 10 }, "wrong bits"));
    const mark = (value: number, name: string, kind: string, above: boolean) => {
      parts.push(s("line", { class: `mark ${kind}`, x1: MARGIN.left, x2: width - MARGIN.right, y1: y(value), y2: y(value) }));
      const at = { x: MARGIN.left + 8, y: y(value) + (above ? -4 : 13), class: `name ${kind}` };
      parts.push(s("text", at, name));
    };
    mark(chance, "chance", "", true);
    mark(goals.eve, "goal: Eve above", "eve", false);
    mark(goals.bob, "goal: Bob below", "bob", true);
    courses.forEach(({ name, points, happened, born }, index) => {
      const second = index > 0 ? " second" : "";
      for (const who of ["eve", "bob"] as const) {
        const path = line<Point>()
          .defined((point) => Number.isFinite(point[who]))
          .x((point) => x(point.round))
          .y((point) => y(point[who]));
        parts.push(s("path", { class: `course ${who}${second}`, d: path(points) ?? "" }));
        const last = points.at(-1);
        if (last && points.length > 1) {
          const label = who === "bob" ? "Bob" : "Eve";
          const end = x(last.round) > width - 90 ? "end" : "start";
          const at = { x: x(last.round) + (end === "end" ? -4 : 5), y: y(last[who]) - 6, "text-anchor": end, class: `name ${who}` };
          parts.push(s("text", at, courses.length > 1 ? `${label} ${name}` : label));
        }
      }
      if (born > 0) parts.push(s("line", { class: "event", x1: x(born), x2: x(born), y1: MARGIN.top, y2: HEIGHT - MARGIN.bottom }));
      for (const event of happened) {
        const said = event.kind === "restarted" ? "restart" : "goals met";
        parts.push(
          s("line", { class: `event ${event.kind}`, x1: x(event.round), x2: x(event.round), y1: MARGIN.top, y2: HEIGHT - MARGIN.bottom }),
          s("text", { class: "name", x: x(event.round) - 4, y: MARGIN.top + 38 + 14 * index, "text-anchor": "end" }, said),
        );
      }
    });
    const now = x(first.round);
    parts.push(s("line", { class: "now", x1: now, x2: now, y1: MARGIN.top, y2: HEIGHT - MARGIN.bottom }));
    parts.push(s("circle", { class: "now", cx: now, cy: HEIGHT - MARGIN.bottom, r: 5 }));
    this.svg.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    this.svg.replaceChildren(...parts);
  }

  /** The curve as a standalone SVG document, in the current colours of the page. */
  toSvg(): string {
    const copy = this.svg.cloneNode(true) as SVGSVGElement;
    const originals = this.svg.querySelectorAll("*");
    copy.querySelectorAll("*").forEach((element, i) => {
      const original = originals[i];
      if (!original) return;
      const style = getComputedStyle(original);
      for (const name of ["fill", "stroke", "stroke-width", "stroke-dasharray", "font-size", "font-family"]) {
        element.setAttribute(name, style.getPropertyValue(name));
      }
      element.removeAttribute("class");
    });
    copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    return copy.outerHTML;
  }
}
