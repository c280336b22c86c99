/** Which build of the engine this browser runs, compiled once and handed to every worker. */

/** A function that uses a vector instruction of the plain kind, and one of the relaxed kind. */
const SIMD = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11];
const RELAXED = [
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 15, 1, 13, 0, 65, 1, 253, 15, 65, 2, 253, 15, 253, 128, 2, 11,
];

export const NO_SIMD =
  "This browser cannot run the page: its WebAssembly has no SIMD. Chrome and Edge have it since version 91, Firefox since 89, Safari since 16.4.";

/** What the engine says of itself: `levelJson` of the module. */
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

/** Fetches and compiles that build. */
export async function compile(): Promise<WebAssembly.Module> {
  if (!has(SIMD)) throw new Error(NO_SIMD);
  const response = await fetch(engineFile());
  if (!response.ok) throw new Error(`The engine could not be fetched: ${response.status} ${response.statusText}.`);
  // Some static hosts send no media type, and streaming asks for one.
  if (response.headers.get("content-type") === "application/wasm") return WebAssembly.compileStreaming(response);
  return WebAssembly.compile(await response.arrayBuffer());
}
