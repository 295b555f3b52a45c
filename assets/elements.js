// Elements that tell the time by themselves. They draw into their own light DOM, start empty with a
// reserved size, and share one timer. The server's attributes decide; React never sees their inside.
import { agoWords, durationWords, exactWords, gaugePlace, pastWords, timeLeft, whenWords } from "./words.mjs";

const SVG = "http://www.w3.org/2000/svg";
const instant = (text) => {
  const at = text ? Date.parse(text) : NaN;
  return Number.isNaN(at) ? null : at;
};

// The server's clock. A <time-sync> can only arrive late, so the largest difference seen is the
// nearest to the truth; it starts anew when this machine's own clock has been set.
let offset = 0, offsetKnown = false, wall = Date.now(), monotonic = performance.now();
export const serverNow = () => Date.now() + offset;
function learnServerTime(at) {
  const jumped = Math.abs(Date.now() - wall - (performance.now() - monotonic)) > 5000;
  wall = Date.now();
  monotonic = performance.now();
  const seen = at - wall;
  if (!offsetKnown || jumped || seen > offset) offset = seen;
  offsetKnown = true;
}

const ticking = new Set();
let timer = 0;
function tick() {
  for (const element of ticking) element.draw();
  timer = setTimeout(tick, 1000 - (serverNow() % 1000) + 5);
}
function redraw() {
  clearTimeout(timer);
  if (ticking.size) tick();
}
document.addEventListener("visibilitychange", () => { if (!document.hidden) redraw(); });

class Ticking extends HTMLElement {
  connectedCallback() {
    ticking.add(this);
    this.draw();
    if (!timer) timer = setTimeout(tick, 1000 - (serverNow() % 1000) + 5);
  }
  disconnectedCallback() { ticking.delete(this); }
  attributeChangedCallback() { if (this.isConnected) this.draw(); }
  get(name) { return this.getAttribute(name) ?? ""; }
  /** Touch the DOM only when the text changed: fifty badges tick, few of them change. */
  say(key, paint) {
    if (this.said === key && this.childNodes.length) return;
    this.said = key;
    paint();
  }
  text(words, title) {
    this.say(words + "|" + title, () => {
      this.textContent = words;
      if (title) this.title = title;
    });
  }
}

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg"), use = document.createElementNS(SVG, "use");
  svg.setAttribute("class", "i");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `/icons.svg#${name}`);
  svg.append(use);
  return svg;
}

function dial(share) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "dial");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  for (const [name, r] of [["ring", "6.75"], ["left", "2.5"]]) {
    const circle = document.createElementNS(SVG, "circle");
    circle.setAttribute("class", name);
    circle.setAttribute("cx", "8");
    circle.setAttribute("cy", "8");
    circle.setAttribute("r", r);
    if (name === "left") {
      circle.setAttribute("pathLength", "100");
      circle.setAttribute("stroke-dasharray", `${share} 100`);
    }
    svg.append(circle);
  }
  return svg;
}

/** <time-left state due from soon opens words reason tail short>: the badge. `short` drops "left". */
class TimeLeft extends Ticking {
  static observedAttributes = ["state", "due", "from", "soon", "opens", "words", "reason", "tail", "short"];
  draw() {
    const read = (name) => this.get(name);
    const now = serverNow();
    const shown = timeLeft({ state: read("state"), due: read("due"), from: read("from"), soon: read("soon"), opens: read("opens"), words: read("words"), reason: read("reason"), tail: read("tail") }, now);
    const level = shown ? `tl ${shown.level}${shown.near ? " near" : ""}` : "";
    if (this.className !== level) this.className = level;
    if (!shown) return void this.say("", () => this.replaceChildren());
    const share = Math.round(shown.share);
    const words = this.hasAttribute("short") ? shown.words.replace(/ left$/, "") : shown.words;
    this.say([shown.icon, share, words, shown.due].join("|"), () => {
      // What follows the length stands apart, so that a narrow cell can leave it out.
      const [, length, rest] = words.match(/^((?:\d+[smhd] ?)+)( left| over)$/) ?? [null, words, ""];
      const text = document.createElement("span");
      text.append(length);
      if (rest) {
        const apart = document.createElement("span");
        apart.className = "x";
        apart.textContent = rest;
        text.append(apart);
      }
      this.replaceChildren(shown.icon ? icon(shown.icon) : dial(share), text);
      if (shown.due === null) this.removeAttribute("title");
      else this.title = (shown.due > now ? "Due " : "Was due ") + exactWords(shown.due);
    });
  }
}

/** <time-ago at>: "34m". <time-ago at short>: the same without "just now". */
class TimeAgo extends Ticking {
  static observedAttributes = ["at", "short"];
  draw() {
    const at = instant(this.get("at"));
    if (at === null) return this.text("", "");
    const words = this.hasAttribute("short") ? durationWords(Math.max(0, serverNow() - at) / 1000) : agoWords(at, serverNow());
    this.text(words, exactWords(at));
  }
}

/** <time-until at>: "9m", or "now". */
class TimeUntil extends Ticking {
  static observedAttributes = ["at"];
  draw() {
    const at = instant(this.get("at"));
    const left = at === null ? 0 : Math.ceil((at - serverNow()) / 1000);
    this.text(at === null ? "" : left > 0 ? durationWords(left) : "now", at === null ? "" : exactWords(at));
  }
}

/** <local-time at [seconds] [past]>: "14:41", "Fri 12:00" or "12 Mar", in the viewer's zone; past: "at 14:41". */
class LocalTime extends Ticking {
  static observedAttributes = ["at", "seconds", "past"];
  draw() {
    const at = instant(this.get("at"));
    if (at === null) return this.text("", "");
    const exact = this.hasAttribute("seconds") && serverNow() - at < 43200000
      ? new Date(at).toLocaleTimeString("en-GB", { hourCycle: "h23" }) : (this.hasAttribute("past") ? pastWords : whenWords)(at, serverNow());
    this.text(exact, exactWords(at));
  }
}

/** <mast-clock>: "Thu 12 Mar 14:32". */
class MastClock extends Ticking {
  draw() {
    const now = serverNow();
    const day = new Date(now).toLocaleDateString("en-GB", { weekday: "short", day: "numeric", month: "short" }).replace(",", "");
    const clock = new Date(now).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    this.say(day + clock, () => {
      const bold = document.createElement("b");
      bold.textContent = clock;
      this.replaceChildren(day + " ", bold);
      this.title = `Times are in your zone, ${Intl.DateTimeFormat().resolvedOptions().timeZone}`;
    });
  }
}

/** <time-gauge from due used>: sets --now and --scale on itself, its children are the server's. */
class TimeGauge extends Ticking {
  static observedAttributes = ["from", "due", "used"];
  draw() {
    const used = this.get("used");
    const place = gaugePlace({ from: instant(this.get("from")), due: instant(this.get("due")), used: used === "" ? null : Number(used) }, serverNow());
    this.style.setProperty("--now", place.now.toFixed(2));
    this.style.setProperty("--scale", place.scale.toFixed(4));
  }
}

/**
 * <heart-beat at late>: sets state="alive" on itself, or "silent" when `at` is more than `late`
 * seconds ago or missing. It ticks by itself: when the signs end, nobody sends that they did.
 */
class HeartBeat extends Ticking {
  static observedAttributes = ["at", "late"];
  draw() {
    const at = instant(this.get("at"));
    const state = at !== null && serverNow() - at <= Number(this.get("late") || 10) * 1000 ? "alive" : "silent";
    if (this.getAttribute("state") !== state) this.setAttribute("state", state);
  }
}

/** <time-sync now>: the server's clock as it was when this was sent. */
class TimeSync extends HTMLElement {
  static observedAttributes = ["now"];
  attributeChangedCallback() {
    const at = instant(this.getAttribute("now"));
    if (at === null) return;
    learnServerTime(at);
    redraw();
  }
}

/**
 * <modal-dialog shown="true">: shows its <dialog> on top of everything, with the focus held inside.
 * The server decides; Esc and a click on the backdrop press its [data-close] button.
 */
class ModalDialog extends HTMLElement {
  static observedAttributes = ["shown"];
  connectedCallback() {
    this.addEventListener("cancel", (event) => { event.preventDefault(); this.dismiss(); }, true);
    this.addEventListener("mousedown", (event) => { this.pressedOutside = event.target === this.dialog; });
    this.addEventListener("click", (event) => { if (event.target === this.dialog && this.pressedOutside) this.dismiss(); });
    this.watcher = new MutationObserver(() => this.apply());
    this.watcher.observe(this, { childList: true });
    this.apply();
  }
  disconnectedCallback() { this.watcher?.disconnect(); }
  attributeChangedCallback() { this.apply(); }
  get dialog() { return this.querySelector("dialog"); }
  dismiss() { this.querySelector("[data-close]")?.click(); }
  apply() {
    const dialog = this.dialog;
    if (!dialog || !this.isConnected) return;
    const shown = this.getAttribute("shown") === "true";
    if (shown && !dialog.open) {
      dialog.showModal();
      // Else the browser would give it to the cross, which is the first one in the dialog.
      const first = dialog.querySelector("[autofocus], [data-first]")
        ?? dialog.querySelector(".d-body :is(input:checked, select, textarea, input:not([type=hidden], [type=radio]))");
      first?.focus();
    } else if (!shown && dialog.open) dialog.close();
  }
}

/**
 * <kept-draft reply note mode stamp insert at>: a new stamp puts the texts that the server has kept
 * into the boxes of these names, unless something is written there already, and chooses the mode. A
 * new `at` puts `insert` where the reply's cursor stands, a blank line away from what is there.
 */
class KeptDraft extends HTMLElement {
  static observedAttributes = ["stamp", "at"];
  connectedCallback() { this.apply(); }
  attributeChangedCallback(name, before) {
    if (this.isConnected) queueMicrotask(() => (name === "stamp" ? this.apply() : this.putIn(before)));
  }
  // React sets a property where one has an attribute's name, so no method may be called `insert`.
  putIn(earlier) {
    const box = this.querySelector("textarea[name=reply]");
    if (earlier === null || !box) return;
    const before = box.value.slice(0, box.selectionStart).trimEnd(), behind = box.value.slice(box.selectionEnd).trimStart();
    const text = (before && "\n\n") + (this.getAttribute("insert") ?? "");
    box.setRangeText(text + (behind && "\n\n"), before.length, box.value.length - behind.length);
    box.setSelectionRange(before.length + text.length, before.length + text.length);
    box.dispatchEvent(new Event("input", { bubbles: true }));
    box.focus();
  }
  apply() {
    if (!this.isConnected || this.applied === this.getAttribute("stamp")) return;
    this.applied = this.getAttribute("stamp");
    const boxes = [...this.querySelectorAll("textarea[name]")];
    if (boxes.some((box) => box.value !== "")) return;
    for (const box of boxes) box.value = this.getAttribute(box.name) ?? "";
    const mode = this.closest("form")?.querySelector(`[name=mode][value="${CSS.escape(this.getAttribute("mode") || "reply")}"]`);
    if (mode instanceof HTMLInputElement) mode.checked = true;
  }
}

/**
 * <mention-box names="[...]">: completes the names of colleagues behind an @ in the text area among
 * its children. Up and Down choose, Enter or Tab takes, Esc leaves.
 */
class MentionBox extends HTMLElement {
  static observedAttributes = ["names"];
  attributeChangedCallback() { if (this.isConnected && document.activeElement === this.box) this.look(); }
  connectedCallback() {
    this.addEventListener("input", () => this.look());
    this.addEventListener("click", () => this.look());
    this.addEventListener("keydown", (event) => this.steer(event), true);
    this.addEventListener("focusout", () => this.show([]));
    this.list?.addEventListener("mousedown", (event) => {
      event.preventDefault();
      const one = event.target.closest("[role=option]");
      if (one) this.take(one.textContent);
    });
  }
  get box() { return this.querySelector("textarea"); }
  get list() { return this.querySelector("[role=listbox]"); }
  get begun() {
    const written = this.box.value.slice(0, this.box.selectionStart);
    return /(?:^|[\s(])@([^@\n]{0,30})$/.exec(written)?.[1];
  }
  look() {
    const begun = this.begun?.toLowerCase();
    const names = begun === undefined ? [] : JSON.parse(this.getAttribute("names") || "[]");
    const fits = (name) => name.toLowerCase().startsWith(begun) || name.toLowerCase().split(/[\s.]+/).some((word) => word.startsWith(begun));
    this.show(names.filter(fits).filter((name) => name.toLowerCase() !== begun).slice(0, 8));
  }
  show(names) {
    if (!this.list || (names.length === 0 && this.list.hidden)) return;
    this.list.replaceChildren(...names.map((name, place) => {
      const one = document.createElement("li");
      one.id = `mention-${place}`;
      one.role = "option";
      one.textContent = name;
      return one;
    }));
    this.list.hidden = names.length === 0;
    this.box.setAttribute("aria-controls", this.list.id);
    this.choose(names.length ? 0 : -1);
  }
  choose(place) {
    this.place = place;
    [...this.list.children].forEach((one, at) => one.setAttribute("aria-selected", String(at === place)));
    this.list.children[place]?.scrollIntoView({ block: "nearest" });
    if (place < 0) this.box.removeAttribute("aria-activedescendant");
    else this.box.setAttribute("aria-activedescendant", `mention-${place}`);
  }
  steer(event) {
    const many = this.list?.hidden === false ? this.list.children.length : 0;
    if (!many || event.ctrlKey || event.metaKey) return;
    if (event.key === "ArrowDown") this.choose((this.place + 1) % many);
    else if (event.key === "ArrowUp") this.choose((this.place + many - 1) % many);
    else if (event.key === "Enter" || event.key === "Tab") this.take(this.list.children[this.place].textContent);
    else if (event.key === "Escape") this.show([]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
  take(name) {
    const box = this.box, end = box.selectionStart;
    box.setRangeText(`@${name} `, end - (this.begun ?? "").length - 1, end, "end");
    this.show([]);
    box.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

/** <toast-card stays="true|long|false">: presses its own [data-close] after eight seconds without attention; long: twenty. */
class ToastCard extends HTMLElement {
  connectedCallback() {
    this.left = this.getAttribute("stays") === "long" ? 20 : 8;
    if (this.getAttribute("stays") === "true") return;
    this.timer = setInterval(() => {
      if (document.hidden || this.matches(":hover, :focus-within")) return;
      if (--this.left <= 0) { clearInterval(this.timer); this.querySelector("[data-close]")?.click(); }
    }, 1000);
  }
  disconnectedCallback() { clearInterval(this.timer); }
}

/** <instant-field at>: around a field for a day and a time, and a hidden one that is sent: the instant, in UTC. */
class InstantField extends HTMLElement {
  connectedCallback() {
    const shown = this.querySelector("input[type=datetime-local]"), sent = this.querySelector("input[type=hidden]");
    const at = instant(this.getAttribute("at") ?? "");
    if (at !== null && !shown.value) shown.value = new Date(at - new Date(at).getTimezoneOffset() * 60000).toISOString().slice(0, 16);
    const copy = () => { sent.value = shown.value ? new Date(shown.value).toISOString() : ""; };
    shown.addEventListener("input", copy);
    copy();
  }
}

/**
 * <page-of of heading>: what the page shows. It is `stale` while the address names something else,
 * as in the moment between a click on a link and the answer, when the last one would still be seen.
 * Then it names the page in the title: several tabs are told apart by it.
 */
class PageOf extends HTMLElement {
  static observedAttributes = ["of", "heading"];
  connectedCallback() {
    this.look = () => this.apply();
    window.navigation?.addEventListener("currententrychange", this.look);
    this.apply();
  }
  disconnectedCallback() { window.navigation?.removeEventListener("currententrychange", this.look); }
  attributeChangedCallback() { if (this.isConnected) this.apply(); }
  apply() {
    const of = this.getAttribute("of") ?? "", named = location.pathname.replace(/\/+$/, "").split("/").at(-1);
    const isStale = of.toLowerCase() !== decodeURIComponent(named).toLowerCase();
    this.toggleAttribute("stale", isStale);
    const heading = this.getAttribute("heading");
    // After the router, which names the page as well.
    if (!isStale && heading) setTimeout(() => { document.title = `${heading} - ${document.title.split(" - ").at(-1)}`; });
  }
}

// A popover with data-beside opens next to the button that opened it, inside the window.
document.addEventListener("toggle", (event) => {
  const pop = event.target;
  if (!(pop instanceof HTMLElement) || !pop.hasAttribute("data-beside") || event.newState !== "open") return;
  const buttons = [...document.querySelectorAll(`[popovertarget="${CSS.escape(pop.id)}"]`)];
  const button = buttons.find((one) => one.getClientRects().length);
  if (!button) return void pop.removeAttribute("style");
  const at = (button.closest("[data-pop-from]") ?? button).getBoundingClientRect(), own = pop.getBoundingClientRect(), gap = 10;
  const side = at.left - own.width - gap >= 8 && pop.dataset.beside === "left" ? at.left - own.width - gap : Math.min(Math.max(8, at.left), innerWidth - own.width - 8);
  const under = side < at.left - own.width ? at.top - 24 : at.bottom + 6;
  const above = at.top - own.height - 6;
  const top = under + own.height > innerHeight - 8 && above > 8 && side >= at.left - own.width ? above : under;
  pop.style.left = `${side}px`;
  pop.style.top = `${Math.max(8, Math.min(top, innerHeight - own.height - 8))}px`;
}, true);

// A link or a button inside a popover that does something closes it.
document.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target.closest("[data-closes]") : null;
  target?.closest("[popover]")?.hidePopover();
});

for (const [name, element] of Object.entries({
  "time-left": TimeLeft, "time-ago": TimeAgo, "time-until": TimeUntil, "local-time": LocalTime,
  "mast-clock": MastClock, "time-gauge": TimeGauge, "heart-beat": HeartBeat, "time-sync": TimeSync, "modal-dialog": ModalDialog,
  "toast-card": ToastCard, "kept-draft": KeptDraft, "mention-box": MentionBox,
  "instant-field": InstantField, "page-of": PageOf,
})) if (!customElements.get(name)) customElements.define(name, element);
