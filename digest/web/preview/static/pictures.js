// A service worker: the email's pictures come from the preview, which fetches them. So the email keeps its very
// bytes, works offline with the sample, and asks nothing of any other server by itself.
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("message", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  const address = new URL(event.request.url);
  if (event.request.destination !== "image" || address.origin === self.location.origin) return;
  event.respondWith(asked(event.clientId, event.request.url));
});

// What has come is kept while the worker runs, and never on the disk: each redraw shows the same pictures again.
const kept = new Map();
const MOST = 200;

async function asked(client, address) {
  if (kept.has(address)) return kept.get(address).clone();
  const frame = await self.clients.get(client);
  const query = frame ? new URL(frame.url).searchParams : new URLSearchParams();
  query.set("address", address);
  const answer = await fetch(`/picture?${query}`);
  if (answer.ok) {
    if (kept.size >= MOST) kept.clear();
    kept.set(address, answer.clone());
  }
  return answer;
}
