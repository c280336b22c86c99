// Caches the page for use without a network. The build defines VERSION and FILES above this line. Of the two engines, only the
// one that the page names is cached.
const ENGINE = new URL(location.href).searchParams.get("engine");
self.addEventListener("install", (event) => {
  const wanted = FILES.filter((name) => !name.endsWith(".wasm") || name === ENGINE);
  event.waitUntil(caches.open(VERSION).then((cache) => cache.addAll(["./", ...wanted])).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const stale = caches.keys().then((names) => Promise.all(names.filter((name) => name !== VERSION).map((name) => caches.delete(name))));
  event.waitUntil(stale.then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const address = new URL(event.request.url);
  if (event.request.method !== "GET" || address.origin !== location.origin) return;
  event.respondWith(
    caches.open(VERSION).then(async (cache) => {
      return (await cache.match(event.request, { ignoreSearch: true })) ?? fetch(event.request);
    }),
  );
});
