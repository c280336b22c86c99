// Measures the built page in Chromium: the first picture, frames and pauses while training runs, the default training, and memory.
// Run it on a machine that does nothing else.
import { readFileSync } from "node:fs";
import { start } from "./browser.mjs";

const minutes = Number(process.argv[2] ?? 10);
const site = await start();
const say = (what, value) => console.log(`${what.padEnd(58)} ${value}`);
const sorted = (numbers) => [...numbers].sort((a, b) => a - b);
const at = (numbers, part) => sorted(numbers)[Math.min(numbers.length - 1, Math.floor(part * numbers.length))];

/** Milliseconds from the start of the navigation to the first picture, with a warm cache. */
async function firstPicture() {
  const page = await site.open("");
  const times = [];
  for (let i = 0; i < 5; i += 1) {
    await page.reload();
    await page.waitForSelector("html[data-restored]");
    times.push(await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => done(Number(document.documentElement.dataset.restored))))));
  }
  await site.shut(page);
  return times;
}

/** Milliseconds between frames of the drawing thread over ten seconds, at rest or in training at full speed. */
async function frames(training) {
  const page = await site.open("#preset=paper");
  if (training) await page.click("#play");
  const gaps = await page.evaluate(
    () =>
      new Promise((done) => {
        const times = [];
        const tick = (now) => {
          times.push(now);
          if (now - times[0] < 10_000) requestAnimationFrame(tick);
          else done(times.slice(1).map((time, i) => time - times[i]));
        };
        requestAnimationFrame(tick);
      }),
  );
  await site.shut(page);
  return gaps;
}

/** Milliseconds from a click on Pause until the page shows that the training stands. A pause waits for the end of the current round. */
async function pauses() {
  const page = await site.open("");
  const times = [];
  for (let i = 0; i < 20; i += 1) {
    await page.click("#play");
    await page.waitForFunction(() => document.querySelector("#play").textContent === "Pause");
    await page.waitForTimeout(300 + 17 * i);
    times.push(
      await page.evaluate(
        () =>
          new Promise((done) => {
            const button = document.querySelector("#play");
            const began = performance.now();
            new MutationObserver((_, observer) => {
              if (button.textContent !== "Play") return;
              observer.disconnect();
              done(performance.now() - began);
            }).observe(button, { childList: true, characterData: true, subtree: true });
            button.click();
          }),
      ),
    );
  }
  await site.shut(page);
  return times;
}

/** Seconds of the default training, from Play until the goals are met. */
async function training() {
  const page = await site.open("");
  const began = performance.now();
  await page.click("#play");
  await page.waitForFunction(() => document.querySelector(".standing").textContent.includes("goals are met"), null, { timeout: 600_000, polling: 20 });
  const seconds = (performance.now() - began) / 1000;
  await site.shut(page);
  return seconds;
}

/** MiB in memory of the process that trains and draws, every half minute. */
async function memory() {
  const page = await site.open("#preset=paper");
  await page.click("#play");
  const session = await page.context().browser().newBrowserCDPSession();
  const sizes = [];
  for (let i = 0; i <= 2 * minutes; i += 1) {
    const { processInfo } = await session.send("SystemInfo.getProcessInfo");
    const resident = processInfo
      .filter(({ type }) => type === "renderer")
      .map(({ id }) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${id}/status`, "utf8"))[1]) / 1024);
    sizes.push(Math.max(...resident));
    if (i < 2 * minutes) await page.waitForTimeout(30_000);
  }
  await site.shut(page);
  return sizes;
}

const first = await firstPicture();
say("first picture, warm load: median and longest of 5, ms", `${at(first, 0.5).toFixed(0)}, ${at(first, 1).toFixed(0)}`);
for (const training of [false, true]) {
  const gaps = await frames(training);
  const mean = gaps.reduce((a, b) => a + b, 0) / gaps.length;
  const late = `${((100 * gaps.filter((gap) => gap > 25).length) / gaps.length).toFixed(1)} %`;
  say(`frames a second ${training ? "while training" : "at rest"}, mean over 10 s; later than 25 ms`, `${(1000 / mean).toFixed(1)}; ${late}`);
}
const waits = await pauses();
say("answer to Pause: median and longest of 20, ms", `${at(waits, 0.5).toFixed(0)}, ${at(waits, 1).toFixed(0)}`);
const trainings = [];
for (let i = 0; i < 3; i += 1) trainings.push(await training());
say("default training (seed 1) to its goals: fastest of 3, s", Math.min(...trainings).toFixed(1));
if (minutes > 0) {
  const sizes = await memory();
  const list = sizes.filter((_, i) => i % Math.max(1, Math.round(sizes.length / 10)) === 0).map((size) => size.toFixed(0));
  say(`memory of the training page over ${minutes} minutes, MiB`, list.join(" "));
}
await site.close();
