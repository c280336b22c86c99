/** Screen 5: ten guesses against Eve's network, and the picture test. */

import type { App, Screen } from "../app.ts";
import { randomBits } from "../bits.ts";
import { Bars } from "../charts/bars.ts";
import { colour, context, h } from "../dom.ts";

const GUESSES = 10;
/** Width and height of the test picture, in pixels. */
const SIDE = 48;

/** The test picture, one bit per pixel: the shape of a door key. Like most pictures it has large plain areas. */
export function testPicture(): Uint8Array {
  return Uint8Array.from({ length: SIDE * SIDE }, (_, i) => {
    const [x, y] = [(i % SIDE) - SIDE / 2 + 0.5, Math.floor(i / SIDE) - SIDE / 2 + 0.5];
    const far = Math.hypot(x, y + 6);
    const ring = far < 13 && far > 7;
    const stem = Math.abs(x) < 3 && y > 4 && y < 20;
    const tooth = x >= 0 && x < 10 && ((y > 11 && y < 14) || (y > 16 && y < 20));
    return Number(ring || stem || tooth);
  });
}

function drawPicture(canvas: HTMLCanvasElement, values: Float32Array | Uint8Array, low: number): void {
  const drawing = context(canvas, SIDE * 4, SIDE * 4);
  const dark = colour("--ink");
  drawing.fillStyle = colour("--shade");
  drawing.fillRect(0, 0, SIDE * 4, SIDE * 4);
  drawing.fillStyle = dark;
  for (let i = 0; i < SIDE * SIDE; i += 1) {
    drawing.globalAlpha = Math.max(0, Math.min(1, ((values[i] ?? 0) - low) / (1 - low)));
    drawing.fillRect((i % SIDE) * 4, Math.floor(i / SIDE) * 4, 4, 4);
  }
  drawing.globalAlpha = 1;
}

export function playing(app: App): Screen {
  // ---- Be Eve ------------------------------------------------------------------------------------------
  let game: { turn: number; you: number; eve: number; seed: number; sent: number; eveSays: number } | undefined;
  const bars = new Bars();
  const question = h("p", { id: "question" });
  const score = h("p", { class: "standing", id: "score", "aria-live": "polite" });
  const choices = h("div", { class: "choices" });
  const begin = h("button", { class: "primary", id: "be-eve", onclick: () => app.attempt(start) }, "Begin");

  /** Draws two messages, a key, and the choice of the message that is sent. */
  function draw(seed: number) {
    const { bits, keyBits } = app.a.facts;
    const all = randomBits(seed, 2 * bits + keyBits + 1);
    const messages = [all.slice(0, bits), all.slice(bits, 2 * bits)];
    return { messages, key: all.slice(2 * bits, 2 * bits + keyBits), sent: all.at(-1) ?? 0 };
  }

  async function start(): Promise<void> {
    await app.a.pause();
    begin.hidden = true;
    score.textContent = "";
    game = { turn: 0, you: 0, eve: 0, seed: Math.floor(Math.random() * 2 ** 31), sent: 0, eveSays: 0 };
    await next();
  }

  async function next(): Promise<void> {
    if (!game) return;
    const { messages, key, sent } = draw(game.seed + game.turn);
    const [first, second] = messages as [Uint8Array, Uint8Array];
    const transcript = await app.a.read({ plaintext: sent ? second : first, key });
    const distance = (message: Uint8Array) => message.reduce((sum, bit, i) => sum + Math.abs((transcript.eve[i] ?? 0) - (2 * bit - 1)), 0);
    game.sent = sent;
    game.eveSays = Number(distance(second) < distance(first));
    bars.draw(transcript.wire.subarray(0, app.a.facts.wireValues));
    question.textContent = `Guess ${game.turn + 1} of ${GUESSES}: one of these two messages was encrypted under a fresh key. Which?`;
    choices.replaceChildren(
      ...messages.map((message, i) => h("button", { id: `guess-${i}`, class: "guess", onclick: () => app.attempt(() => guess(i)) }, `${"AB"[i]}: ${message.join("")}`)),
    );
    (choices.firstElementChild as HTMLElement | null)?.focus();
  }

  async function guess(which: number): Promise<void> {
    if (!game) return;
    game.turn += 1;
    game.you += Number(which === game.sent);
    game.eve += Number(game.eveSays === game.sent);
    score.textContent = `It was ${"AB"[game.sent]}. You ${game.you} of ${game.turn}, Eve's network ${game.eve} of ${game.turn}; random guesses get about half.`;
    if (game.turn < GUESSES) return next();
    question.textContent = game.you > game.eve ? "You did better than the network." : game.you === game.eve ? "You and the network did equally well." : "The network did better than you.";
    choices.replaceChildren();
    game = undefined;
    begin.hidden = false;
    begin.textContent = "Play again";
    begin.focus();
  }

  // ---- The picture test --------------------------------------------------------------------------------
  const pictures = ["the picture", "on the wire, a fresh key for each block", "what Eve reads under fresh keys", "on the wire, one key for all blocks", "what Eve reads under one key", "what Bob reads"].map((name) => {
    const canvas = h("canvas", { class: "pixels", role: "img", "aria-label": name });
    return { canvas, figure: h("figure", {}, canvas, h("figcaption", {}, name)) };
  });
  const pictureNote = h("p", { class: "note", id: "picture-note" });
  const test = h("button", { class: "primary", id: "picture-test", onclick: () => app.attempt(runPictures) }, "Encrypt the picture");

  async function runPictures(): Promise<void> {
    await app.a.pause();
    const { bits, keyBits, wireValues, eveReads } = app.a.facts;
    const picture = testPicture();
    const blocks = Math.ceil(picture.length / bits);
    const plaintext = new Uint8Array(blocks * bits);
    plaintext.set(picture);
    const fresh = randomBits(5, blocks * keyBits);
    const one = randomBits(6, keyBits);
    const reused = Uint8Array.from({ length: blocks * keyBits }, (_, i) => one[i % keyBits] ?? 0);
    const [apart, same] = [await app.a.read({ plaintext, key: fresh }), await app.a.read({ plaintext, key: reused })];
    // If Alice sends more values than bits, only the first ones are shown.
    const values = (wire: Float32Array) => Float32Array.from({ length: blocks * bits }, (_, i) => wire[Math.floor(i / bits) * wireValues + (i % bits)] ?? 0);
    const strongest = Math.max(...apart.wire, ...same.wire.map(Math.abs), 0.01);
    const scaled = (wire: Float32Array) => values(wire).map((value) => value / strongest);
    const nobody = new Float32Array(blocks * bits);
    const shown = [picture, scaled(apart.wire), eveReads ? apart.eve : nobody, scaled(same.wire), eveReads ? same.eve : nobody, apart.bob];
    shown.forEach((pixels, i) => pictures[i] && drawPicture(pictures[i].canvas, pixels, i === 0 ? 0 : -1));
    const round = app.a.round.toLocaleString("en");
    pictureNote.textContent = `At round ${round}. Under one key, any deterministic cipher encrypts equal blocks to equal ciphertexts: plain areas become stripes, which end at the edges of the picture. Fresh keys hide this, as far as Alice uses the key.`;
  }

  const element = h(
    "section",
    { class: "view", id: "play-view", "aria-labelledby": "play-title" },
    h("header", { class: "lead" },
      h("h2", { id: "play-title" }, "Be Eve"),
      h("p", {}, "You see what Eve sees: the values on the wire, without the key. It is easier at an early round: go back to one on the first screen."),
    ),
    h("div", { class: "split" },
      h("section", { class: "panel" }, h("h3", {}, "Ten guesses"), question, bars.svg, choices, score, h("div", {}, begin)),
      h("section", { class: "panel" },
        h("h3", {}, "The picture test"),
        h("p", { class: "note" }, `A picture of ${SIDE} × ${SIDE} pixels, one bit each, encrypted block by block.`),
        h("div", { class: "pictures" }, ...pictures.map(({ figure }) => figure)),
        pictureNote, h("div", {}, test),
      ),
    ),
  );
  return {
    element,
    changed() {
      begin.disabled = !app.a.facts.eveReads;
      if (!app.a.facts.eveReads) question.textContent = "In this game Eve reads no plaintexts. Choose the symmetric game on the first screen.";
    },
    open() {
      drawPicture(pictures[0]?.canvas as HTMLCanvasElement, testPicture(), 0);
    },
  };
}
