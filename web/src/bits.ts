/** Text, bits and blocks. A bit is 0 or 1. The first bit of a byte is the most significant, as in the program. */

/** Maximum number of bytes of a message text. */
export const MOST_BYTES = 64;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: false });

/** The text in UTF-8, cut between characters to at most MOST_BYTES bytes. */
export function textBytes(text: string): Uint8Array {
  let bytes = encoder.encode(text);
  if (bytes.length > MOST_BYTES) {
    let end = MOST_BYTES;
    while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
    bytes = bytes.slice(0, end);
  }
  return bytes;
}

/** The bits of the bytes, padded with zeros to whole blocks of `block` bits, at least one. */
export function toBits(bytes: Uint8Array, block: number): Uint8Array {
  const blocks = Math.max(1, Math.ceil((bytes.length * 8) / block));
  const bits = new Uint8Array(blocks * block);
  for (let i = 0; i < bytes.length * 8; i += 1) bits[i] = ((bytes[i >> 3] ?? 0) >> (7 - (i & 7))) & 1;
  return bits;
}

/** The character of a byte. Bytes that cannot be printed give a dot. */
export function glyph(byte: number): string {
  return byte >= 32 && byte < 127 ? String.fromCharCode(byte) : "·";
}

/** The bytes as text for screen readers. */
export function spoken(bytes: Uint8Array): string {
  return decoder.decode(bytes).replace(/[\u0000-\u001f\u007f-\u009f\ufffd]/g, "·");
}

/** A generator of pseudorandom bits (mulberry32) for keys and messages of the page. Trainings do not use it. */
export function bitStream(seed: number): () => number {
  let state = seed >>> 0;
  let word = 0;
  let left = 0;
  return () => {
    if (left === 0) {
      state = (state + 0x6d2b79f5) >>> 0;
      let t = state;
      t = Math.imul(t ^ (t >>> 15), t | 1);
      t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
      word = (t ^ (t >>> 14)) >>> 0;
      left = 32;
    }
    const bit = word & 1;
    word >>>= 1;
    left -= 1;
    return bit;
  };
}

/** `count` pseudorandom bits from a seed. */
export function randomBits(seed: number, count: number): Uint8Array {
  const next = bitStream(seed);
  return Uint8Array.from({ length: count }, next);
}

/** Wrong bits of values in [-1, 1] (-1 for 0, +1 for 1): `hard` after a decision on each bit, `soft` as the sum of |p - q| / 2 (Abadi
 * and Andersen, section 2.3). */
export function wrongBits(soft: Float32Array, truth: Uint8Array): { hard: number; soft: number } {
  let hard = 0;
  let distance = 0;
  for (let i = 0; i < soft.length; i += 1) {
    const value = soft[i] ?? 0;
    const bit = truth[i] ?? 0;
    if (Number(value > 0) !== bit) hard += 1;
    distance += Math.abs(value - (2 * bit - 1)) / 2;
  }
  return { hard, soft: distance };
}
