// The frames that the email is drawn in: their size, their look, and the way to a story in them.
// No script runs in a frame; this page reaches into it because both come from the same address.

/**
 * Draws the newest form into each device of the stage, with or without `pictures`; what is drawn already stays until
 * the new one is ready. A device tells when it is "drawn", and of a link in it that is "picked".
 */
export async function draw(stage, version, pictures) {
  fit(stage);
  await Promise.all([...stage.querySelectorAll(".device")].map((device) => drawn(device, version, pictures)));
}

/** Makes the frames as wide as they are said to be, and smaller as a whole where the window is too narrow. */
export function fit(stage) {
  for (const devices of stage.querySelectorAll(".devices")) {
    const each = [...devices.querySelectorAll(".device")];
    const wanted = each.reduce((sum, device) => sum + Number(device.dataset.width) + 2, 20 * (each.length - 1));
    const scale = Math.min(1, (devices.clientWidth - 2) / wanted);
    devices.style.setProperty("--scale", scale.toFixed(4));
    const told = scale < 0.995 ? ` at ${Math.round(scale * 100)} %` : "";
    for (const device of each) device.querySelector("figcaption").dataset.scaled = told;
  }
}

/** The version of what is drawn before anybody knows it, until it is known. */
export const FIRST = "first";
const newest = new WeakMap(); // the glass of a device -> which form was drawn into it last, and when that is there

/** Of what was drawn early it is known now which version it is: it need not be drawn again. */
export function know(stage, version) {
  for (const glass of stage.querySelectorAll(".glass")) {
    const form = newest.get(glass);
    if (form) form.key = form.key.replace(` ${FIRST} `, ` ${version} `);
  }
}

/** Kept when this device shows that form. */
export function drawn(device, version, pictures) {
  const glass = device.querySelector(".glass");
  const key = `${device.dataset.frame} ${device.dataset.look} ${version} ${pictures}`;
  glass.style.setProperty("--width", `${device.dataset.width}px`);
  if (newest.get(glass)?.key !== key) {
    const form = { key };
    newest.set(glass, form);
    delete glass.dataset.shown;
    form.there = put(device, glass, form, pictures);
  }
  return newest.get(glass).there;
}

async function put(device, glass, form, pictures) {
  const before = glass.querySelector("iframe.shown");
  const frame = document.createElement("iframe");
  frame.setAttribute("sandbox", "allow-same-origin");
  frame.title = device.querySelector("figcaption").textContent;
  frame.src = pictures ? device.dataset.frame : `${device.dataset.frame}&off=pictures`;
  const loaded = new Promise((done) => frame.addEventListener("load", done, { once: true }));
  glass.append(frame);
  await ready(frame, loaded);
  const page = frame.contentDocument;
  const older = newest.get(glass) !== form; // a newer one is on its way: until it is there, this is more than nothing
  if (!page || !frame.isConnected || (older && glass.querySelector("iframe.shown"))) return frame.remove();
  dress(page, device.dataset.look);
  page.addEventListener("click", (event) => clicked(event, device));
  if (before) frame.contentWindow.scrollTo(0, before.contentWindow.scrollY);
  frame.classList.add("shown");
  if (!older) glass.dataset.shown = pictures ? "with pictures" : "words";
  for (const other of glass.querySelectorAll("iframe")) if (other !== frame && !older) other.remove();
  device.dispatchEvent(new CustomEvent("drawn", { bubbles: true }));
}

/** When the html is there: its pictures may come later. */
function ready(frame, loaded) {
  return new Promise((done) => {
    loaded.then(done);
    const look = () => {
      const page = frame.contentDocument;
      if (page && page.URL !== "about:blank" && page.readyState !== "loading") return done();
      if (frame.isConnected) setTimeout(look, 4);
      else done();
    };
    look();
  });
}

function clicked(event, device) {
  const link = event.target.closest?.("a[href]");
  if (!link) return;
  event.preventDefault();
  device.dispatchEvent(new CustomEvent("picked", { bubbles: true, detail: link.getAttribute("href") }));
}

/** Brings the story that leads to `address` into view in every frame, and marks it for a moment. */
export function jump(stage, address) {
  for (const frame of stage.querySelectorAll("iframe.shown")) {
    const links = [...frame.contentDocument.querySelectorAll("a[href]")];
    const link = links.find((each) => each.getAttribute("href") === address && each.offsetParent !== null);
    if (!link) continue;
    const story = link.closest("h1, h2, h3, li") ?? link;
    const place = story.getBoundingClientRect().top + frame.contentWindow.scrollY - 120;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    frame.contentWindow.scrollTo({ top: place, behavior: calm ? "auto" : "smooth" });
    story.style.setProperty("outline", "3px solid #2557c7");
    story.style.setProperty("outline-offset", "4px");
    setTimeout(() => story.style.removeProperty("outline"), 1600);
  }
}

// --- looks ---------------------------------------------------------------------------------------

function dress(page, look) {
  const dark = look === "dark";
  scheme(page, dark);
  if (look === "partial" || look === "full") invert(page, look === "full");
}

/** Has the email's own rules for light or dark hold, whatever this computer is set to. */
function scheme(page, dark) {
  page.documentElement.style.setProperty("color-scheme", dark ? "dark" : "light", "important");
  const rules = [...page.styleSheets].flatMap((sheet) => [...sheet.cssRules]);
  for (const rule of rules) {
    if (!rule.media?.mediaText.includes("prefers-color-scheme")) continue;
    rule.media.mediaText = rule.media.mediaText
      .replace(/\(\s*prefers-color-scheme\s*:\s*dark\s*\)/g, dark ? "(min-width: 0px)" : "(max-width: 0px)")
      .replace(/\(\s*prefers-color-scheme\s*:\s*light\s*\)/g, dark ? "(max-width: 0px)" : "(min-width: 0px)");
  }
}

const DARK_TEXT = 150; // brightness below which Chromium's automatic dark mode lightens a text
const LIGHT_GROUND = 205; // and above which it darkens a background

/** Partly: dark texts and light backgrounds change their lightness; fully: all colours do. A model of such clients. */
function invert(page, fully) {
  const body = page.body;
  if (parsed(page.defaultView.getComputedStyle(body).backgroundColor).a === 0) body.style.backgroundColor = "#fff";
  const found = [body, ...body.querySelectorAll("*")].map((each) => {
    const style = page.defaultView.getComputedStyle(each);
    return [each, parsed(style.color), parsed(style.backgroundColor), parsed(style.borderTopColor)];
  });
  for (const [each, text, ground, border] of found) {
    if (fully || brightness(text) < DARK_TEXT) each.style.setProperty("color", inverted(text), "important");
    if (ground.a > 0 && (fully || brightness(ground) > LIGHT_GROUND))
      each.style.setProperty("background-color", inverted(ground), "important");
    if (fully) each.style.setProperty("border-color", inverted(border), "important");
  }
}

function parsed(colour) {
  const [r, g, b, a = 1] = (colour.match(/[\d.]+/g) ?? [0, 0, 0, 0]).map(Number);
  return { r, g, b, a };
}

const brightness = ({ r, g, b }) => 0.299 * r + 0.587 * g + 0.114 * b;

/** The colour with its perceived lightness turned over, in Oklab: hue and strength stay. */
function inverted({ r, g, b, a }) {
  const [R, G, B] = [r, g, b].map((c) => ((c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  const l = Math.cbrt(0.4122214708 * R + 0.5363325363 * G + 0.0514459929 * B);
  const m = Math.cbrt(0.2119034982 * R + 0.6806995451 * G + 0.1073969566 * B);
  const s = Math.cbrt(0.0883024619 * R + 0.2817188376 * G + 0.6299787005 * B);
  const lightness = 0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s;
  const x = 1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s;
  const y = 0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s;
  return `oklab(${Math.max(0.16, 1 - lightness * 0.92)} ${x} ${y} / ${a})`;
}
