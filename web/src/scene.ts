/** One message on the wire between Alice, Bob and Eve, and what each of them reads. */

import { Bars } from "./charts/bars.ts";
import { glyph, spoken, wrongBits } from "./bits.ts";
import { h } from "./dom.ts";
import type { Opened, Transcript } from "./training.ts";

/** The message that a scene shows. */
export interface Subject {
  bytes: Uint8Array;
  plaintext: Uint8Array;
  key: Uint8Array;
  block: number;
  flips: string[];
}

/** The actions that a scene requests from the page. */
export interface Wishes {
  choose(block: number): void;
  flip(flip: string): void;
}

/** A text as one player reads it, letter by letter. */
class Reading {
  readonly element = h("p", { class: "reading" });
  private letters: HTMLSpanElement[] = [];

  /** `soft` are the values that the player reads, from -1 to 1, one per bit. Without them the text is shown as it is. */
  draw(bytes: Uint8Array, soft?: Float32Array): void {
    if (this.letters.length !== bytes.length) {
      this.letters = Array.from({ length: bytes.length }, () => h("span", { "aria-hidden": "true" }));
      this.element.replaceChildren(h("span", { class: "hidden" }), ...this.letters);
    }
    const read = new Uint8Array(bytes.length);
    this.letters.forEach((letter, i) => {
      let byte = bytes[i] ?? 0;
      let sure = 1;
      let wrong = 0;
      if (soft) {
        let value = 0;
        let size = 0;
        for (let bit = 8 * i; bit < 8 * i + 8; bit += 1) {
          const one = soft[bit] ?? 0;
          value = 2 * value + Number(one > 0);
          size += Math.abs(one) / 8;
        }
        for (let change = value ^ byte; change > 0; change &= change - 1) wrong += 1;
        byte = value;
        sure = 0.35 + 0.65 * size;
      }
      read[i] = byte;
      const text = byte === 32 ? "\u00a0" : glyph(byte);
      if (letter.textContent !== text) letter.textContent = text;
      letter.className = wrong === 0 ? "right" : wrong < 3 ? "wrong few" : "wrong";
      letter.style.opacity = sure.toFixed(2);
    });
    const first = this.element.firstElementChild;
    if (first) first.textContent = spoken(read);
  }

  /** Marks the letters that contain the bits from `from` to `to`, without `to`. */
  mark(from: number, to: number): void {
    this.letters.forEach((letter, i) => letter.classList.toggle("chosen", 8 * i < to && 8 * i + 8 > from));
  }

  onLetter(choose: (bit: number) => void): void {
    this.element.addEventListener("click", (event) => {
      const at = this.letters.indexOf(event.target as HTMLSpanElement);
      if (at >= 0) choose(8 * at);
    });
  }
}

/** A row of bits as one player reads them. Opacity shows confidence. Wrong bits are struck through. */
class SoftBits {
  readonly element = h("div", { class: "bits", role: "img" });
  private cells: HTMLSpanElement[] = [];

  draw(soft: Float32Array, truth: Uint8Array): void {
    if (this.cells.length !== soft.length) {
      this.cells = Array.from({ length: soft.length }, () => h("span"));
      this.element.replaceChildren(...this.cells);
    }
    let wrong = 0;
    this.cells.forEach((cell, i) => {
      const value = soft[i] ?? 0;
      const bit = Number(value > 0);
      const miss = bit !== truth[i];
      if (miss) wrong += 1;
      cell.className = miss ? "bit wrong" : "bit";
      if (cell.textContent !== String(bit)) cell.textContent = String(bit);
      cell.style.opacity = (0.4 + 0.6 * Math.abs(value)).toFixed(2);
    });
    this.element.setAttribute("aria-label", `${wrong} of ${soft.length} bits of this block wrong`);
  }
}

export class Scene {
  readonly element: HTMLElement;
  private readonly title = h("h3", { class: "scene-title" });
  private readonly sent = new Reading();
  private readonly bobReads = new Reading();
  private readonly eveReads = new Reading();
  private readonly bobBits = new SoftBits();
  private readonly eveBits = new SoftBits();
  private readonly bobScore = h("span", { class: "score" });
  private readonly eveScore = h("span", { class: "score" });
  private readonly plainRow = h("div", { class: "bits", role: "group", "aria-label": "Plaintext bits of the chosen block" });
  private readonly keyRow = h("div", { class: "bits", role: "group", "aria-label": "Key bits of the chosen block" });
  private readonly keyName = h("div", { class: "row-name" });
  private readonly blockName = h("span", { class: "block-name" });
  private readonly bars = new Bars();
  private readonly wireNote = h("p", { class: "note wire-note" });
  private readonly eveCard: HTMLElement;
  private block = 0;
  private bitsKey = "";

  constructor(
    private readonly wishes: Wishes,
    readonly name = "",
  ) {
    this.sent.element.setAttribute("title", "Click a letter to choose its block");
    this.eveCard = h(
      "section",
      { class: "player eve", "aria-label": "Eve" },
      h("h3", {}, "Eve reads"),
      this.eveReads.element,
      this.eveScore,
      this.eveBits.element,
      h("p", { class: "note" }, "She sees the wire and has no key."),
    );
    this.element = h(
      "article",
      { class: "scene" },
      this.title,
      h(
        "section",
        { class: "player alice", "aria-label": "Alice" },
        h(
          "div",
          { class: "panel" },
          h("h3", {}, "Alice sends"),
          this.sent.element,
          h(
            "div",
            { class: "block-line" },
            h("button", { class: "small", "aria-label": "Previous block", onclick: () => this.wishes.choose(this.block - 1) }, "‹"),
            this.blockName,
            h("button", { class: "small", "aria-label": "Next block", onclick: () => this.wishes.choose(this.block + 1) }, "›"),
          ),
        ),
        h(
          "div",
          { class: "panel rows" },
          h("div", { class: "row-name" }, "plaintext of this block"),
          this.plainRow,
          this.keyName,
          this.keyRow,
        ),
      ),
      h("section", { class: "wire", "aria-label": "The wire" }, h("h3", {}, "On the wire"), this.bars.svg, this.wireNote),
      h(
        "section",
        { class: "player bob", "aria-label": "Bob" },
        h("h3", {}, "Bob reads"),
        this.bobReads.element,
        this.bobScore,
        this.bobBits.element,
        h("p", { class: "note" }, "He sees the wire and has the key."),
      ),
      this.eveCard,
    );
  }

  private bitButtons(row: HTMLElement, kind: "p" | "k", bits: Uint8Array, flips: string[]): void {
    const name = kind === "p" ? "plaintext" : "key";
    const focused = [...row.children].indexOf(document.activeElement as Element);
    row.replaceChildren(
      ...[...bits].map((bit, i) => {
        const flipped = flips.includes(`${kind}${i}`);
        const about = `${name} bit ${i} is ${bit}${flipped ? ", flipped" : ""}`;
        return h(
          "button",
          {
            class: flipped ? "bit flipped" : "bit",
            "aria-label": about,
            "aria-pressed": String(flipped),
            title: `Flip ${name} bit ${i}`,
            onclick: () => this.wishes.flip(`${kind}${i}`),
          },
          String(bit),
        );
      }),
    );
    if (focused >= 0) (row.children[focused] as HTMLElement | undefined)?.focus();
  }

  /** Draws `subject` and its `transcript`. If bits are flipped, the last block of the transcript is the chosen block without the flips. */
  draw(subject: Subject, transcript: Transcript, facts: Opened, title: string): void {
    const { bits, keyBits, wireValues, eveReads, sharesKey } = facts;
    const blocks = subject.plaintext.length / bits;
    const block = Math.min(subject.block, blocks - 1);
    this.block = block;
    this.title.textContent = title;
    this.title.hidden = title === "";
    const plain = subject.plaintext.subarray(block * bits, (block + 1) * bits);
    const key = subject.key.subarray(block * keyBits, (block + 1) * keyBits);
    const state = [block, blocks, subject.flips.join(), plain.join(""), key.join("")].join("|");
    if (state !== this.bitsKey) {
      this.bitsKey = state;
      this.bitButtons(this.plainRow, "p", plain, subject.flips);
      this.bitButtons(this.keyRow, "k", key, subject.flips);
      this.keyName.textContent = sharesKey ? "key, shared with Bob" : "Bob's secret key; the public key is also on the wire";
      this.blockName.textContent = `block ${block + 1} of ${blocks}`;
    }
    this.sent.draw(subject.bytes);
    this.sent.mark(block * bits, (block + 1) * bits);
    const flipped = subject.flips.length > 0 && transcript.wire.length > blocks * wireValues;
    const wire = transcript.wire.subarray(block * wireValues, (block + 1) * wireValues);
    const before = flipped ? transcript.wire.subarray(blocks * wireValues, (blocks + 1) * wireValues) : undefined;
    const moved = this.bars.draw(wire, before);
    this.wireNote.textContent = flipped
      ? `Flipped: ${flipNames(subject.flips)}. ${moved} of ${wireValues} values move by more than 0.5. Outlines show the values before the flip.`
      : "Each bar is one value. Flip a bit of the plaintext or the key to see which values move.";
    const total = blocks * bits;
    const show = (reading: Reading, row: SoftBits, score: HTMLElement, soft: Float32Array) => {
      reading.draw(subject.bytes, soft);
      row.draw(soft.subarray(block * bits, (block + 1) * bits), plain);
      const { hard } = wrongBits(soft.subarray(0, total), subject.plaintext);
      score.textContent = `${hard} of ${total} bits wrong (${Math.round((100 * hard) / total)} %)`;
    };
    show(this.bobReads, this.bobBits, this.bobScore, transcript.bob);
    this.eveCard.classList.toggle("blind", !eveReads);
    if (eveReads) show(this.eveReads, this.eveBits, this.eveScore, transcript.eve);
    else {
      this.eveScore.textContent = "In this game Eve only guesses which of two messages was sent.";
      this.eveReads.draw(new Uint8Array());
      this.eveBits.draw(new Float32Array(), new Uint8Array());
    }
  }

  /** Makes a click on a letter choose its block. */
  listen(bits: () => number): void {
    this.sent.onLetter((bit) => this.wishes.choose(Math.floor(bit / bits())));
  }
}

const flipNames = (flips: string[]): string =>
  flips.map((flip) => `${flip.startsWith("p") ? "plaintext" : "key"} bit ${flip.slice(1)}`).join(", ");
