/** Figures of attacks in progress: the error curve of a fresh Eve, the remaining keys, the elimination of equations. */

import { scaleLinear } from "d3-scale";
import { line } from "d3-shape";
import type { App } from "../app.ts";
import { colour, context, h, reducedMotion, s } from "../dom.ts";
import type { SearchStep } from "../attacking.ts";
import type { Laboratory } from "../laboratory.ts";
import { toToml } from "../settings.ts";

export interface Stage {
  app: App;
  laboratory: Laboratory;
  seed: number;
  /** The target is the page's own model. */
  learned: boolean;
}

export interface Figure {
  element: HTMLElement;
  run(stage: Stage): Promise<void>;
}

const hold = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, reducedMotion() ? 0 : milliseconds));

/** Training steps of the fresh Eve in the figure. The attack itself trains several Eves, each for longer. */
const EVE_STEPS = 1000;

export function freshEve(): Figure {
  const svg = s("svg", { class: "curve small", hidden: true, role: "img", viewBox: "0 0 560 150", "aria-label": "Wrong bits of a fresh Eve against her training steps" });
  const caption = h("p", { class: "note" }, "The error curve is drawn while she trains.");
  return {
    element: h("div", {}, svg, caption),
    async run({ app, laboratory, seed, learned }) {
      if (!learned || !app.a.facts.eveReads) {
        svg.setAttribute("hidden", "");
        caption.textContent = "The curve is drawn only for the learned cipher. The attack itself also runs on this target.";
        return;
      }
      svg.removeAttribute("hidden");
      const { bits } = app.a.facts;
      const x = scaleLinear([0, EVE_STEPS], [34, 550]);
      const y = scaleLinear([0, (bits / 2) * 1.1], [140, 8]);
      const points: [number, number][] = [];
      const path = s("path", { class: "course eve" });
      const ticks = y.ticks(3).map((tick) => s("text", { x: 26, y: y(tick) + 4, "text-anchor": "end" }, String(tick)));
      const chance = s("line", { class: "mark", x1: 34, x2: 550, y1: y(bits / 2), y2: y(bits / 2) });
      svg.replaceChildren(...ticks, chance, s("text", { x: 548, y: y(bits / 2) + 14, "text-anchor": "end" }, "chance"), path);
      laboratory.onSaid((said) => {
        if (said.event !== "eve") return;
        points.push([said.step, said.wrong]);
        path.setAttribute("d", line()(points.map(([step, wrong]) => [x(step), y(wrong)])) ?? "");
        caption.textContent = `Step ${said.step}: she gets ${said.wrong.toFixed(2)} of ${bits} bits wrong; chance is ${bits / 2}.`;
      });
      await laboratory.freshEve(toToml(app.a.settings), await app.a.state(), seed + 7, EVE_STEPS, 20);
    },
  };
}

/** Maximum number of steps of the search in the figure. */
const SEARCH_STEPS = 8;

export function keySearch(): Figure {
  const canvas = h("canvas", { class: "pixels keys", hidden: true, role: "img", "aria-label": "All keys: one pixel each" });
  const caption = h("p", { class: "note", id: "keys-left" }, "Each pixel is a key. It fades when the key is ruled out.");
  const left = h("p", { class: "standing" }, "");
  const draw = (flags: Uint8Array, secret: number) => {
    const side = Math.ceil(Math.sqrt(flags.length));
    const drawing = context(canvas, 256, 256);
    const size = 256 / side;
    drawing.fillStyle = colour("--shade");
    drawing.fillRect(0, 0, 256, 256);
    drawing.fillStyle = colour("--accent");
    const few = flags.reduce((sum, flag) => sum + flag, 0) < 64;
    flags.forEach((flag, key) => {
      if (!flag) return;
      const [x, y] = [(key % side) * size, Math.floor(key / side) * size];
      if (few) drawing.fillRect(x - 2, y - 2, size + 4, size + 4);
      else drawing.fillRect(x, y, size, size);
    });
    if (few && flags[secret]) {
      drawing.strokeStyle = colour("--bad");
      drawing.lineWidth = 2;
      drawing.strokeRect((secret % side) * size - 7, Math.floor(secret / side) * size - 7, size + 14, size + 14);
    }
  };
  /** Animates one step: ruled-out keys fade in the order in which they were tried. */
  const sweep = async (before: Uint8Array, { flags, secret }: SearchStep) => {
    const shown = before.slice();
    const slice = Math.ceil(flags.length / 40);
    for (let from = 0; from < flags.length && !reducedMotion(); from += slice) {
      draw(shown, -1);
      await hold(25);
      shown.set(flags.subarray(from, from + slice), from);
    }
    draw(flags, secret);
  };
  return {
    element: h("div", { class: "figure" }, canvas, h("div", { class: "panel" }, left, caption)),
    async run({ laboratory, seed, learned }) {
      canvas.hidden = false;
      let before: Uint8Array = new Uint8Array();
      for (let i = 0; i < SEARCH_STEPS; i += 1) {
        const step = await laboratory.search(seed, learned, i === 0);
        await sweep(i === 0 ? new Uint8Array(step.keys).fill(1) : before, step);
        before = step.flags;
        left.textContent = `${step.left.toLocaleString("en")} of ${step.keys.toLocaleString("en")} keys left`;
        const seen = learned ? `${i + 1} ciphertext${i > 0 ? "s" : ""}` : `${i + 1} known pair${i > 0 ? "s" : ""}`;
        caption.textContent = `After ${seen} under one key. A frame marks the right key when few keys are left.`;
        if (step.left <= 1) break;
        await hold(500);
      }
    },
  };
}

export function elimination(): Figure {
  const canvas = h("canvas", { class: "pixels", hidden: true, role: "img", "aria-label": "Linear equations over GF(2), row by row" });
  const caption = h("p", { class: "note" }, "Each row is a known pair: the plaintext bits, a constant and, on the right, one output bit.");
  return {
    element: h("div", { class: "figure" }, canvas, h("div", { class: "panel" }, caption)),
    async run({ laboratory, seed }) {
      canvas.hidden = false;
      let step = await laboratory.eliminate(0, seed, true);
      for (let i = 0; ; i += 1) {
        const { matrix, rows, columns, pivot } = step;
        const cell = Math.max(2, Math.floor(256 / Math.max(rows, columns)));
        const drawing = context(canvas, columns * cell + 4, rows * cell);
        canvas.style.width = `${columns * cell + 4}px`;
        for (let row = 0; row < rows; row += 1) {
          for (let column = 0; column < columns; column += 1) {
            const here = !step.done && pivot && pivot[0] === row && pivot[1] === column;
            drawing.fillStyle = colour(here ? "--bad" : matrix[row * columns + column] ? "--accent" : "--shade");
            drawing.fillRect(column * cell + (column === columns - 1 ? 4 : 0), row * cell, cell - 1, cell - 1);
          }
        }
        if (step.done) break;
        caption.textContent = `Pivot ${i}: ${rows} equations, ${columns - 1} unknowns.`;
        await hold(90);
        step = await laboratory.eliminate(0, seed, false);
      }
      const constant = step.columns - 2;
      const terms = step.terms.map((term) => (term === constant ? "1" : `bit ${term}`)).join(" + ");
      const fixed = step.terms.length === 0 || (step.terms.length === 1 && step.terms[0] === constant);
      if (step.explained && fixed) caption.textContent = `Output 0 is always ${step.terms.length} under this key, whatever the message.`;
      else caption.textContent = step.explained
        ? `The equations hold: output 0 is ${terms} for all pairs, and there are more pairs than unknowns.`
        : "The equations contradict each other: output 0 is not an XOR of plaintext bits.";
    },
  };
}
