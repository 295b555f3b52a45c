// The command palette: Ctrl-K or Cmd-K opens it. What the server offers is in it already; what the
// page itself offers is found by its keys (data-key, data-command), so that it never offers what the
// person may not do: a button that is not there, or is disabled, is not offered.
const dialog = () => document.getElementById("palette");
const field = () => document.getElementById("palette-text");
const visible = (element) => element.checkVisibility?.({ visibilityProperty: true }) ?? element.getClientRects().length > 0;
const NOT_ACTS = new Set(["/", "Escape"]);
let acts = [];

function words(element) {
  if (element.dataset.keyname) return element.dataset.keyname;
  if (element.getAttribute("aria-label")) return element.getAttribute("aria-label");
  const own = element.cloneNode(true);
  own.querySelectorAll("kbd, svg, .caps").forEach((part) => part.remove());
  return own.textContent.trim();
}

/** What can be done on the page that lies under the palette, each once. */
function actsOfPage() {
  const found = new Map();
  for (const element of document.querySelectorAll("[data-key], [data-command], main .title .btn, main .thead .acts .btn")) {
    const isOff = element.matches(":disabled, [aria-disabled=true], input, textarea, select") || NOT_ACTS.has(element.dataset.key);
    if (isOff || element.closest("dialog, [popover], .toasts") || !visible(element)) continue;
    const name = words(element);
    if (name && !found.has(name)) found.set(name, element);
  }
  return [...found];
}

function drawActs() {
  const group = dialog().querySelector("[data-acts]");
  const wanted = field().value.toLowerCase().split(/\s+/).filter(Boolean);
  const fitting = acts.filter(([name]) => wanted.every((word) => `do ${name}`.toLowerCase().includes(word)));
  group.replaceChildren(...fitting.map(([name, element]) => {
    const option = document.createElement("button"), text = document.createElement("span"), kind = document.createElement("span");
    option.type = "button";
    option.className = "item";
    option.tabIndex = -1;
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", "false");
    text.className = "cut grow";
    text.textContent = name[0].toUpperCase() + name.slice(1);
    option.append(text);
    const key = element.dataset.key;
    if (key && key.length === 1) {
      const cap = document.createElement("kbd");
      cap.className = "kbd";
      cap.textContent = key;
      option.append(cap);
    }
    kind.className = "tag";
    kind.textContent = "do";
    option.append(kind);
    option.addEventListener("click", () => { close(); element.click(); });
    return option;
  }));
  choose(0);
}

const options = () => [...dialog().querySelectorAll("[role=option]")];
let chosen = 0;

function choose(place) {
  const all = options();
  chosen = all.length ? (place + all.length) % all.length : 0;
  all.forEach((option, at) => {
    option.id = `palette-option-${at}`;
    option.setAttribute("aria-selected", String(at === chosen));
  });
  dialog().classList.toggle("is-empty", all.length === 0);
  if (all.length) {
    field().setAttribute("aria-activedescendant", all[chosen].id);
    all[chosen].scrollIntoView({ block: "nearest" });
  } else field().removeAttribute("aria-activedescendant");
}

/** React hears of a value that a script sets only by the setter of the browser's own class. */
function write(text) {
  const setter = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set;
  setter.call(field(), text);
  field().dispatchEvent(new Event("input", { bubbles: true }));
}

let watcher = null;

function open() {
  const palette = dialog();
  if (!(palette instanceof HTMLDialogElement) || document.querySelector("dialog[open]")) return false;
  document.querySelectorAll("[popover]:popover-open").forEach((pop) => pop.hidePopover());
  acts = actsOfPage();
  palette.showModal();
  write(" "); // always another value than before, so that the server offers what there is now
  write("");
  field().focus();
  drawActs();
  watcher ??= new MutationObserver(() => choose(0));
  watcher.observe(palette.querySelector("[role=group]"), { childList: true });
  return true;
}

function close() {
  watcher?.disconnect();
  dialog()?.close();
}

addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
  if (dialog()?.open) close();
  else if (!open()) return;
  event.preventDefault();
}, true);

document.addEventListener("keydown", (event) => {
  if (!dialog()?.open) return;
  const steps = { ArrowDown: 1, ArrowUp: -1 };
  if (event.key in steps) choose(chosen + steps[event.key]);
  else if (event.key === "Enter" && !event.isComposing) options()[chosen]?.click();
  else return;
  event.preventDefault();
});
document.addEventListener("input", (event) => { if (event.target === field()) drawActs(); });
document.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target : null;
  if (target?.closest("[data-opens-palette]")) open();
  else if (target === dialog() || target?.closest("#palette a[role=option]")) close();
});
