// Starts what fetches the pictures of the email, while the rest of the page is still on its way.

/** Whether pictures can be shown: the preview fetches them, which takes a service worker. */
export const pictures = (async () => {
  const workers = navigator.serviceWorker;
  if (!workers) return false;
  if (workers.controller) return true; // to register it again would wait until it is looked for a newer one: a second
  await workers.register("/pictures.js");
  const { active } = await workers.ready;
  if (workers.controller) return true;
  const taken = new Promise((done) => workers.addEventListener("controllerchange", () => done(true), { once: true }));
  active.postMessage("claim"); // a page that was loaded between its beginning and its first claim
  return Promise.race([taken, new Promise((done) => setTimeout(() => done(false), 2000))]);
})().catch(() => false);
