// The page of the preview: exchanges its regions when something changes, and sends what the editor does.
import { draw, fit, jump, know } from "/frames.js";
import { early } from "/early.js";
import { pictures } from "/worker.js";

const TOKEN = document.querySelector("meta[name=preview-token]").content;
const REGIONS = ["bar", "problems", "outline", "stage", "sendoff"];
const at = (id) => document.getElementById(id);
const shown = { version: -1, email: "" };

// --- what is on screen -----------------------------------------------------------------------------

function put(answer) {
  if (answer.version < shown.version) return undefined;
  const focus = held();
  shown.version = answer.version;
  shown.email = answer.email;
  document.title = answer.title;
  Object.assign(document.body.dataset, { email: answer.email, lacks: answer.lacks });
  for (const name of REGIONS) exchange(at(name), answer[name]);
  back(focus);
  return paint();
}

const last = new Map();
function exchange(region, markup) {
  if (last.get(region) === markup) return;
  last.set(region, markup);
  const opened = [...region.querySelectorAll("details[id]")].map((each) => [each.id, each.open]);
  const typed = [...region.querySelectorAll("input[id], textarea[id]")].filter((each) => each.value !== each.defaultValue);
  const fresh = document.createElement("template");
  fresh.innerHTML = markup; // made on the server, where every value is escaped
  if (!around(region, fresh.content)) region.replaceChildren(fresh.content);
  for (const [id, open] of opened) if (at(id)) at(id).open = open;
  // What is typed and not yet written stays, unless the server has another text there by now.
  for (const { id, value, defaultValue } of typed) if (at(id)?.defaultValue === defaultValue) at(id).value = value;
}

/** Exchanges all but the frames, where both have them: a frame that is moved loads anew, and would flicker. */
function around(region, fresh) {
  const [old, anew] = [region, fresh].map((each) => [...each.children].find((child) => child.matches(".devices")));
  if (!old || old.children.length !== anew?.children.length) return false;
  Object.assign(old.dataset, anew.dataset);
  [...anew.children].forEach((device, index) => {
    Object.assign(old.children[index].dataset, device.dataset);
    old.children[index].querySelector("figcaption").textContent = device.querySelector("figcaption").textContent;
  });
  for (const child of [...region.childNodes]) if (child !== old) child.remove();
  let behind = false;
  for (const child of [...fresh.childNodes]) {
    if (child === anew) behind = true;
    else if (behind) region.append(child);
    else old.before(child);
  }
  return true;
}

/** What has the focus, and where in its text. */
function held() {
  const active = document.activeElement;
  return active?.id ? { id: active.id, start: active.selectionStart, end: active.selectionEnd } : null;
}

function back(focus) {
  const target = focus && at(focus.id);
  if (!target || target === document.activeElement) return;
  target.focus({ preventScroll: true });
  if (focus.start !== null && target.matches("input, textarea")) target.setSelectionRange?.(focus.start, focus.end);
}

let painted = false; // whether pictures are

function paint() {
  for (const lines of document.querySelectorAll(".lines")) lines.style.setProperty("--width", `${lines.dataset.px}px`);
  return draw(at("stage"), shown.email, painted);
}

/** Kept until no button of the pointer is down: what is exchanged under a click would swallow it. */
let press = Promise.resolve();
document.addEventListener("pointerdown", () => {
  press = new Promise((done) => {
    for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => setTimeout(done), { once: true });
    setTimeout(done, 1000); // released where nothing is heard of it
  });
});

/** What is there at once, and when that is drawn the rest: the checks, and pictures, which come as another version. */
async function refresh(whole = false) {
  const { search } = location;
  const query = new URLSearchParams(search);
  if (whole) query.set("whole", "");
  const answer = await fetch(`/regions?${query}`).catch(() => null); // the preview has ended, or the page goes
  if (!answer?.ok) return;
  const news = await answer.json();
  await press;
  if (search !== location.search) return; // something else has been chosen since, and asked for
  const drawn = put(news);
  if (!whole) drawn?.then(rest);
}

function rest() {
  if (document.body.dataset.lacks) refresh(true);
}

function go(address) {
  history.pushState(null, "", address);
  return refresh();
}

function say(text, bad = false) {
  const line = at("said");
  line.textContent = text;
  line.classList.toggle("bad", bad);
  line.classList.add("up");
  clearTimeout(say.timer);
  say.timer = setTimeout(() => line.classList.remove("up"), bad ? 12000 : 5000);
}

// --- what the editor does --------------------------------------------------------------------------

async function post(path, body = {}) {
  posts += 1;
  try {
    return await posted(path, body);
  } finally {
    posts -= 1;
    if (newest > shown.version) refresh();
  }
}

async function posted(path, body) {
  const headers = { "Content-Type": "application/json", "X-Preview-Token": TOKEN };
  const { search } = location;
  const answer = await fetch(`${path}${search}`, { method: "POST", headers, body: JSON.stringify(body) });
  const text = await answer.text();
  let told;
  try {
    told = JSON.parse(text);
  } catch {
    told = { problem: text };
  }
  if (!answer.ok) {
    say(told.problem, true);
    await refresh();
    return false;
  }
  if (search === location.search) put(told)?.then(rest);
  else await refresh();
  say(told.said);
  return true;
}

async function edit(wish) {
  const query = new URLSearchParams(location.search);
  if (document.querySelector('.forms[data-frozen="yes"]')) {
    query.set("form", "now"); // what is edited is not what is frozen: show it
    history.pushState(null, "", `/?${query}`);
  }
  return post("/edit", wish);
}

function open(id) {
  const query = new URLSearchParams(location.search);
  if (query.get("story") === id) query.delete("story");
  else query.set("story", id);
  return go(`/?${query}`);
}

async function show(id) {
  const query = new URLSearchParams(location.search);
  query.set("story", id);
  if (!["email", "web"].includes(query.get("show") ?? "email")) query.delete("show");
  await go(`/?${query}`);
  const row = document.querySelector(`.story[data-article="${CSS.escape(id)}"]`);
  row?.closest("details")?.setAttribute("open", "");
  row?.scrollIntoView({ block: "nearest" });
  if (row) jump(at("stage"), row.dataset.url);
}

/** A link in the email was clicked: a story opens, any other only says where it leads. */
document.addEventListener("picked", ({ detail: address }) => {
  const row = document.querySelector(`.story[data-url="${CSS.escape(address)}"]`);
  if (row) show(row.dataset.article);
  else say(`This link leads to ${address}. It is not followed here.`);
});

document.addEventListener("click", (event) => {
  const target = event.target.closest("[data-do], [data-post], [data-open], [data-go], [data-story], [data-focus]");
  if (!target || event.ctrlKey || event.metaKey) return;
  const { dataset } = target;
  if (dataset.do) edit(JSON.parse(dataset.do));
  else if (dataset.post) post(dataset.post);
  else if (dataset.open) at(dataset.open).showModal();
  else if ("jump" in dataset) show(dataset.story);
  else if (dataset.story) pick(target);
  else if ("focus" in dataset) at(target.hash.slice(1)).focus();
  else {
    at("sendoff").close();
    go(target.getAttribute("href"));
  }
  event.preventDefault();
});

function pick(button) {
  const opening = button.getAttribute("aria-expanded") === "false";
  const { url } = button.closest(".story").dataset;
  return open(button.dataset.story).then(() => opening && jump(at("stage"), url));
}

document.addEventListener("change", (event) => {
  const { target } = event;
  const { dataset } = target;
  if (dataset.value) edit({ do: "value", key: dataset.value, text: target.value });
  else if (dataset.storyValue) {
    const text = target.value.trim() === dataset.was ? "" : target.value;
    edit({ do: "story", key: dataset.storyValue, article: dataset.article, text });
  } else if (dataset.move && target.value) edit({ do: "move", article: dataset.move, section: target.value });
  else if (target.form?.hasAttribute("data-switch")) choose(target);
});

/** Another edition, issue, moment, recipient, shape or width. */
function choose(field) {
  const query = new URLSearchParams(location.search);
  query.set(field.name, field.value);
  if (field.value === "") query.delete(field.name);
  if (field.name === "edition") for (const name of ["issue", "story", "form"]) query.delete(name);
  if (field.name === "as_of") query.delete("issue");
  if (field.name === "issue") for (const name of ["story", "form"]) query.delete(name);
  return go(`/?${query}`);
}

document.addEventListener("input", ({ target }) => {
  const meter = at(`${target.id}-meter`);
  if (!meter) return;
  const count = (target.value || target.placeholder || "").length;
  const most = Number(meter.dataset.most);
  meter.textContent = most ? `${count} of ${most}` : String(target.value.length);
  meter.classList.toggle("over", most > 0 && count > most);
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method === "dialog") return;
  event.preventDefault();
  const fields = Object.fromEntries(new FormData(form));
  if (form.dataset.parts) writeParts(form, fields);
  else if (form.id === "decide") decide(form, event.submitter?.value);
  else if (form.id === "test") test(fields.addresses);
});

async function writeParts(form, fields) {
  const { id } = form.closest("[id]");
  const written = await edit({ ...JSON.parse(form.dataset.parts), parts: changed(form, fields) });
  if (written) at(id)?.querySelector("form")?.reset();
}

/** Of a picture only what is otherwise than at its source: the rest stays as it comes. */
function changed(form, fields) {
  const was = (name) => form.elements[name].dataset.was;
  const kept = Object.entries(fields).filter(([name, text]) => was(name) === undefined || was(name) !== text);
  return Object.fromEntries(kept);
}

function decide(form, deed) {
  const values = (name) => [...form.querySelectorAll(`[name=${name}]:checked`)].map((each) => each.value);
  const { by, reason } = Object.fromEntries(new FormData(form));
  return post("/decide", {
    do: deed, by, reason, sha256: form.dataset.sha256, seen: values("seen"), accept: values("accept"),
  });
}

const test = (addresses) =>
  post("/test", {
    addresses: addresses.split(/[\s,;]+/).filter(Boolean),
    form: new URLSearchParams(location.search).get("form") ?? "",
  });

// --- moving stories --------------------------------------------------------------------------------

const list = (section) => [...document.querySelectorAll(".stories .rows")].find((l) => l.dataset.section === section);
const rows = (each) => [...each.querySelectorAll(":scope > .story")];

/** Puts a story at a place of a section at once, and then asks for it to be written. */
function move(story, section, place) {
  const target = list(section);
  const others = rows(target).filter((each) => each !== story);
  last.delete(at("outline")); // what the server says is put there even if it is what it said before
  target.insertBefore(story, others[place] ?? null);
  story.querySelector(".title").focus({ preventScroll: true }); // an element that is moved loses it
  const article = story.dataset.article;
  return edit(section === "" ? { do: "lead", article } : { do: "move", article, section, at: place });
}

/** One place up or down; over the end of a section into the next one, over the top of the first into the lead. */
function step(story, by) {
  const here = story.closest(".rows");
  const lists = [...document.querySelectorAll(".stories .rows")];
  const index = lists.indexOf(here);
  const place = rows(here).indexOf(story) + by;
  if (index < 0) return say("Choose a section for it: it is not in the issue.");
  if (here.dataset.section !== "" && place >= 0 && place < rows(here).length)
    return move(story, here.dataset.section, place);
  const next = lists[index + by];
  if (!next) return say(by < 0 ? "It leads already." : "It is the last already.");
  return move(story, next.dataset.section, by < 0 ? rows(next).length : 0);
}

let dragged = null;
document.addEventListener("dragstart", (event) => {
  dragged = event.target.closest?.(".story") ?? null;
  if (!dragged) return;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", dragged.dataset.article);
  dragged.classList.add("dragged");
  document.body.classList.add("dragging");
});
document.addEventListener("dragover", (event) => {
  const target = dragged && event.target.closest?.(".stories .rows");
  unmark();
  if (!target) return;
  event.preventDefault();
  const before = rowBelow(target, event.clientY);
  if (before) before.classList.add("before");
  else target.classList.add("after");
});
document.addEventListener("drop", (event) => {
  const target = dragged && event.target.closest?.(".stories .rows");
  if (!target) return;
  event.preventDefault();
  const before = rowBelow(target, event.clientY);
  const others = rows(target).filter((each) => each !== dragged);
  const story = dragged;
  dropped(); // here, too: a row that is exchanged before the drag ends hears of no end
  move(story, target.dataset.section, before ? others.indexOf(before) : others.length);
});
document.addEventListener("dragend", dropped);

function dropped() {
  unmark();
  dragged?.classList.remove("dragged");
  document.body.classList.remove("dragging");
  dragged = null;
}

function rowBelow(target, y) {
  return rows(target).find((each) => {
    const box = each.getBoundingClientRect();
    return each !== dragged && y < box.top + box.height / 2;
  });
}

function unmark() {
  for (const each of document.querySelectorAll(".before, .after")) each.classList.remove("before", "after");
}

document.addEventListener("keydown", (event) => {
  const story = event.target.closest?.(".story");
  const typing = event.target.matches?.("input, textarea, select");
  if (event.altKey && ["ArrowUp", "ArrowDown"].includes(event.key) && story && !typing) {
    event.preventDefault();
    step(story, event.key === "ArrowUp" ? -1 : 1);
  } else if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z" && !typing) {
    event.preventDefault();
    post(event.shiftKey ? "/redo" : "/undo");
  } else if (event.key === "F6") {
    event.preventDefault();
    at(at("stage").contains(document.activeElement) ? "stories" : "stage").focus();
  } else if (event.key === "?" && !typing && !document.querySelector("dialog[open]")) at("keys").showModal();
});

// --- beginning -------------------------------------------------------------------------------------

addEventListener("popstate", () => refresh());
addEventListener("resize", () => fit(at("stage")));
const first = JSON.parse(at("first").textContent);
let posts = 0; // under way: each answers with what is new by itself
let newest = first.version;
new EventSource(`/events?token=${encodeURIComponent(TOKEN)}`).addEventListener("message", ({ data }) => {
  newest = Number(data);
  if (newest !== shown.version && !posts) refresh();
});

await Promise.race([early, new Promise((done) => setTimeout(done, 80))]); // the email before what stands around it

// The email is drawn without pictures first where the worker is not there yet, and what the page lacks is asked for
// when it is drawn.
painted = await Promise.race([pictures, new Promise((done) => setTimeout(() => done(false), 30))]);
if (first.version === 0) know(at("stage"), first.email); // nothing has changed since there was one
const drawn = put(first);
if (!painted) pictures.then((can) => can && drawn.then(() => paint((painted = true))));
drawn.then(rest);
