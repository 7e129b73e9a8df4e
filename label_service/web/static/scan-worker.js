/**
 * Keeps the scanner working without a network: its page and scripts, the newest trust list, and the bundles of labels
 * that were looked at last. `CACHE` and `FILES` are written before this by the server, and change with every file.
 */
const KEPT = "scanned";
const MOST_KEPT = 20;
const LIST = "/trust-list.jwt";

self.addEventListener("install", (event) => {
  const fill = async () => {
    await (await caches.open(CACHE)).addAll(FILES); // page and scripts together, so that they always fit each other
    await (await caches.open(KEPT)).add(LIST);
    await self.skipWaiting();
  };
  event.waitUntil(fill());
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
  const isData = address.pathname === LIST || /^\/L\/[A-Z2-7]{13}\.json$/.test(address.pathname);
  if (isData) event.respondWith(newestKept(event.request));
  else if (address.pathname === "/scan") event.respondWith(newest(event.request, CACHE));
  else if (address.pathname.startsWith("/static/")) event.respondWith(keptFirst(event.request));
});

/** Files of the scanner do not change under their address. */
async function keptFirst(request) {
  return (await (await caches.open(CACHE)).match(request)) ?? fetch(request);
}

/** What changes is fetched, and only without a network taken as it was kept. */
async function newest(request, name) {
  try {
    return await fetch(request, { cache: "no-cache" });
  } catch (error) {
    const kept = await (await caches.open(name)).match(request, { ignoreSearch: true });
    if (kept) return kept;
    throw error;
  }
}

/** Fetch data and keep them for the next time without a network, those of the last labels only. */
async function newestKept(request) {
  const answer = await newest(request, KEPT);
  if (!answer.ok) return answer;
  const cache = await caches.open(KEPT);
  await cache.put(request, answer.clone());
  const bundles = (await cache.keys()).filter((item) => item.url.endsWith(".json"));
  await Promise.all(bundles.slice(0, -MOST_KEPT).map((item) => cache.delete(item)));
  return answer;
}
