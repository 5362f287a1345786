// A select or an input with suggestions becomes a combobox (loaded after app.js, whose small helpers it uses).
"use strict";

function placeList(input, list) { // in a table that scrolls, the list is lifted above everything
  if (!list.closest(".table-wrap")) return;
  list.popover ??= "manual";
  if (list.hidden) { if (list.matches(":popover-open")) list.hidePopover(); return; }
  if (!list.matches(":popover-open")) list.showPopover();
  const at = input.getBoundingClientRect();
  list.style.left = `${at.left}px`;
  list.style.top = `${at.bottom + 4}px`;
  list.style.width = `${Math.max(at.width, 260)}px`;
}

function wireCombobox(input, list, { open, pick, leave, isFree = false }) {
  const box = input.closest(".combo-box, [data-remote-combobox]"); // a poll leaves it alone while a person is in it
  input.addEventListener("focus", () => box?.setAttribute("hx-morph-skip", ""));
  input.addEventListener("blur", () => box?.removeAttribute("hx-morph-skip"));
  let active = null;
  const options = () => all("[role=option]:not([aria-disabled])", list);
  const mark = (option) => {
    active?.classList.remove("is-active");
    active = option ?? null;
    active?.classList.add("is-active");
    if (!active) { input.removeAttribute("aria-activedescendant"); return; }
    active.id ||= `${list.id}-${options().indexOf(active)}`;
    input.setAttribute("aria-activedescendant", active.id);
    active.scrollIntoView({ block: "nearest" });
  };
  const show = (isOpen) => {
    list.hidden = !isOpen;
    input.setAttribute("aria-expanded", String(isOpen));
    placeList(input, list);
    if (!isOpen) mark(null);
  };
  const choose = (option) => { pick(option); show(false); };
  const step = (by) => {
    const rows = options();
    const at = rows.indexOf(active);
    mark(rows[at < 0 ? (by > 0 ? 0 : rows.length - 1) : (at + by + rows.length) % rows.length]);
  };
  const start = () => { if (list.hidden) { open(); show(true); } };
  input.addEventListener("click", () => { if (!isFree || !input.value) start(); });
  input.addEventListener("input", () => { mark(null); show(true); });
  input.addEventListener("blur", () => { show(false); leave(); });
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      start();
      step(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter" && !list.hidden) {
      if (active || !isFree) event.preventDefault();
      if (active) choose(active); else show(false);
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      event.stopPropagation();
      leave();
      show(false);
    }
  });
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]:not([aria-disabled])");
    if (option) choose(option);
  });
}

function optionRow(option, isSelected) {
  const row = document.createElement("div");
  row.setAttribute("role", "option");
  row.setAttribute("aria-selected", String(isSelected));
  row.dataset.value = option.value;
  const text = document.createElement("span");
  text.textContent = option.label;
  row.append(text);
  if (option.dataset.hint) {
    const hint = document.createElement("small");
    hint.textContent = option.dataset.hint;
    row.append(hint);
  }
  return row;
}

function enhanceSelect(select) {
  if (select.nextElementSibling?.matches(".combo")) return;
  const label = select.labels[0];
  const combo = document.createElement("div");
  combo.className = "combo";
  const input = Object.assign(document.createElement("input"), { type: "text", className: "input", autocomplete: "off", disabled: select.disabled });
  const list = Object.assign(document.createElement("div"), { className: "listbox", hidden: true, id: `${select.id}-list` });
  const setAll = (element, pairs) => pairs.forEach(([name, value]) => value && element.setAttribute(name, value));
  if (label) label.id ||= `${select.id}-label`;
  const name = label ? ["aria-labelledby", label.id] : ["aria-label", select.getAttribute("aria-label")];
  setAll(list, [["role", "listbox"], name]);
  setAll(input, [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-expanded", "false"], ["aria-controls", list.id], name,
    ["placeholder", select.dataset.hint], ["aria-describedby", select.getAttribute("aria-describedby")], ["aria-invalid", select.getAttribute("aria-invalid")]]);
  const arrow = byId("theme")?.querySelector("svg.icon").cloneNode(true);
  const mark = arrow?.querySelector("use");
  if (mark) { mark.setAttribute("href", mark.getAttribute("href").replace(/#.*/, "#selector")); }
  combo.append(input, ...(arrow ? [arrow] : []), list);
  select.after(combo);
  select.classList.add("visually-hidden");
  setAll(select, [["tabindex", "-1"], ["aria-hidden", "true"]]);

  const settle = () => { const chosen = select.selectedOptions[0]; input.value = chosen?.value ? chosen.label : ""; };
  const fill = (query) => {
    const fits = [...select.options].filter((option) => option.value !== "" || !query).filter((option) =>
      `${option.label} ${option.dataset.hint ?? ""}`.toLowerCase().includes(query.trim().toLowerCase()));
    list.replaceChildren(...fits.map((option) => optionRow(option, option.selected)));
    if (!fits.length) list.append(Object.assign(document.createElement("div"), { className: "listbox-empty", textContent: words().nothing ?? "" }));
  };
  wireCombobox(input, list, {
    open: () => { fill(""); input.select(); },
    leave: settle,
    pick: (row) => {
      select.value = row.dataset.value;
      settle();
      for (const kind of ["input", "change"]) select.dispatchEvent(new Event(kind, { bubbles: true }));
    },
  });
  input.addEventListener("input", () => fill(input.value));
  select.addEventListener("change", settle);
  select.addEventListener("focus", () => input.focus());
  select.form?.addEventListener("reset", () => setTimeout(settle));
  settle();
}

function enhanceRemote(combo) {
  if (combo.dataset.wired) return;
  combo.dataset.wired = "yes";
  const hidden = combo.querySelector("input[type=hidden]");
  const input = combo.querySelector("[role=combobox]");
  let chosen = input.value;
  const isFree = "free" in combo.dataset; // what is typed stays, whether it is on the list or not
  wireCombobox(input, combo.querySelector("[role=listbox]"), {
    isFree,
    open: () => { if (!isFree) input.select(); input.dispatchEvent(new Event("combo-open")); },
    leave: () => { if (isFree) { if (!input.value.trim()) hidden.value = ""; } else if (input.value.trim() === "") { hidden.value = ""; chosen = ""; } else input.value = chosen; },
    pick: (row) => {
      hidden.value = row.dataset.value;
      input.value = chosen = row.dataset.label;
      hidden.dispatchEvent(new Event("change", { bubbles: true }));
    },
  });
}

document.addEventListener("htmx:config:request", (event) => {
  const { sourceElement, sourceEvent, request } = event.detail.ctx;
  if (sourceElement.matches("[data-remote-combobox] [role=combobox]")) request.body.set("q", sourceEvent.type === "combo-open" ? "" : sourceElement.value);
});

function enhanceComboboxes() {
  all("select[data-combobox]").forEach(enhanceSelect);
  all("[data-remote-combobox]").forEach(enhanceRemote);
}

document.addEventListener("htmx:after:process", enhanceComboboxes);
document.addEventListener("htmx:after:swap", enhanceComboboxes);
enhanceComboboxes();
