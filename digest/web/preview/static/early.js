// Begins to draw the email while the issue is still being made: the frames are at work when the page comes to them.
import { FIRST, drawn, fit } from "/frames.js";
import { pictures } from "/worker.js";

const { body } = document;
const usual = body.dataset.fresh && !location.search; // else it may be another form that is shown first
const painted = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));

/** Kept when the email is on screen, or when it is not to be drawn early. */
export const early = (async () => {
  if (!usual || !(await pictures) || "email" in body.dataset) return;
  const stage = document.getElementById("stage");
  fit(stage);
  await drawn(stage.querySelector(".device"), FIRST, true); // one of them: the other waits until it is on screen
  await painted();
})();
