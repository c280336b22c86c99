// Serves dist/ on 127.0.0.1, compressed with gzip, and prints the address. Any static host works as well.
import { createReadStream, existsSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { gzipSync } from "node:zlib";

const TYPES = {
  ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml", ".wasm": "application/wasm", ".txt": "text/plain; charset=utf-8",
};

/** Serves the folder `root`. Port 0 is any free port. Resolves to the server and its address. */
export async function serve(root, port = 0) {
  const packed = new Map();
  const server = createServer(async (request, response) => {
    try {
      const path = decodeURIComponent(new URL(request.url, "http://localhost").pathname);
      let file = normalize(join(root, path));
      if (!file.startsWith(normalize(root))) throw new Error("outside");
      if (path.endsWith("/")) file = join(file, "index.html");
      const { mtimeMs, size } = await stat(file);
      const tag = `"${mtimeMs.toString(36)}-${size}"`;
      const headers = {
        "Content-Type": TYPES[extname(file)] ?? "application/octet-stream", ETag: tag, "Cache-Control": "no-cache",
        "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
      };
      if (request.headers["if-none-match"] === tag) return response.writeHead(304, headers).end();
      if (!/\bgzip\b/.test(request.headers["accept-encoding"] ?? "")) {
        response.writeHead(200, { ...headers, "Content-Length": size });
        return createReadStream(file).pipe(response);
      }
      if (!packed.has(tag + file)) packed.set(tag + file, gzipSync(await readFile(file), { level: 9 }));
      const body = packed.get(tag + file);
      response.writeHead(200, { ...headers, "Content-Encoding": "gzip", "Content-Length": body.length, Vary: "Accept-Encoding" }).end(body);
    } catch {
      response.writeHead(404, { "Content-Type": "text/plain" }).end("not found\n");
    }
  });
  await new Promise((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", resolve));
  return { server, address: `http://127.0.0.1:${server.address().port}/` };
}

if (process.argv[1] === import.meta.filename) {
  const root = join(import.meta.dirname, "dist");
  if (!existsSync(join(root, "index.html"))) throw new Error("web/dist is missing: run web/build first");
  const { address } = await serve(root, Number(process.argv[2] ?? 8090)).catch(() => serve(root));
  console.log(`The page is at ${address} (press Ctrl-C to stop)`);
}
