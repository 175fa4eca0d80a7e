// Begins to draw the email while the issue is still being made: the frames are at work when the page comes to them.
import { FIRST, draw } from "/frames.js";
import { pictures } from "/worker.js";

const { body } = document;
const usual = body.dataset.fresh && !location.search; // else it may be another form that is shown first

/** Kept when the email is drawn, or when it is not to be drawn early. */
export const early = (async () => {
  if (usual && (await pictures) && !("email" in body.dataset))
    await draw(document.getElementById("stage"), FIRST, true);
})();
