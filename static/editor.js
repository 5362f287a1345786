// The editor of drafts: keys, and what is typed kept on this device until it is saved (after app.js and combobox.js).
// Without this file every button works by itself; what is missing then are the keys and the net under a lost connection.
"use strict";

const editor = byId("editor");

// ── Keys: Enter adds a line, Alt with an arrow key moves one ─────────────────────────────────────────────────────
let focusNext = ""; // name of the field that has the focus after the lines were swapped; "+" for the new line

function isBlank(row) {
  return all("input:not([type=hidden]), textarea", row).every((field) => /-(quantity|unit)$/.test(field.name) || !field.value.trim());
}

function addLine(row) {
  const next = row.nextElementSibling;
  if (next && isBlank(next)) next.querySelector("[name$='-name']").focus();
  else if (!isBlank(row)) { focusNext = "+"; editor.querySelector("[data-add-line]").click(); }
}

function moveLine(row, way, field) {
  const button = row.querySelector(`[data-move=${way}]`);
  if (!button || button.disabled) return;
  focusNext = field.name;
  button.click();
}

editor.addEventListener("keydown", (event) => {
  const field = event.target;
  const row = field.closest?.(".editor-lines tbody tr");
  if (!row || event.defaultPrevented || event.isComposing) return;
  if (event.key === "Enter" && field.matches("input, select") && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    addLine(row);
  } else if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown") && field.name) {
    event.preventDefault();
    moveLine(row, event.key === "ArrowUp" ? "up" : "down", field);
  }
});

document.addEventListener("htmx:after:swap", () => {
  if (!focusNext) return;
  const rows = all(".editor-lines tbody tr", editor);
  const field = focusNext === "+" ? rows.at(-1)?.querySelector("[name$='-name']") : editor.elements.namedItem(focusNext);
  focusNext = "";
  field?.focus();
});

editor.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-add-line], [data-move]");
  if (button && event.isTrusted) focusNext = button.matches("[data-move]") ? "" : "+";
});

// ── The net: what is typed stays on this device until it is saved ────────────────────────────────────────────────
const KEPT_DAYS = 30;
const saying = editor.dataset;
const place = `draft:${saying.keep}`;
const status = byId("editor-status");
const notice = byId("editor-kept");
let timer = 0;
let isLeaving = false;

const typed = () => [...new FormData(editor)].filter(([name, value]) => name !== "csrf_token" && typeof value === "string");
const say = (words) => { if (status) status.textContent = words; };
const drop = () => localStorage.removeItem(place);

function read() {
  try { return JSON.parse(localStorage.getItem(place)); } catch { drop(); return null; }
}

function keep(isSent = false) {
  clearTimeout(timer);
  const version = editor.elements.namedItem("version").value;
  try {
    localStorage.setItem(place, JSON.stringify({ version, at: Date.now(), isSent, fields: typed() }));
  } catch { return; } // the device has no room: the page itself still holds it
  if (!isSent) say(navigator.onLine ? saying.unsaved : saying.offline);
}

function later() {
  clearTimeout(timer);
  timer = setTimeout(keep, 400);
}

for (const kind of ["input", "change"]) editor.addEventListener(kind, later);
document.addEventListener("htmx:after:swap", (event) => { if (event.target.closest?.("#editor") && event.target.id === "editor-body") later(); });
addEventListener("offline", () => keep());
addEventListener("online", () => say(saying.unsaved));

// A save is only sent when the server answers; else the page stays as it is, and so does what was typed.
editor.addEventListener("submit", async (event) => {
  if (isLeaving || event.defaultPrevented || event.submitter?.hasAttribute("hx-post")) return;
  event.preventDefault();
  event.stopPropagation();
  keep(true);
  const isThere = navigator.onLine && await fetch(saying.alive, { cache: "no-store" }).then((answer) => answer.status < 500, () => false);
  if (!isThere) { keep(); say(saying.offline); showToast(saying.offline, "error"); return; }
  isLeaving = true;
  editor.requestSubmit(event.submitter);
});

addEventListener("pageshow", () => { isLeaving = false; });

async function putBack(kept) {
  const body = new URLSearchParams([...kept.fields, ["csrf_token", editor.elements.namedItem("csrf_token").value]]);
  const answer = await fetch(saying.lines, { method: "POST", body, headers: { "HX-Request": "true" } }).catch(() => null);
  if (!answer?.ok) { showToast(words().offline, "error"); return; }
  const lines = byId("editor-body");
  lines.outerHTML = await answer.text();
  htmx.process(byId("editor-body"));
  for (const [name, value] of kept.fields) {
    const field = editor.elements.namedItem(name);
    if (field && "value" in field && name !== "line") field.value = value;
  }
  notice.hidden = true;
  editor.dispatchEvent(new Event("change"));
  keep();
}

function offer(kept) {
  const now = JSON.stringify(typed());
  if (JSON.stringify(kept.fields) === now) { drop(); return; }
  notice.hidden = false;
  notice.querySelector("[data-kept-at]").textContent = new Date(kept.at).toLocaleString(document.documentElement.lang);
  notice.querySelector("[data-kept-back]").onclick = () => putBack(kept);
  notice.querySelector("[data-kept-away]").onclick = () => { drop(); notice.hidden = true; };
}

function forgetOld() {
  for (const name of Object.keys(localStorage).filter((name) => name.startsWith("draft:"))) {
    try {
      if (JSON.parse(localStorage.getItem(name)).at < Date.now() - KEPT_DAYS * 86_400_000) localStorage.removeItem(name);
    } catch { localStorage.removeItem(name); }
  }
}

forgetOld();
const kept = read();
if (saying.typed) keep(); // the answer to a refused save: what was typed is on the page
else if (kept && kept.isSent && kept.version !== editor.elements.namedItem("version").value) drop(); // it was saved
else if (kept) offer(kept);
