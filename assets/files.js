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
 * form around it. The form is sent when the last upload is done.
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
  upload(file) {
    const part = element("span", "part"), name = element("span", "cut", file.name);
    const drop = Object.assign(element("button", "", icon("x")), { type: "button" });
    drop.setAttribute("aria-label", `Remove ${file.name}`);
    const chip = element("li", "file sending", icon("clip"), name, part, drop);
    const request = new XMLHttpRequest();
    this.chips.set(chip, "");
    this.list.append(chip);
    this.waiting++;
    drop.addEventListener("click", () => { request.abort(); this.chips.delete(chip); chip.remove(); this.keep(); });
    request.upload.addEventListener("progress", (event) => { if (event.lengthComputable) part.textContent = `${Math.floor(event.loaded / event.total * 100)} %`; });
    request.addEventListener("load", () => this.arrived(chip, part, request));
    request.addEventListener("error", () => this.failed(chip, `${file.name} did not arrive. Check the connection, then attach it again.`));
    request.addEventListener("loadend", () => this.ended());
    request.open("POST", "/attachments");
    request.setRequestHeader("X-File-Name", encodeURIComponent(file.name));
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.send(file);
  }
  arrived(chip, part, request) {
    let answer = {};
    try { answer = JSON.parse(request.responseText); } catch { /* a proxy in between answered */ }
    if (request.status !== 201) return this.failed(chip, answer.error ?? "The file was not taken. Try again.");
    chip.classList.remove("sending");
    part.textContent = answer.size;
    this.chips.set(chip, answer.key);
    this.keep();
  }
  failed(chip, words) {
    this.isHeld = false;
    this.chips.delete(chip);
    chip.remove();
    this.keep();
    this.say(words);
  }
  ended() {
    this.waiting--;
    if (this.waiting || !this.isHeld) return;
    this.isHeld = false;
    this.say("");
    this.form?.requestSubmit();
  }
  keep() { this.field.value = [...this.chips.values()].filter(Boolean).join(","); }
}

if (!customElements.get("file-picker")) customElements.define("file-picker", FilePicker);
