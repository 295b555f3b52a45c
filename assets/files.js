// Files that go with a message: chosen, dropped or pasted, uploaded at once, sent with the form.

import { icon } from "./elements.js";

const element = (tag, className, ...children) => {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children);
  return made;
};

/**
 * <file-picker most largest endings>: a button, a chip for each file, and the field `files` of the
 * form around it. The form is sent when the last upload is done. The tab remembers what has arrived:
 * after a reload, what still waits to be sent is there again.
 */
class FilePicker extends HTMLElement {
  connectedCallback() {
    if (this.form) return;
    this.form = this.closest("form");
    this.chips = new Map();
    this.waiting = 0;
    this.field = Object.assign(document.createElement("input"), { type: "hidden", name: "files" });
    this.choose = Object.assign(document.createElement("input"), { type: "file", multiple: true, hidden: true, accept: this.getAttribute("endings") ?? "" });
    const button = Object.assign(element("button", "btn quiet short", icon("clip"), "Attach files"), { type: "button" });
    button.addEventListener("click", () => this.choose.click());
    this.choose.addEventListener("change", () => { this.take(this.choose.files); this.choose.value = ""; });
    this.list = element("ul", "files");
    this.list.setAttribute("aria-label", "Files to be sent");
    this.trouble = element("p", "trouble");
    this.trouble.setAttribute("role", "alert");
    this.replaceChildren(this.list, this.trouble, button, this.choose, this.field);
    this.form?.addEventListener("submit", (event) => this.hold(event), true);
    this.form?.addEventListener("dragover", (event) => { if (event.dataTransfer?.types.includes("Files")) event.preventDefault(); });
    this.form?.addEventListener("drop", (event) => this.dropped(event, event.dataTransfer));
    this.form?.addEventListener("paste", (event) => this.dropped(event, event.clipboardData));
    this.place = `files:${location.pathname}`;
    for (const file of JSON.parse(sessionStorage.getItem(this.place) ?? "[]")) this.bringBack(file);
  }
  dropped(event, given) {
    if (!given?.files.length) return;
    event.preventDefault();
    this.take(given.files);
  }
  hold(event) {
    if (!this.waiting) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.isHeld = true;
    this.say("It is sent as soon as the files have arrived.");
  }
  say(words) { this.trouble.textContent = words; }
  take(files) {
    this.say("");
    for (const file of files) {
      if (this.chips.size >= Number(this.getAttribute("most"))) return this.say(`At most ${this.getAttribute("most")} files go with one message.`);
      if (file.size > Number(this.getAttribute("largest"))) { this.say(`${file.name} is larger than ${Math.round(Number(this.getAttribute("largest")) / 1048576)} MB.`); continue; }
      this.upload(file);
    }
  }
  /** A chip for a file that is on its way; `gone` is called when it is taken away. */
  chipOf(name, gone) {
    const part = element("span", "part"), drop = Object.assign(element("button", "", icon("x")), { type: "button" });
    drop.setAttribute("aria-label", `Remove ${name}`);
    const chip = element("li", "file sending", icon("clip"), element("span", "cut", name), part, drop);
    this.chips.set(chip, null);
    this.list.append(chip);
    this.waiting++;
    drop.addEventListener("click", () => { gone(); this.forget(chip); });
    return { chip, part };
  }
  /** Only what is the reader's own and was not sent: the server says so. */
  async bringBack(file) {
    const { chip, part } = this.chipOf(file.name, () => {});
    chip.style.display = "none"; // until the answer is there
    const answer = await fetch(`/attachments/${encodeURIComponent(file.key)}`, { method: "HEAD" }).catch(() => null);
    if (answer?.headers.get("X-Waits-To-Be-Sent")) {
      chip.style.display = "";
      this.arrived(chip, part, file);
    } else this.forget(chip);
    this.ended();
  }
  upload(file) {
    const request = new XMLHttpRequest(), { chip, part } = this.chipOf(file.name, () => request.abort());
    request.upload.addEventListener("progress", (event) => { if (event.lengthComputable) part.textContent = `${Math.floor(event.loaded / event.total * 100)} %`; });
    request.addEventListener("load", () => this.answered(chip, part, request));
    request.addEventListener("error", () => this.failed(chip, `${file.name} did not arrive. Check the connection, then attach it again.`));
    request.addEventListener("loadend", () => this.ended());
    request.open("POST", "/attachments");
    request.setRequestHeader("X-File-Name", encodeURIComponent(file.name));
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.send(file);
  }
  answered(chip, part, request) {
    let answer = {};
    try { answer = JSON.parse(request.responseText); } catch { /* a proxy in between answered */ }
    if (request.status !== 201) return this.failed(chip, answer.error ?? "The file was not taken. Try again.");
    this.arrived(chip, part, answer);
  }
  arrived(chip, part, file) {
    chip.classList.remove("sending");
    part.textContent = file.size;
    this.chips.set(chip, { key: file.key, name: file.name, size: file.size });
    this.keep();
  }
  failed(chip, words) {
    this.isHeld = false;
    this.forget(chip);
    this.say(words);
  }
  forget(chip) {
    this.chips.delete(chip);
    chip.remove();
    this.keep();
  }
  ended() {
    this.waiting--;
    if (this.waiting || !this.isHeld) return;
    this.isHeld = false;
    this.say("");
    this.form?.requestSubmit();
  }
  keep() {
    const there = [...this.chips.values()].filter(Boolean);
    this.field.value = there.map((file) => file.key).join(",");
    if (there.length) sessionStorage.setItem(this.place, JSON.stringify(there));
    else sessionStorage.removeItem(this.place);
  }
}

if (!customElements.get("file-picker")) customElements.define("file-picker", FilePicker);
