// Opens the built page in Chromium for a test. Checks that no page logs an error or sends a request to another host.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { serve } from "../serve.mjs";

export const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);
const QUIET = ["--no-first-run", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

/** Starts a server and a browser. `open(hash, options)` opens the page. `close()` ends both. */
export async function start(flags = []) {
  assert.ok(CHROMIUM, "no Chromium: apt-get install chromium");
  const { server, address } = await serve(join(import.meta.dirname, "..", "dist"));
  const sandbox = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: [...QUIET, ...sandbox, ...flags] });

  async function open(hash = "", { width = 1280, height = 900, script, ready = "html[data-restored]", ...context } = {}) {
    const room = await browser.newContext({ viewport: { width, height }, acceptDownloads: true, serviceWorkers: "block", ...context });
    const page = await room.newPage();
    page.wrong = [];
    page.on("pageerror", (error) => page.wrong.push(error.message));
    page.on("console", (line) => {
      if (line.type() === "error") page.wrong.push(line.text());
    });
    page.on("request", (request) => {
      if (!request.url().startsWith(address) && !/^(blob|data):/.test(request.url())) page.wrong.push(`a request to ${request.url()}`);
    });
    if (script) await page.addInitScript(script);
    await page.goto(address + hash);
    if (ready) await page.waitForSelector(ready, { timeout: 300_000 });
    return page;
  }

  /** Closes a page and checks that it logged no error and sent no foreign request. */
  async function shut(page) {
    const { wrong } = page;
    await page.context().close();
    assert.deepEqual(wrong, []);
  }

  const close = async () => {
    await browser.close();
    server.close();
  };
  return { open, shut, close, address };
}

/** The exact values on the wire of scene number `scene`. */
export const wire = (page, scene = 0) =>
  page.locator(".scene").nth(scene).locator(".bars rect:not(.before) title").allTextContents();

/** Waits until training A is at `round` and paused. */
export async function at(page, round) {
  const text = `Round ${round.toLocaleString("en")}.`;
  await page.waitForFunction(
    (text) => document.querySelector(".standing")?.textContent.startsWith(text) && document.querySelector("#play").textContent === "Play",
    text,
    { timeout: 300_000 },
  );
}

/** Moves the slider under the curve, as a drag does. */
export const drag = (page, round) =>
  page.locator(".scrub").evaluate((slider, round) => {
    slider.value = String(round);
    slider.dispatchEvent(new Event("input"));
  }, round);
