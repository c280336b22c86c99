// Screens 2, 3 and 5 on a trained cipher.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { start } from "./browser.mjs";

/** Seed 3 meets its goals at round 2,000. */
const TRAINED = "#seed=3&round=2000";
let site;
let page;
before(async () => {
  site = await start();
  page = await site.open(`${TRAINED}&view=break`);
});
after(() => site.close());

/** Runs the attack of a card and returns the text of its newest result. */
async function attack(rung, target = "learned") {
  await page.selectOption("#target", target);
  const results = page.locator(`#rung-${rung} .results > *`);
  const before = await results.count();
  await page.click(`#run-${rung}`);
  await page.waitForFunction(({ rung, before }) => document.querySelectorAll(`#rung-${rung} .results > *`).length > before, { rung, before }, { timeout: 300_000 });
  return results.first().innerText();
}

test("the figure shows a fresh Eve in training", async () => {
  const text = await attack("fresh-eves");
  assert.match(text, /On the learned cipher/);
  assert.match(text, /interval/);
  assert.match(await page.textContent("#rung-fresh-eves"), /Step 1000: she gets/);
});

test("key search leaves only the right key", async () => {
  const text = await attack("key-search");
  assert.match(text, /BROKEN/);
  assert.match(text, /evesdrop train --seed 3 --out runs\/page && evesdrop attack runs\/page --only key-search --budget quick --seed 3/);
  assert.match(await page.textContent("#rung-key-search .standing"), /^1 of 65,536 keys left$/);
});

test("key search finds nothing in a one-time pad and breaks a weak cipher", async () => {
  const pad = await attack("key-search", "one-time-pad");
  assert.match(pad, /NOTHING FOUND|only if a one-time key is reused/);
  assert.doesNotMatch(pad, /WEAKNESS/);
  assert.match(await attack("key-search", "xor:16/8"), /BROKEN/);
});

test("equations explain a weak cipher", async () => {
  assert.match(await attack("linear", "xor:16/8"), /BROKEN|WEAKNESS FOUND/);
  assert.match(await page.textContent("#rung-linear"), /The equations hold: output 0 is bit 0/);
  await attack("linear");
});

for (const rung of ["neural-known-plaintext", "neural-distinguisher", "leakage"]) {
  test(`${rung} gives a verdict`, async () => {
    assert.match(await attack(rung), /BROKEN|WEAKNESS FOUND|NOTHING FOUND|INCONCLUSIVE/);
  });
}

test("an attack can be stopped, and another runs after it", async () => {
  await page.selectOption("#target", "learned");
  await page.click("#run-neural-distinguisher");
  await page.waitForSelector("#stop-attack:visible");
  await page.click("#stop-attack");
  await page.waitForFunction(() => document.querySelector("#rung-neural-distinguisher .results").textContent.includes("stopped"));
  assert.match(await attack("leakage", "one-time-pad"), /NOTHING FOUND|INCONCLUSIVE/);
});

test("no page says secure", async () => {
  assert.doesNotMatch(await page.innerText("body"), /\bsecure\b/i);
});

test("inside shows influence, errors by bit, and a rule for each output", async () => {
  await page.click("#to-inside");
  await page.click("#explain");
  await page.waitForSelector("#rules tbody tr:nth-child(16)", { timeout: 180_000 });
  assert.equal(await page.locator("#rules tbody tr").count(), 16);
  const drawn = await page.evaluate(() => {
    const canvas = document.querySelector("#inside canvas");
    return new Set(canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data).size;
  });
  assert.ok(drawn > 10, `${drawn} shades`);
});

test("be Eve: ten guesses and a score", async () => {
  await page.click("#to-play");
  await page.click("#be-eve");
  for (let guess = 1; guess <= 10; guess += 1) {
    await page.click("#guess-0");
    await page.waitForFunction((guess) => document.querySelector("#score").textContent.includes(` of ${guess},`), guess);
  }
  assert.match(await page.textContent("#score"), /You \d+ of 10, Eve's network \d+ of 10/);
});

test("the picture test: Bob reads the picture, fresh keys hide it, and a reused key repeats itself", async () => {
  await page.click("#picture-test");
  await page.waitForFunction(() => document.querySelector("#picture-note").textContent !== "");
  const alike = await page.evaluate(() => {
    const pixels = [...document.querySelectorAll(".pictures canvas")].map((canvas) => canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height));
    const side = 48;
    const dark = ({ data, width }) => Array.from({ length: side * side }, (_, i) => {
      const size = width / side;
      const at = 4 * (Math.floor((Math.floor(i / side) + 0.5) * size) * width + Math.floor(((i % side) + 0.5) * size));
      return data[at] < 128;
    });
    const [picture, ...others] = pixels.map(dark);
    return others.map((other) => other.filter((pixel, i) => pixel === picture[i]).length / (side * side));
  });
  // The blocks of the first rows of the picture are all zero, hence equal.
  const repeats = await page.evaluate(() => [1, 3].map((which) => {
    const canvas = document.querySelectorAll(".pictures canvas")[which];
    const row = (y) => [...canvas.getContext("2d").getImageData(0, Math.floor(((y + 0.5) * canvas.height) / 48), canvas.width, 1).data].join();
    return row(0) === row(1);
  }));
  assert.deepEqual(repeats, [false, true]);
  const [wire, eve, , , bob] = alike;
  assert.ok(bob > 0.98, `Bob: ${bob}`);
  assert.ok(Math.abs(wire - 0.5) < 0.1 && eve < 0.8, `wire ${wire}, Eve ${eve}`);
});

test("the page logged no error and sent no foreign request", () => site.shut(page));
