// Screen 4: the user's own ciphers that work, hang or throw, and files, valid and damaged.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { start } from "./browser.mjs";

let site;
let page;
before(async () => {
  site = await start();
  page = await site.open("#view=yours");
  await page.waitForFunction(() => document.querySelectorAll("#own-only option").length > 5);
});
after(() => site.close());

/** Runs one attack on this code, and returns the text of the result. */
async function own(code, only = "key-search") {
  await page.fill("#own-code", code);
  await page.selectOption("#own-only", only);
  await page.click("#own-run");
  await page.waitForFunction(() => !document.querySelector("#own-run").disabled, null, { timeout: 300_000 });
  return page.innerText("#own-results");
}

/** Opens a file on the page, and returns the text of the result. */
async function give(name, buffer) {
  await page.evaluate(() => document.querySelector("#own-results").replaceChildren());
  await page.setInputFiles("#file", { name, mimeType: "application/octet-stream", buffer: Buffer.from(buffer) });
  await page.waitForFunction(() => document.querySelector("#own-results").childElementCount > 0 && !document.querySelector("#own-run").disabled, null, { timeout: 300_000 });
  return page.innerText("#own-results");
}

const XOR = "function encrypt(key, text) { return text.map((byte, i) => byte ^ key[i % key.length]); }";
let report;
let model;

test("a user's own cipher is attacked, and its report can be saved", async () => {
  assert.match(await own(XOR), /BROKEN[^]*key is found by trying all 65536/);
  const [download] = await Promise.all([page.waitForEvent("download"), page.click('#report button:text("report.json")')]);
  report = readFileSync(await download.path());
  assert.equal(JSON.parse(report).verdict, "BROKEN");
  const [html] = await Promise.all([page.waitForEvent("download"), page.click('#report button:text("report.html")')]);
  assert.match(readFileSync(await html.path(), "utf8"), /^<!DOCTYPE html>/i);
});

test("a cipher that hangs is stopped, and the page still works", async () => {
  assert.match(await own("function encrypt() { for (;;) {} }"), /did not return within 5 seconds/);
  assert.match(await own(XOR), /BROKEN/);
});

test("a cipher that throws, returns invalid values or is not JavaScript gives an error", async () => {
  assert.match(await own("function encrypt(key, text) { if (text[0] > 9) throw new Error('no more'); return text; }"), /encrypt threw: no more/i);
  assert.match(await own("function encrypt() { return 'abc'; }"), /must return an array of bytes/);
  assert.match(await own("let calls = 0; function encrypt(key, text) { calls += 1; return calls > 3 ? text.slice(1) : text; }"), /the length must not change/);
  assert.match(await own("function encrypt(key, text) {\n  return text ++;;\n"), /SyntaxError/);
  assert.match(await own("const decrypt = 1;"), /no function named encrypt/);
});

test("a user's own cipher cannot use the network", async () => {
  assert.match(await own("function encrypt(key, text) { fetch('/leak'); return text; }"), /fetch is not a function/);
});

test("files of the program are shown", async () => {
  assert.match(await give("report.json", report), /Report on your cipher[^]*BROKEN/);
  const looks = [100, 200].map((round) => ({ round, bob_wrong_bits: 3, eve_wrong_bits: 7, bob_wrong_bits_hard: 3, eve_wrong_bits_hard: 7, bob_by_bit: Array(16).fill(0.2) }));
  assert.match(await give("metrics.jsonl", looks.map((look) => JSON.stringify(look)).join("\n")), /2 tests, up to round 200/);
  const maker = await site.open("#round=100&bits=8");
  const [download] = await Promise.all([maker.waitForEvent("download"), maker.click("#save-model")]);
  model = readFileSync(await download.path());
  await site.shut(maker);
  assert.match(await give("model.safetensors", model), /symmetric[^]*8/);
  await page.selectOption("#own-only", "key-search");
  await page.click("#attack-model");
  await page.waitForSelector("#report", { timeout: 180_000 });
});

test("recorded pairs are attacked", async () => {
  const rows = Array.from({ length: 300 }, (_, i) => {
    const text = (i * 40503) & 0xffff;
    return `${text.toString(16).padStart(4, "0")},${(text ^ 0xbeef).toString(16).padStart(4, "0")}`;
  });
  await page.selectOption("#own-only", "linear");
  assert.match(await give("pairs.csv", `plaintext,ciphertext\n${rows.join("\n")}\n`), /BROKEN|WEAKNESS FOUND/);
});

test("damaged files give an error of one line and nothing else", async () => {
  const damaged = Buffer.from(model);
  damaged[damaged.length - 5] ^= 4;
  const cases = [
    ["model.safetensors", damaged],
    ["model.safetensors", model.subarray(0, 50)],
    ["model.safetensors", Buffer.from([255, 255, 255, 255, 255, 255, 255, 127, 123])],
    ["metrics.jsonl", "{\"round\": 1}\nnot json"],
    ["report.json", "{\"format\": \"evesdrop-report-1\""],
    ["report.json", ""],
    ["pairs.csv", "plaintext,ciphertext\n00,zz\n"],
    ["pairs.csv", Buffer.from([0xff, 0xfe, 0x00])],
    ["photo.png", "x"],
    ["<img src=x onerror=alert(1)>.json", "[]"],
  ];
  for (const [name, content] of cases) {
    const said = await give(name, content);
    assert.ok(said.startsWith(name.charAt(0).toUpperCase() + name.slice(1)) && !said.includes("\n"), `${name}: ${said}`);
    assert.equal(await page.locator("#own-results img").count(), 0);
  }
});

test("a script in a report stays text", async () => {
  const tampered = JSON.parse(report);
  tampered.target = "<script>document.title='got you'</script>";
  tampered.findings[0].summary = "<img src=x onerror=\"document.title='got you'\">";
  await give("report.json", JSON.stringify(tampered));
  assert.equal(await page.locator("#own-results img, #own-results script").count(), 0);
  assert.match(await page.title(), /^Evesdrop/);
});

test("the page logged no other error and sent no foreign request", () => {
  // The worker of the invalid code also logs its error.
  page.wrong = page.wrong.filter((line) => !/SyntaxError/.test(line));
  return site.shut(page);
});
