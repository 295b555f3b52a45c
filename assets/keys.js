// The keyboard. Every key has a visible button: data-key="e" on it is all a page needs to say.
//   data-key="e" | "Control+Enter" | "/" | "Escape"   the button, link or field this key presses
//   data-keyname="escalate"                           its words on the sheet, else its own text
//   data-press-focuses="#composer textarea"           what has the focus once its key was pressed
//   data-row                                          a row that j and k move between
//   data-opens                                        a row that opens wherever it is clicked
//   data-go="q"                                       g, then this letter, follows the link
import "./elements.js";
import "./files.js";
import "./palette.js";

const typing = (target) => target instanceof HTMLElement
  && (target.isContentEditable || target.matches("textarea, select, input:not([type=checkbox], [type=radio], [type=button], [type=submit])"));
const visible = (element) => element.checkVisibility?.({ visibilityProperty: true }) ?? element.getClientRects().length > 0;
const enabled = (element) => !element.matches(":disabled, [aria-disabled=true]");

/** Only what is on top answers: an open dialog hides the page from the keys. */
function scope() {
  const open = [...document.querySelectorAll("dialog[open]")];
  return open.at(-1) ?? document;
}

function find(key) {
  const all = scope().querySelectorAll(`[data-key="${CSS.escape(key)}"]`);
  return [...all].find((element) => visible(element) && enabled(element));
}

function press(element) {
  if (element.matches("input:not([type=checkbox], [type=radio]), textarea, select")) {
    element.focus();
    element.select?.();
  } else {
    if (element.matches("input[type=radio]")) element.focus();
    element.click();
    const next = element.dataset.pressFocuses;
    if (next) [...document.querySelectorAll(next)].find(visible)?.focus();
  }
}

const rows = () => [...scope().querySelectorAll("[data-row]")].filter(visible);
const linkOf = (row) => row.matches("a, button") ? row : row.querySelector("a[href]") ?? row.querySelector("button");
const currentRow = () => document.activeElement?.closest("[data-row]") ?? null;

function move(step) {
  const all = rows();
  if (!all.length) return false;
  const at = all.indexOf(currentRow());
  const next = at < 0 ? all[step > 0 ? 0 : all.length - 1] : all[Math.min(all.length - 1, Math.max(0, at + step))];
  const link = linkOf(next);
  link?.focus({ focusVisible: true, preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
  return true;
}

let waitsForGo = 0;
function go(letter) {
  waitsForGo = 0;
  const link = [...document.querySelectorAll(`[data-go="${CSS.escape(letter)}"]`)][0];
  link?.click();
  return Boolean(link);
}

const GENERAL = [["Control+k", "go to anything, do anything"], ["j", "next row"], ["k", "previous row"], ["Enter", "open the row"], ["x", "select the row"], ["/", "search"], ["Escape", "close"], ["?", "all keys"]];
const nameOf = (key) => ({ Escape: "Esc", Control: "Ctrl" }[key] ?? key);

function entry(keys, words) {
  const line = document.createElement("div"), term = document.createElement("dt"), value = document.createElement("dd");
  term.textContent = words;
  for (const key of keys) {
    const cap = document.createElement("kbd");
    cap.className = "kbd";
    cap.textContent = nameOf(key);
    value.append(cap);
  }
  line.append(term, value);
  return line;
}

/** Fills the sheet from what is on the page now, and opens it. */
function sheet() {
  const dialog = document.getElementById("keys-sheet");
  if (!(dialog instanceof HTMLDialogElement) || dialog.open) return false;
  const list = dialog.querySelector("[data-keys]"), seen = new Set(GENERAL.map(([key]) => key)), lines = [];
  for (const [key, words] of GENERAL) {
    if ("jkx".includes(key) && !rows().length) continue;
    if (key === "/" && !find("/")) continue;
    if (key === "Control+k" && !document.getElementById("palette")) continue;
    lines.push(entry(key.split("+"), words));
  }
  for (const element of document.querySelectorAll("[data-key]")) {
    const key = element.dataset.key;
    if (!key || seen.has(key) || !visible(element)) continue;
    seen.add(key);
    const own = element.cloneNode(true);
    own.querySelectorAll?.("kbd, svg").forEach((part) => part.remove());
    lines.push(entry(key.split("+"), element.dataset.keyname || element.getAttribute("aria-label") || own.textContent.trim()));
  }
  for (const link of document.querySelectorAll("[data-go]")) {
    if (seen.has("g" + link.dataset.go) || !link.dataset.go) continue;
    seen.add("g" + link.dataset.go);
    lines.push(entry(["g", link.dataset.go], "go to " + (link.dataset.keyname || link.textContent.trim()).toLowerCase()));
  }
  list.replaceChildren(...lines);
  dialog.showModal();
  return true;
}

function escape(event) {
  const field = document.activeElement;
  if (scope() !== document || document.querySelector("[popover]:popover-open")) return false; // the browser closes these
  if (typing(event.target)) { field?.blur(); return true; }
  const button = find("Escape");
  button?.click();
  return Boolean(button);
}

function answer(event) {
  const key = event.key;
  if (event.altKey || event.metaKey) return false;
  if (key === "Escape") return escape(event);
  if (event.ctrlKey) {
    const button = find(`Control+${key}`);
    if (button) press(button);
    return Boolean(button);
  }
  if (typing(event.target)) return false;
  if (waitsForGo && performance.now() - waitsForGo < 1500) return go(key);
  if (key === "g" && document.querySelector("[data-go]")) { waitsForGo = performance.now(); return true; }
  if (key === "?") return sheet();
  if (key === "j") return move(1);
  if (key === "k") return move(-1);
  if (key === "x") {
    const box = currentRow()?.querySelector("input[type=checkbox]");
    box?.click();
    return Boolean(box);
  }
  if (key === "Enter") return false; // the focused link opens by itself
  const button = key.length === 1 ? find(key) : null;
  if (button) press(button);
  return Boolean(button);
}

addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing) return;
  if (answer(event)) event.preventDefault();
});
document.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target : null;
  const wanted = target?.closest("[data-focuses]")?.dataset.focuses;
  if (wanted) [...document.querySelectorAll(wanted)].find(visible)?.focus();
  if (target?.closest("[data-opens-keys]")) sheet();
  const row = target?.closest("[data-opens]");
  if (row && !target.closest("a, button, input, label") && getSelection()?.isCollapsed !== false) linkOf(row)?.click();
  if (target?.closest("[data-close-keys]")) document.getElementById("keys-sheet")?.close();
});
