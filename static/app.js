// What the pages cannot do with HTML and htmx alone. Everything works without this file, only less comfortably.
"use strict";

const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const byId = (id) => document.querySelector(`[id="${CSS.escape(id)}"]`);
const words = () => byId("words")?.dataset ?? {};
const remember = (name, value) => {
  document.cookie = `${name}=${value}; path=/; max-age=31536000; samesite=lax${location.protocol === "https:" ? "; secure" : ""}`;
};
const isTyping = (target) => target instanceof Element && target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");

// ── Theme ────────────────────────────────────────────────────────────────────────────────────────────────────────
function setTheme(choice) {
  if (choice === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = choice;
  remember("theme", choice);
  for (const button of all("[data-theme-set]")) {
    const isChosen = button.dataset.themeSet === choice;
    button.setAttribute("aria-pressed", String(isChosen));
    if (isChosen) {
      const href = button.querySelector("use")?.getAttribute("href");
      if (href) button.closest("details")?.querySelector("summary use")?.setAttribute("href", href);
    }
  }
}

// ── Toasts ───────────────────────────────────────────────────────────────────────────────────────────────────────
function dropToast(toast) {
  toast.classList.add("is-leaving");
  setTimeout(() => toast.remove(), 200);
}

function watchToast(toast) {
  if (toast.dataset.watched || toast.dataset.toast === "bad" || toast.dataset.toast === "warn") return;
  toast.dataset.watched = "yes";
  let timer = 0;
  const start = () => { timer = setTimeout(() => dropToast(toast), 6000); };
  const stop = () => clearTimeout(timer);
  toast.addEventListener("pointerenter", stop);
  toast.addEventListener("pointerleave", start);
  toast.addEventListener("focusin", stop);
  toast.addEventListener("focusout", start);
  start();
}

function showToast(text, kind = "info") {
  const shape = byId(kind === "error" ? "toast-error" : "toast-info");
  const region = byId("flashes");
  if (!text || !region || !(shape instanceof HTMLTemplateElement)) return;
  if (all(".toast-text", region).some((shown) => shown.textContent === text)) return;
  const toast = shape.content.firstElementChild.cloneNode(true);
  toast.querySelector(".toast-text").textContent = text;
  region.append(toast);
}

// ── Confirmation: data-confirm on a button, a link or a form ─────────────────────────────────────────────────────
const confirmed = new WeakSet();

function ask(event, element, goOn) {
  if (confirmed.delete(element)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const dialog = byId("confirm");
  const yes = byId("confirm-yes");
  const data = element.dataset;
  byId("confirm-title").textContent = data.confirm;
  byId("confirm-text").textContent = data.confirmText ?? "";
  byId("confirm-text").hidden = !data.confirmText;
  yes.dataset.usual ??= yes.textContent.trim();
  yes.querySelector(".btn-label").textContent = data.confirmAction ?? yes.dataset.usual;
  const isDanger = data.confirmTone === "danger" || element.matches(".btn-danger, .is-danger");
  yes.classList.toggle("btn-danger", isDanger);
  yes.classList.toggle("btn-primary", !isDanger);
  yes.onclick = () => { dialog.close(); confirmed.add(element); goOn(); };
  dialog.showModal();
  byId("confirm-no").focus();
}

document.addEventListener("click", (event) => {
  const element = event.target.closest?.("[data-confirm]:not(form)");
  if (element) ask(event, element, () => element.click());
}, true);

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.matches("[data-confirm]")) ask(event, form, () => form.requestSubmit(event.submitter));
}, true);

// ── Sending: a form is sent once, its button shows it ────────────────────────────────────────────────────────────
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented || event.submitter?.formTarget) return;
  if (form.classList.contains("is-sending")) { event.preventDefault(); return; }
  form.classList.add("is-sending");
  event.submitter?.classList.add("is-sender");
  setTimeout(() => calm(form), 8000); // an answer that is a download leaves the page standing
});

function calm(form) {
  form.classList.remove("is-sending");
  all(".is-sender", form).forEach((button) => button.classList.remove("is-sender"));
}

addEventListener("pageshow", () => all("form.is-sending").forEach(calm));
document.addEventListener("htmx:before:request", (event) => event.detail.ctx.request.submitter?.classList?.add("is-sender"));
document.addEventListener("htmx:finally:request", (event) => event.detail.ctx.request.submitter?.classList?.remove("is-sender"));
document.addEventListener("htmx:error", (event) => { if (event.detail.ctx) showToast(words().offline, "error"); });
document.addEventListener("htmx:response:error", (event) => {
  if (event.detail.ctx.response.status >= 500) showToast(words().broken, "error");
});

// ── Tables: choosing rows ────────────────────────────────────────────────────────────────────────────────────────
let lastBox = null;

function recount() {
  for (const bar of all(".bulk-bar")) {
    const n = all(".row-check:checked").filter((box) => box.form === bar).length;
    bar.querySelector(".bulk-n").textContent = String(n);
    bar.classList.toggle("is-on", n > 0);
  }
  for (const master of all(".check-all")) {
    const boxes = all(".row-check", master.closest("table"));
    const n = boxes.filter((box) => box.checked).length;
    master.checked = n > 0 && n === boxes.length;
    master.indeterminate = n > 0 && n < boxes.length;
  }
}

function chooseRows(box, isRange) {
  const boxes = all(".row-check", box.closest("table"));
  if (box.matches(".check-all")) boxes.forEach((row) => { row.checked = box.checked; });
  else if (isRange && boxes.includes(lastBox)) {
    const [from, to] = [boxes.indexOf(lastBox), boxes.indexOf(box)].sort((a, b) => a - b);
    boxes.slice(from, to + 1).forEach((row) => { row.checked = box.checked; });
  }
  lastBox = box;
  recount();
}

// ── One listener per kind of event ───────────────────────────────────────────────────────────────────────────────
const onClick = {
  "[data-theme-set]": (button) => { setTheme(button.dataset.themeSet); button.closest("details").open = false; },
  "[data-dismiss]": (button) => { const toast = button.closest(".toast"); if (toast) dropToast(toast); else button.closest(".banner")?.remove(); },
  "[data-dialog]": (button, event) => { if (button.href) event.preventDefault(); const dialog = byId(button.dataset.dialog); if (!dialog.open && !("command" in button)) dialog.showModal(); },
  "[data-dialog-close]": (button) => button.closest("dialog")?.close(),
  "[data-choose-none]": (button) => { all(".row-check:checked").forEach((box) => { if (box.form === button.form) box.checked = false; }); recount(); },
  ".row-check, .check-all": (box, event) => chooseRows(box, event.shiftKey),
  "[data-copy]": async (button) => {
    try { await navigator.clipboard.writeText(button.dataset.copy); } catch { return; }
    const label = button.querySelector(".btn-label");
    const usual = label.textContent;
    label.textContent = button.dataset.copied;
    button.classList.add("is-done");
    setTimeout(() => { label.textContent = usual; button.classList.remove("is-done"); }, 1800);
  },
};

document.addEventListener("click", (event) => {
  if (!(event.target instanceof Element)) return;
  for (const [selector, act] of Object.entries(onClick)) {
    const element = event.target.closest(selector);
    if (element) act(element, event);
  }
  for (const menu of all("details.menu[open]")) if (!menu.contains(event.target) || event.target.closest(".menu-item")) menu.open = false;
});

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-keys-switch]")) remember("keys", event.target.checked ? "on" : "off");
  else if (event.target.matches("form[data-autosubmit] :is(select, input:not([type=search], [type=text]))")) event.target.form.requestSubmit();
});

// ── Menus: lifted above everything, so that no scrolling table cuts them off ─────────────────────────────────────
function placeMenu(menu) {
  const list = menu.querySelector(".menu-list");
  if (!menu.open) { if (list.matches(":popover-open")) list.hidePopover(); return; }
  list.popover = "manual";
  list.showPopover();
  const at = menu.getBoundingClientRect();
  const size = list.getBoundingClientRect();
  const isRtl = getComputedStyle(menu).direction === "rtl";
  const left = menu.classList.contains("menu-start") !== isRtl ? at.left : at.right - size.width;
  const below = at.bottom + 5 + size.height < innerHeight || at.top < size.height;
  list.style.left = `${Math.max(8, Math.min(left, document.documentElement.clientWidth - size.width - 8))}px`;
  list.style.top = `${below ? at.bottom + 5 : at.top - size.height - 5}px`;
}

document.addEventListener("toggle", (event) => { if (event.target.matches?.("details.menu")) placeMenu(event.target); }, true);
for (const kind of ["scroll", "resize"]) addEventListener(kind, (event) => {
  if (!event.target.matches?.(".menu-list")) all("details.menu[open]").forEach(placeMenu);
}, { passive: true, capture: true });

const singleKeys = {
  "?": () => byId("shortcuts")?.showModal(),
  "/": () => byId("search")?.select(),
  n: () => { const menu = byId("new-menu")?.querySelector("details"); if (menu) { menu.open = true; menu.querySelector(".menu-item").focus(); } },
};

document.addEventListener("keydown", (event) => {
  const key = event.key.toLowerCase();
  const menu = event.target instanceof Element && event.target.closest("details.menu[open]");
  if ((event.ctrlKey || event.metaKey) && key === "k") {
    event.preventDefault();
    byId("search")?.select();
  } else if ((event.ctrlKey || event.metaKey) && key === "enter") {
    event.target.form?.requestSubmit();
  } else if (menu && key === "escape") {
    menu.open = false;
    menu.querySelector("summary").focus();
  } else if (menu && (key === "arrowdown" || key === "arrowup")) {
    event.preventDefault();
    const items = all(".menu-item", menu);
    const at = items.indexOf(document.activeElement);
    items[(at + (key === "arrowdown" ? 1 : -1) + items.length) % items.length]?.focus();
  } else if (!event.ctrlKey && !event.metaKey && !event.altKey && !isTyping(event.target) && !document.querySelector("dialog[open]")
    && Object.hasOwn(singleKeys, key) && !document.cookie.includes("keys=off")) {
    event.preventDefault();
    singleKeys[key]();
  }
});

function enhance(root) {
  all("dialog[data-dialog-open]", root).forEach((dialog) => { dialog.removeAttribute("data-dialog-open"); dialog.close(); dialog.showModal(); });
  all(".toast").forEach(watchToast);
  recount();
}

// <details data-opens-with="name=value">: opens when that choice is made
document.addEventListener("change", ({ target }) => {
  for (const more of all("details[data-opens-with]")) {
    if (more.dataset.opensWith === `${target.name}=${target.value}`) more.open = true;
  }
});

const flashes = byId("flashes");
if (flashes) new MutationObserver(() => all(".toast").forEach(watchToast)).observe(flashes, { childList: true });
for (const box of all("[data-keys-switch]")) box.checked = !document.cookie.includes("keys=off");
document.addEventListener("htmx:after:process", () => enhance(document));
document.addEventListener("htmx:after:swap", () => enhance(document));
enhance(document);
