/** Screen 2: the influence of each input bit, Bob's errors by bit, and the rules that explain Alice's outputs. */

import type { App, Screen } from "../app.ts";
import { colour, context, h } from "../dom.ts";
import type { Point } from "../training.ts";

interface Inspection {
  sentences: string[];
  /** What the weights prove, if anything. */
  proof: string | null;
  messages: number;
}

/** Mixes two colours given as #rrggbb. */
function mix(from: string, to: string, part: number): string {
  const channel = (text: string, at: number) => parseInt(text.slice(at, at + 2), 16);
  const mixed = [1, 3, 5].map((at) => Math.round(channel(from, at) + (channel(to, at) - channel(from, at)) * part));
  return `rgb(${mixed.join(" ")})`;
}

/** Draws influence, 0 to 2. There is a row for each input bit, plaintext bits first, and a column for each value on the wire. The
 * square root makes small influences visible. */
function drawInfluence(canvas: HTMLCanvasElement, influence: Float32Array, columns: number, plain: number, cell: number): void {
  const rows = influence.length / columns;
  const gap = Math.max(1, cell / 3);
  const drawing = context(canvas, columns * cell, rows * cell + gap);
  canvas.style.width = `${columns * cell}px`;
  const [none, full] = [colour("--shade"), colour("--accent")];
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      drawing.fillStyle = mix(none, full, Math.sqrt(Math.min(1, (influence[row * columns + column] ?? 0) / 2)));
      drawing.fillRect(column * cell, row * cell + (row >= plain ? gap : 0), cell - 1, cell - 1);
    }
  }
}

export function inside(app: App): Screen {
  const slider = h("input", { type: "range", min: 0, max: 0, step: 1, id: "inside-round", "aria-label": "Round" });
  const heat = h("canvas", { role: "img" });
  const heatNote = h("p", { class: "note" });
  const thumbs = h("div", { class: "thumbs" });
  const stripes = h("canvas", { role: "img" });
  const stripesNote = h("p", { class: "note", id: "stripes-note" });
  const rules = h("div", { class: "scroll", id: "rules" });
  const explain = h("button", { id: "explain", onclick: () => app.attempt(fillRules) }, "Explain each output");
  const play = h("button", { id: "inside-play", class: "primary", onclick: () => app.attempt(() => (app.a.playing ? app.a.pause() : app.a.play(Infinity))) }, "Play");
  let drawn = "";
  slider.addEventListener("input", () => app.attempt(() => app.a.seek(Number(slider.value))));

  async function fillRules(): Promise<void> {
    const { a } = app;
    await a.pause();
    const { round } = a;
    const { sentences, proof, messages } = await a.inspect<Inspection>(1024);
    const head = h("tr", {}, h("th", { scope: "col" }, "value"), h("th", { scope: "col" }, "the best rule found"));
    const rows = sentences.map((sentence, i) => h("tr", {}, h("td", {}, String(i)), h("td", {}, sentence)));
    rules.replaceChildren(
      h("p", { class: "note" }, `At round ${round.toLocaleString("en")}, on ${messages.toLocaleString("en")} random messages.`),
      ...(proof ? [h("p", { id: "proof" }, proof)] : []),
      h("table", {}, h("thead", {}, head), h("tbody", {}, ...rows)),
    );
  }

  const looks = (): Point[] => app.a.points.filter((point) => point.influence);

  function drawThumbs(of: Point[], bits: number): void {
    const count = Math.min(10, of.length);
    const chosen = Array.from({ length: count }, (_, i) => of[Math.round((i * (of.length - 1)) / Math.max(1, count - 1))]);
    thumbs.replaceChildren(
      ...chosen.flatMap((point) => {
        if (!point?.influence) return [];
        const canvas = h("canvas", { role: "img", "aria-label": `Influence at round ${point.round}` });
        drawInfluence(canvas, point.influence, bits, bits, bits > 16 ? 2 : 4);
        return [h("figure", {}, canvas, h("figcaption", {}, `round ${point.round.toLocaleString("en")}`))];
      }),
    );
  }

  function drawStripes(points: Point[], bits: number): void {
    const width = Math.max(260, Math.min(760, stripes.parentElement?.clientWidth ?? 600));
    const cell = bits > 16 ? 7 : 12;
    const drawing = context(stripes, width, bits * cell);
    stripes.style.width = `${width}px`;
    const last = points.at(-1)?.round ?? 1;
    const [none, full] = [colour("--shade"), colour("--bob")];
    let from = 0;
    for (const { round, byBit } of points) {
      const to = Math.round((round / Math.max(1, last)) * width);
      byBit.forEach((wrong, bit) => {
        drawing.fillStyle = mix(none, full, Math.min(1, 2 * wrong));
        drawing.fillRect(from, bit * cell, Math.max(1, to - from), cell - 1);
      });
      from = to;
    }
    const restarts = app.a.happened.flatMap((event) => (event.kind === "restarted" ? [event] : []));
    drawing.fillStyle = colour("--bad");
    for (const { round } of restarts) drawing.fillRect((round / Math.max(1, last)) * width - 1, 0, 2, bits * cell);
    const said = restarts.map(({ round, reason }) => `At round ${round.toLocaleString("en")} the training restarted: ${reason}.`);
    stripesNote.textContent = said.length > 0 ? said.join(" ") : "No restarts so far.";
    stripes.setAttribute("aria-label", `Bob's errors by plaintext bit up to round ${last}. ${stripesNote.textContent}`);
  }

  const element = h(
    "section",
    { class: "view", id: "inside", "aria-labelledby": "inside-title" },
    h("header", { class: "lead" },
      h("h2", { id: "inside-title" }, "What did Alice learn?"),
      h("p", {}, "In a good cipher, flipping one bit of message or key changes about half of the ciphertext. In Alice's cipher it moves only a few values on the wire, and attacks use that."),
    ),
    h("div", { class: "transport" }, play, h("div", { class: "control wide" }, h("label", { for: "inside-round" }, "Round"), slider)),
    h("div", { class: "split" },
      h("section", { class: "panel" }, h("h3", {}, "How far each value moves when one bit flips"), heat, heatNote, thumbs),
      h("section", { class: "panel" },
        h("h3", {}, "Bob's errors by plaintext bit"),
        h("p", { class: "note" }, "Rows are plaintext bits, and rounds increase to the right. At full colour Bob only guesses the bit. A bit that Alice never sends stays a stripe."),
        stripes, stripesNote,
        h("h3", {}, "Rules"),
        h("p", { class: "note" }, "For each value: the XOR of plaintext and key bits that best predicts its sign."),
        explain, rules,
      ),
    ),
  );

  return {
    element,
    open: () => (drawn = ""),
    changed() {
      const { a } = app;
      slider.max = String(a.furthest);
      slider.value = String(a.round);
      play.textContent = a.playing ? "Pause" : "Play";
      const of = looks();
      const now = of.findLast((point) => point.round <= a.round) ?? of[0];
      const state = `${now?.round} ${a.points.length} ${a.happened.length}`;
      if (state === drawn) return;
      drawn = state;
      const { bits } = a.facts;
      heat.hidden = !now;
      if (now?.influence) {
        drawInfluence(heat, now.influence, bits, bits, bits > 16 ? 9 : 16);
        heat.setAttribute("aria-label", `Mean change of ${bits} values on the wire when one of ${bits} plaintext bits or a key bit flips`);
        heatNote.textContent = `At round ${now.round.toLocaleString("en")}. Rows are the ${bits} plaintext bits, then the key bits. Columns are the values on the wire. A stronger colour is a larger change.`;
      } else if (!a.facts.sharesKey) heatNote.textContent = "In this game Alice has no secret key, so there is no map.";
      else heatNote.textContent = "The map appears after the first test, at round 100. Press Play.";
      drawThumbs(of, bits);
      drawStripes(a.points, bits);
    },
  };
}
