/**
 * Keeps the scanner working without a network: its page and scripts, the newest trust list, and the bundles of labels
 * that were looked at last. `CACHE` and `FILES` are written before this by the server, and change with every file.
 */
const KEPT = "scanned";
const MOST_KEPT = 20;

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(FILES)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const isOld = (name) => name !== CACHE && name !== KEPT;
  const clean = async () => {
    await Promise.all((await caches.keys()).filter(isOld).map((name) => caches.delete(name)));
    await self.clients.claim();
  };
  event.waitUntil(clean());
});

self.addEventListener("fetch", (event) => {
  const { method, url } = event.request;
  const address = new URL(url);
  if (method !== "GET" || address.origin !== location.origin) return;
  const isVersioned = address.pathname.startsWith("/static/");
  const isData = address.pathname === "/trust-list.jwt" || /^\/L\/[A-Z2-7]{13}\.json$/.test(address.pathname);
  if (isVersioned) event.respondWith(keptFirst(event.request));
  else if (isData || address.pathname === "/scan") event.respondWith(newestFirst(event.request, isData ? KEPT : CACHE));
});

/** Files of the scanner do not change under their address. */
async function keptFirst(request) {
  return (await caches.match(request)) ?? fetch(request);
}

/** What changes is fetched, and only without a network taken as it was kept. */
async function newestFirst(request, name) {
  try {
    const answer = await fetch(request);
    if (answer.ok) await keep(request, answer.clone(), name);
    return answer;
  } catch (error) {
    const kept = await caches.match(request, { ignoreSearch: true });
    if (kept) return kept;
    throw error;
  }
}

async function keep(request, answer, name) {
  const cache = await caches.open(name);
  await cache.put(request, answer);
  if (name !== KEPT) return;
  const bundles = (await cache.keys()).filter((item) => item.url.endsWith(".json"));
  await Promise.all(bundles.slice(0, -MOST_KEPT).map((item) => cache.delete(item)));
}
