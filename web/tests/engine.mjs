// Tests of the WebAssembly engine in Node: it gives the same bits as the program, and the page's interface to it works.
//
//   node --experimental-wasm-relaxed-simd --test web/tests/engine.mjs
//
// web/build-wasm builds the modules. EVESDROP_WASM=simd tests the module without relaxed SIMD, whose bits differ.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

const variant = process.env.EVESDROP_WASM ?? "relaxed";
const folder = new URL(`../wasm/${variant}/`, import.meta.url);
const web = await import(new URL("evesdrop_web.js", folder));
web.initSync({ module: await readFile(new URL("evesdrop_web_bg.wasm", folder)) });

const level = JSON.parse(web.levelJson());
const sameBits = variant === "relaxed";

/** Trains as `evesdrop train` does with these settings (TOML), and returns the trainer. */
function train(settings) {
  const trainer = new web.Trainer(settings);
  while (!trainer.finished) trainer.advanceJson(1000, 1e9);
  return trainer;
}

/** Checks that `call` throws an Error with a message of one line, and returns the message. */
function failure(call) {
  let thrown;
  assert.throws(call, (error) => {
    thrown = error;
    return error instanceof Error;
  });
  assert.doesNotMatch(thrown.message, /\n/);
  assert.notEqual(thrown.message, "");
  return thrown.message;
}

const random = (count, seed) =>
  Uint8Array.from({ length: count }, () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed >>> 31;
  });

test("the module reports its arithmetic", () => {
  assert.equal(level.simd, "simd128");
  assert.equal(level.relaxed, sameBits);
  assert.equal(level.fuses, sameBits);
  assert.equal(level.same_bits, sameBits);
  assert.match(web.version(), /^\d+\.\d+\.\d+$/);
});

// The hashes of the program's models: crates/cli/tests/black_box/hashes.rs.
const HASHES = [
  ["max-rounds = 400", "2a6e49150e38b96c1feede693ffa0a81feb73b9a813740fbca8cf30bd441db76"],
  ['preset = "released"\nmax-rounds = 100', "dfa6f07fd9dc692b55339184c26deb1e89573cd24574601850696219fbb7c2cc"],
  [
    'game = "asymmetric"\nrandom-bits = 4\nmax-rounds = 100',
    "85261fd884c232d2542dee259e60d43ea2e911fc324f954c423acf0980ef959f",
  ],
  [
    'eves = ["same", "wide", "deep", "residual", "product", "angles"]\nmax-rounds = 40',
    "650202db6f497ed323a764cd2ddc67bb6b6f36b714abc23eb187fb03deedae66",
  ],
  [
    'game = "chosen-plaintext"\nnetwork = "cryptonet"\nbits = 4\nmax-rounds = 100',
    "926ad769614e8b40def0570fc32f3ff035df4eabace4053a47d9a0ce6d5c0393",
  ],
  ["", "fa295c63c23e8dbc371179d2565b7fdb9502372de43471f284d0a020363af631"],
];

for (const [settings, hash] of HASHES) {
  const name = settings.replaceAll("\n", ", ") || "the default training";
  test(`the program's model: ${name}`, { skip: !sameBits && "other bits without relaxed SIMD" }, () => {
    const trainer = train(`seed = 1\n${settings}`);
    assert.equal(trainer.hash(), hash);
    trainer.free();
  });
}

test("rewind, branch and turns", () => {
  const settings = JSON.stringify({ bits: 4, batch: 256, "max-rounds": 200 });
  const trainer = new web.Trainer(settings);
  trainer.advanceJson(60, 1e9);
  const state = trainer.state();
  trainer.advanceJson(40, 1e9);
  const hash = trainer.hash();
  trainer.restore(state);
  assert.equal(trainer.rounds, 60);
  trainer.advanceJson(40, 1e9);
  assert.equal(trainer.hash(), hash);

  const other = web.Trainer.branch(JSON.stringify({ bits: 4, batch: 512, "max-rounds": 200 }), state);
  assert.equal(other.rounds, 60);
  other.advanceJson(40, 1e9);
  assert.notEqual(other.hash(), hash);

  for (const who of ["alice-bob", "eve", "everybody"]) trainer.turn(who);
  assert.equal(trainer.rounds, 103);
  assert.match(failure(() => trainer.turn("mallory")), /everybody, alice-bob or eve/);
  failure(() => trainer.restore(state.slice(1)));
  failure(() => web.Trainer.branch("bits = 8", state));
  failure(() => new web.Trainer("bits = 3"));
});

test("Bob and Eve read Alice's messages", () => {
  const trainer = train("bits = 4\nmax-rounds = 1500");
  const players = trainer.players();
  const [rows, bits] = [500, 4];
  const [plaintext, key] = [random(rows * bits, 1), random(rows * players.keyBits, 2)];
  const wire = players.encrypt(plaintext, key);
  assert.equal(wire.length, rows * players.wireValues);
  assert.ok(wire.every((value) => Math.abs(value) <= 1));
  const wrong = (read) => read.filter((value, place) => value >= 0 !== (plaintext[place] === 1)).length / rows;
  const test = JSON.parse(trainer.testJson());
  assert.ok(Math.abs(wrong(players.bob(wire, key)) - test.bob_wrong_bits_hard) < 0.3);
  assert.ok(Math.abs(wrong(players.eve(wire, key)) - test.eve_wrong_bits_hard) < 0.3);
  assert.equal(players.influence(1).length, (bits + players.keyBits) * bits);
  failure(() => players.encrypt(plaintext.slice(1), key));

  const inspected = JSON.parse(web.inspectJson(trainer.model("best"), 512, 1));
  assert.equal(inspected.sentences.length, bits);
  assert.equal(inspected.moves.plaintext.mean_change.length, bits);
});

test("a cipher in JavaScript", () => {
  let calls = 0;
  const repeat = (keys, texts, rows) => {
    calls++;
    return Uint8Array.from({ length: rows * 16 }, (_, i) => texts[i] ^ keys[8 * Math.floor(i / 16) + (i % 8)]);
  };
  const target = web.Target.javascript("mine", 16, 8, 16, false, false, repeat);
  const told = [];
  const report = JSON.parse(web.attackJson(target, "linear", "quick", 1, false, (...said) => told.push(said)));
  assert.equal(report.verdict, "BROKEN");
  assert.ok(calls > 0);
  assert.deepEqual(told.at(-1), ["linear", 1]);

  const bytes = (keys, texts, rows) => texts.map((byte, i) => byte ^ keys[Math.floor(i / 2)]);
  const packed = web.Target.javascript("packed", 16, 8, 16, false, true, bytes);
  assert.equal(JSON.parse(web.attackJson(packed, "linear", "quick", 1, false)).verdict, "BROKEN");

  const faults = [
    [() => { throw new Error("no\nway"); }, /encrypt threw Error: no way/],
    [() => { throw 7; }, /encrypt threw/],
    [() => [1, 2], /something other than a Uint8Array/],
    [() => new Uint8Array(3), /3 bytes for/],
    [(_, texts) => texts.map(() => 7), /other than bits/],
  ];
  for (const [fault, message] of faults) {
    const broken = web.Target.javascript("faulty", 16, 8, 16, false, false, fault);
    assert.match(failure(() => web.attackJson(broken, "linear", "quick", 1, false)), message);
  }
  failure(() => web.Target.javascript("huge", 1e6, 8, 16, false, false, repeat));
});

test("attacks on built-in ciphers and recorded pairs", () => {
  const pad = web.Target.builtIn("one-time-pad:16");
  const report = JSON.parse(web.attackJson(pad, "linear correlation", "quick", 1, true));
  assert.equal(report.verdict, "NOTHING_FOUND");
  assert.equal(report.controls.length, 4);
  assert.match(web.reportHtml(JSON.stringify(report)), /^<!DOCTYPE html>/i);
  assert.deepEqual(JSON.parse(web.readReportJson(new TextEncoder().encode(JSON.stringify(report)))), report);

  const { key, plaintexts, ciphertexts } = JSON.parse(web.Target.builtIn("xor:16/8").pairsJson(400, 1));
  const hex = (bits) => Array.from({ length: bits.length / 4 }, (_, i) => parseInt(bits.slice(4 * i, 4 * i + 4).join(""), 2).toString(16)).join("");
  const rows = plaintexts.map((plaintext, i) => `${hex(key)},${hex(plaintext)},${hex(ciphertexts[i])}`);
  const recorded = web.Target.csv("pairs.csv", rows.join("\n"), false);
  assert.equal(JSON.parse(web.attackJson(recorded, "linear", "quick", 1, false)).verdict, "BROKEN");
  assert.match(failure(() => web.Target.csv("bad.csv", "00,11\n0,1\n", false)), /^line 2/);
  assert.equal(JSON.parse(web.attacksJson()).some((attack) => attack.name === "key-search"), true);
  assert.equal(JSON.parse(web.builtInTargetsJson()).length, 19);
});

test("key search and elimination, step by step", () => {
  const search = new web.KeySearch(web.Target.builtIn("xor:16/16"), 1, false);
  assert.equal(search.keys, 65536);
  const left = search.step();
  assert.equal(left.length, 65536);
  assert.deepEqual([search.left, left.indexOf(1)], [1, search.secret]);
  const pad = new web.KeySearch(web.Target.builtIn("one-time-pad:16"), 1, true);
  pad.step();
  assert.equal(pad.left, 65536);

  const equations = new web.Elimination(web.Target.builtIn("xor:16/8"), 3, 30, 1);
  while (equations.step());
  const state = JSON.parse(equations.stateJson());
  assert.deepEqual([state.explained, state.terms[0]], [true, 3]);
});

test("invalid files give an error of one line", () => {
  for (const read of [web.readModelJson, web.readMetricsJson, web.readReportJson]) {
    for (const bytes of [new Uint8Array(0), new Uint8Array(1000), new TextEncoder().encode("<script>alert(1)</script>")]) {
      failure(() => read(bytes));
    }
  }
});
