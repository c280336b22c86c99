/** Chooses the build of the engine for this browser and compiles it once for all workers. */

/** Minimal modules that are valid only with SIMD, and only with relaxed SIMD. */
const SIMD = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11];
const RELAXED = [
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 15, 1, 13, 0, 65, 1, 253, 15, 65, 2, 253, 15, 253, 128, 2, 11,
];

export const NO_SIMD =
  "This browser cannot run the page: its WebAssembly has no SIMD. The page needs at least Chrome or Edge 91, Firefox 89 or Safari 16.4.";

/** The arithmetic of the engine, as `levelJson` of the module reports it. */
export interface Level {
  simd: string;
  relaxed: boolean;
  fuses: boolean;
  same_bits: boolean;
}

function has(bytes: number[]): boolean {
  return typeof WebAssembly === "object" && WebAssembly.validate(new Uint8Array(bytes));
}

/** The file of the build that this browser can run. */
export const engineFile = (): string => (has(RELAXED) ? "relaxed.wasm" : "simd.wasm");

/** Fetches and compiles the build for this browser. */
export async function compile(): Promise<WebAssembly.Module> {
  if (!has(SIMD)) throw new Error(NO_SIMD);
  const response = await fetch(engineFile());
  if (!response.ok) throw new Error(`The engine could not be fetched: ${response.status} ${response.statusText}.`);
  // Streaming compilation needs the media type, which some static hosts do not send.
  if (response.headers.get("content-type") === "application/wasm") return WebAssembly.compileStreaming(response);
  return WebAssembly.compile(await response.arrayBuffer());
}
