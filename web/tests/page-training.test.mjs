// Screen 1 in Chromium: trainings give the program's bits, and so do rewinding, branches and links.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { at, drag, start, wire } from "./browser.mjs";

let site;
before(async () => (site = await start()));
after(() => site.close());

/** The hash that the program's own test expects of `evesdrop train --seed 1`. */
const HASHES = readFileSync(new URL("../../crates/cli/tests/black_box/hashes.rs", import.meta.url), "utf8");
const PROGRAM = /\(\s*"",\s*"([0-9a-f]{64})"\s*,?\s*\)/.exec(HASHES)[1];

const badge = (page) => page.waitForFunction(() => document.querySelector("#badge").dataset.hash).then((hash) => hash.jsonValue());

test("the default training gives the program's model", async () => {
  const page = await site.open();
  await page.click("#play");
  await page.waitForFunction(() => document.querySelector(".standing").textContent.includes("goals are met"), null, { timeout: 300_000 });
  await page.waitForSelector("#badge.good", { timeout: 60_000 });
  assert.equal(await badge(page), PROGRAM);
  assert.equal(await page.textContent(".command"), "evesdrop train --out runs/page");
  await site.shut(page);
});

test("training after a rewind gives the same values as training without one", async () => {
  const page = await site.open("#round=310");
  await drag(page, 0);
  await at(page, 0);
  await drag(page, 137);
  await at(page, 137);
  await page.click("#one");
  await at(page, 138);
  const rewound = await wire(page);
  assert.equal(rewound.length, 16);
  const straight = await site.open("#round=138");
  assert.deepEqual(await wire(straight), rewound);
  await drag(page, 310);
  await at(page, 310);
  const far = await site.open("#round=310");
  assert.deepEqual(await wire(page), await wire(far));
  assert.notDeepEqual(rewound, await wire(far));
  for (const each of [page, straight, far]) await site.shut(each);
});

test("a link restores settings, round, message, flips and view", async () => {
  const hash = "#seed=7&bits=8&key-bits=4&learning-rate=0.01&round=60&text=Hi there&block=2&flip=p1.k3";
  const page = await site.open(hash);
  await page.waitForFunction(() => location.hash.includes("flip"));
  const address = await page.evaluate(() => location.hash);
  assert.deepEqual(Object.fromEntries(new URLSearchParams(address.slice(1))), {
    bits: "8", "key-bits": "4", seed: "7", "learning-rate": "0.01", round: "60", text: "Hi there", block: "2", flip: "p1.k3",
  });
  const again = await site.open(address);
  assert.deepEqual(await wire(again), await wire(page));
  assert.equal(await again.inputValue("#text"), "Hi there");
  assert.equal(await again.locator(".bit.flipped").count(), 2);
  await page.click("#to-inside");
  await page.waitForFunction(() => location.hash.startsWith("#view=inside"));
  await site.shut(page);
  await site.shut(again);
});

test("a link restores who trained in which rounds", async () => {
  const page = await site.open("#round=40");
  await page.selectOption("#who", "eve");
  for (let round = 41; round <= 43; round += 1) {
    await page.click("#one");
    await at(page, round);
  }
  await page.waitForFunction(() => location.hash.includes("who=40") && location.hash.includes("round=43"));
  const again = await site.open(await page.evaluate(() => location.hash));
  await at(again, 43);
  assert.deepEqual(await wire(again), await wire(page));
  const everybody = await site.open("#round=43");
  assert.notDeepEqual(await wire(everybody), await wire(page));
  assert.match(await page.textContent(".command"), /No command line/);
  for (const each of [page, again, everybody]) await site.shut(each);
});

test("two trainings run side by side and differ only because of the changed setting", async () => {
  const page = await site.open("#round=120");
  await page.selectOption("aside [name=eve-term] >> nth=1", "nothing");
  await page.click("#branch");
  await page.waitForSelector(".scenes.two");
  for (const _ of [1, 2, 3]) await page.click("#one");
  await at(page, 123);
  await page.waitForFunction(() => document.querySelectorAll(".scene-title")[1].textContent === "B: round 123");
  assert.notDeepEqual(await wire(page, 1), await wire(page, 0));
  await page.waitForFunction(() => location.hash.includes("b.at=120") && location.hash.includes("b.round=123"));
  const again = await site.open(await page.evaluate(() => location.hash));
  await at(again, 123);
  assert.deepEqual(await wire(again, 0), await wire(page, 0));
  assert.deepEqual(await wire(again, 1), await wire(page, 1));
  const same = await site.open("#round=125&b.at=120&b.round=125");
  await at(same, 125);
  assert.deepEqual(await wire(same, 1), await wire(same, 0), "a branch without changes is the same training");
  await same.click("#close-branch");
  assert.equal(await same.locator(".scene").count(), 1);
  for (const each of [page, again, same]) await site.shut(each);
});

test("a flipped bit shows which values move", async () => {
  const page = await site.open("#round=100");
  const before = await wire(page);
  await page.click('[aria-label^="plaintext bit 3 is"]');
  await page.waitForSelector(".bars .before");
  assert.match(await page.textContent(".wire-note"), /Flipped: plaintext bit 3\. \d+ of 16 values move/);
  assert.notDeepEqual(await wire(page), before);
  assert.equal(await page.locator('.bit[aria-pressed="true"]').count(), 1);
  await page.click(".bit.flipped");
  await page.waitForFunction(() => !document.querySelector(".bars .before"));
  assert.deepEqual(await wire(page), before);
  await site.shut(page);
});

test("slow motion runs an ordinary round", async () => {
  const page = await site.open("#round=20");
  await page.click("#slow");
  await page.waitForFunction(() => document.querySelector(".phase").textContent.includes("2 of 3"), null, { timeout: 60_000 });
  await page.waitForFunction(() => document.querySelector(".phase").textContent === "", null, { timeout: 60_000 });
  await at(page, 21);
  const straight = await site.open("#round=21");
  assert.deepEqual(await wire(page), await wire(straight));
  await site.shut(page);
  await site.shut(straight);
});

test("invalid settings give an error of one line", async () => {
  const page = await site.open();
  await page.fill("aside [name=bits]", "99999");
  await page.press("aside [name=bits]", "Tab");
  assert.match(await page.textContent("aside .form"), /a number from 4 to 32/);
  await page.fill("aside [name=bits]", "4");
  await page.fill("aside [name=leaked-key-bits]", "9");
  await page.press("aside [name=leaked-key-bits]", "Tab");
  await page.click("#restart");
  assert.match(await page.textContent("aside"), /Eve cannot be given 9 bits of a key of 4/);
  await site.shut(page);
});

test("the curve, the settings and the model can be saved", async () => {
  const page = await site.open("#round=100&seed=2");
  const saved = async (id) => {
    const [download] = await Promise.all([page.waitForEvent("download"), page.click(id)]);
    return readFileSync(await download.path());
  };
  assert.match((await saved("#save-toml")).toString(), /^seed = 2$/m);
  assert.match((await saved("#save-svg")).toString(), /^<svg[^]*<path[^]*<\/svg>$/);
  const { curve, settings } = JSON.parse(await saved("#save-json"));
  assert.deepEqual(settings, { seed: 2 });
  assert.equal(curve.at(-1).round, 100);
  const model = await saved("#save-model");
  assert.ok(model.includes("alice.dense.weight"));
  await site.shut(page);
});

test("a cipher over bits trains beside the paper's, and its weights prove its rules", async () => {
  const page = await site.open("#bits=4&preset=paper");
  await page.selectOption("aside [name=preset] >> nth=1", "bits");
  await page.click("#branch");
  await page.waitForSelector(".scenes.two");
  await page.click("#play");
  await page.waitForFunction(() => document.querySelectorAll(".scene-title")[1].textContent.replace(/\D/g, "") > 50, null, { timeout: 60_000 });
  await page.click("#play");
  const bits = (await wire(page, 1)).map((text) => text.match(/-?\d+(\.\d+)?$/)[0]);
  assert.deepEqual(new Set(bits.map((value) => Math.abs(Number(value)))), new Set([1]), "one bit per value");
  assert.match(await page.evaluate(() => location.hash), /b\.preset=bits/);
  await site.shut(page);

  const alone = await site.open("#bits=4&preset=bits");
  await alone.click("#play");
  await alone.waitForFunction(() => document.querySelector(".standing").textContent.includes("goals are met"), null, { timeout: 300_000 });
  await alone.click("#to-inside");
  await alone.click("#explain");
  await alone.waitForSelector("#proof");
  assert.match(await alone.textContent("#proof"), /a one-time pad with the bits permuted, which leaks everything once a key is reused\. Bob reads every message\./);
  await site.shut(alone);
});
