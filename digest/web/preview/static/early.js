// Draws the email as soon as its place is there: the script of the page runs only when all of the page is.
import { draw } from "/frames.js";
import { pictures } from "/worker.js";

/** Kept when the stage is whole; what follows it is in the page then. */
function staged() {
  return new Promise((done) => {
    const look = () => document.getElementById("sendoff") && done(watch.disconnect());
    const watch = new MutationObserver(look);
    watch.observe(document, { childList: true, subtree: true });
    look();
  });
}

if (await pictures) {
  await staged();
  if (document.readyState === "loading") draw(document.getElementById("stage"), document.body.dataset.email, true);
}
