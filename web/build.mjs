// Bundles the page into dist/: the scripts, the style sheet, the two builds of the engine, and a service worker for use without a
// network.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";

process.chdir(import.meta.dirname);
const engines = { "relaxed.wasm": "wasm/relaxed/evesdrop_web_bg.wasm", "simd.wasm": "wasm/simd/evesdrop_web_bg.wasm" };
for (const file of Object.values(engines)) {
  if (!existsSync(file)) throw new Error(`${file} is missing: run web/build-wasm first`);
}
// The workers contain the JavaScript glue of one build and load either module, so both must have the same glue.
const [glue, other] = ["relaxed", "simd"].map((name) => readFileSync(`wasm/${name}/evesdrop_web.js`, "utf8"));
if (glue !== other) throw new Error("the two builds of the engine differ in evesdrop_web.js: build both with web/build-wasm");
rmSync("dist", { recursive: true, force: true });
mkdirSync("dist");
const common = { bundle: true, minify: true, target: "es2022", outdir: "dist", legalComments: "eof", logLevel: "warning" };
// The glue refers to a file in its own folder. The page passes it the compiled module instead.
const define = { "import.meta.url": '"/"' };
await build({ ...common, format: "esm", entryPoints: { page: "src/page.ts" } });
await build({ ...common, define, format: "iife", entryPoints: { train: "src/workers/train.ts", attack: "src/workers/attack.ts" } });
await build({ ...common, entryPoints: { style: "src/style.css" } });
for (const [name, from] of Object.entries(engines)) copyFileSync(from, `dist/${name}`);
for (const name of readdirSync("public")) copyFileSync(`public/${name}`, `dist/${name}`);

const files = readdirSync("dist").filter((name) => name !== "offline.js").sort();
const hash = createHash("sha256");
for (const name of files) hash.update(name).update(readFileSync(`dist/${name}`));
const offline = readFileSync("src/offline.js", "utf8");
const version = hash.update(offline).digest("hex").slice(0, 16);
writeFileSync("dist/offline.js", `const VERSION = "${version}";\nconst FILES = ${JSON.stringify(files)};\n${offline}`);
