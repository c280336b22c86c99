// The page as a whole: the tour by keyboard, accessibility, widths, themes, use without a network, browsers without SIMD.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { join } from "node:path";
import { at, start, wire } from "./browser.mjs";

const AXE = readFileSync(join(import.meta.dirname, "..", "node_modules", "axe-core", "axe.min.js"), "utf8");
const SHOTS = join(import.meta.dirname, "shots");
const VIEWS = ["wire", "inside", "break", "yours", "play"];
let site;
before(async () => {
  mkdirSync(SHOTS, { recursive: true });
  site = await start();
});
after(() => site.close());

/** The violations that axe finds, as text. */
async function violations(page) {
  // The debugger runs the script, because the page's content security policy does not apply there.
  await page.evaluate(AXE);
  const found = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
  return found.violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id} at ${target}: ${failureSummary.split("\n")[1]}`));
}

for (const colorScheme of ["light", "dark"]) {
  test(`axe finds nothing, ${colorScheme}`, async () => {
    const page = await site.open("#round=120&flip=p2", { colorScheme });
    await page.click("#tour-button");
    for (const view of VIEWS) {
      await page.click(`#to-${view}`);
      await page.waitForSelector(view === "break" ? "#run-leakage" : `#to-${view}[aria-current]`);
      if (view === "inside") await page.click("#explain");
      assert.deepEqual(await violations(page), [], view);
      await page.screenshot({ path: join(SHOTS, `${view}-${colorScheme}.png`), fullPage: true });
    }
    await site.shut(page);
  });
}

for (const width of [390, 768, 1280]) {
  test(`nothing is wider than ${width} pixels`, async () => {
    const page = await site.open("#round=120&bits=32&b.at=60&b.round=80", { width });
    for (const view of VIEWS) {
      await page.click(`#to-${view}`);
      await page.waitForTimeout(100);
      const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      assert.ok(over <= 0, `${view}: ${over} pixels too wide`);
      await page.screenshot({ path: join(SHOTS, `${view}-${width}.png`), fullPage: true });
    }
    await site.shut(page);
  });
}

test("the tour works with the keyboard alone", async () => {
  const page = await site.open();
  const key = (name) => page.keyboard.press(name);
  for (let i = 0; i < 10; i += 1) {
    await key("Tab");
    if (await page.evaluate(() => document.activeElement.id === "tour-button")) break;
  }
  await key("Enter");
  const titles = [];
  for (let step = 1; step <= 7; step += 1) {
    await page.waitForFunction((step) => document.activeElement.id === "tour-title" && document.activeElement.textContent.startsWith(`${step} of 7`), step);
    titles.push(await page.textContent("#tour-title"));
    await key("Tab");
    await key("Enter");
    await page.waitForSelector("#tour .answer", { timeout: 300_000 });
    await page.screenshot({ path: join(SHOTS, `tour-${step}.png`) });
    assert.equal(await page.evaluate(() => document.activeElement.id), "tour-title");
    await key("Tab");
    await key("Enter");
  }
  assert.equal(new Set(titles).size, 7);
  await page.waitForFunction(() => document.querySelector("#tour").childElementCount === 0);
  await page.waitForFunction(() => document.querySelector("#rung-key-search .standing").textContent.startsWith("1 of 65,536"), null, { timeout: 180_000 });
  await key("Shift+Tab");
  await site.shut(page);
});

test("Escape ends the tour", async () => {
  const page = await site.open();
  await page.click("#tour-button");
  await page.keyboard.press("Escape");
  assert.equal(await page.locator("#tour section").count(), 0);
  assert.equal(await page.evaluate(() => document.activeElement.id), "tour-button");
  await site.shut(page);
});

test("with reduced motion nothing moves by itself", async () => {
  const page = await site.open("", { reducedMotion: "reduce" });
  const moving = await page.evaluate(() => [...document.querySelectorAll("*")].filter((element) => parseFloat(getComputedStyle(element).transitionDuration) > 0).length);
  assert.equal(moving, 0);
  await site.shut(page);
});

test("without a network the page still trains and attacks", async () => {
  const page = await site.open("", { serviceWorkers: "allow" });
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.context().setOffline(true);
  await page.reload();
  await page.waitForSelector("html[data-restored]");
  await page.click("#one");
  await at(page, 1);
  await page.click("#to-yours");
  await page.selectOption("#own-only", "avalanche");
  await page.click("#own-run");
  await page.waitForSelector("#report", { timeout: 180_000 });
  await site.shut(page);
});

/** Makes the browser reject modules of these lengths. The page tests for SIMD with a module of 31 bytes, and for relaxed SIMD with 36. */
const lacks = (...lengths) => `{
  const validate = WebAssembly.validate;
  WebAssembly.validate = (bytes) => !${JSON.stringify(lengths)}.includes(bytes.length) && validate(bytes);
}`;

test("a browser without relaxed SIMD trains and says that its bits differ", async () => {
  const page = await site.open("#round=30", { script: lacks(36) });
  assert.match(await page.innerText("#warning"), /other bits than the program/);
  assert.match(await page.innerText("#badge"), /rounds differently/);
  assert.equal((await wire(page)).length, 16);
  await site.shut(page);
});

test("a browser without SIMD shows an error", async () => {
  const page = await site.open("", { script: lacks(31, 36), ready: ".failure" });
  assert.match(await page.innerText(".failure"), /its WebAssembly has no SIMD/);
  await site.shut(page);
});
