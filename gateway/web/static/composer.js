/** The field one writes in: grows with its text, counts near the limit, Enter sends. */

import { byId } from "./dom.js";
import { words } from "./words.js";

const COUNT_FROM = 200;
const TALLEST_PX = 160;

export class Composer {
  #form = byId("composer");
  #field = byId("message");
  #counter = byId("counter");
  #button = byId("send");
  #maxLength = Infinity;
  #attachment;
  #onSend;

  /** `onSend({text, photoId})`; a photo needs no text. */
  constructor({ attachment, onSend }) {
    this.#attachment = attachment;
    this.#onSend = onSend;
    this.#field.addEventListener("input", () => this.update());
    this.#field.addEventListener("keydown", (event) => this.#key(event));
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
  }

  set maxLength(value) {
    this.#maxLength = value;
    this.#attachment.isEnabled = true;
    this.update();
  }

  focus() {
    this.#field.focus();
  }

  /** Puts a text back in, before what is there. */
  restore(text) {
    this.#field.value = this.#field.value ? `${text}\n${this.#field.value}` : text;
    this.update();
    this.focus();
  }

  #key(event) {
    const isSend = event.key === "Enter" && !event.shiftKey && !event.isComposing && event.keyCode !== 229;
    if (!isSend) return;
    event.preventDefault();
    this.#submit();
  }

  #submit() {
    const text = this.#field.value.trim();
    if (!this.#maySend()) return;
    const photoId = this.#attachment.take();
    this.#field.value = "";
    this.update();
    this.focus();
    this.#onSend({ text, photoId });
  }

  /** In characters as the gateway counts them: an emoji may be two units of a JavaScript string. */
  #left() {
    return this.#maxLength - [...this.#field.value.trim()].length;
  }

  #maySend() {
    if (this.#left() < 0 || this.#maxLength === Infinity || this.#attachment.isUploading) return false;
    return this.#field.value.trim() !== "" || this.#attachment.isReady;
  }

  /** Draws what follows from the text and the photo. */
  update() {
    const left = this.#left();
    this.#counter.textContent = left < 0 ? words.tooMany(-left) : left <= COUNT_FROM ? words.left(left) : "";
    this.#counter.classList.toggle("over", left < 0);
    this.#field.setAttribute("aria-invalid", String(left < 0));
    this.#button.disabled = !this.#maySend();
    this.#field.style.height = "auto";
    this.#field.style.height = `${Math.min(this.#field.scrollHeight, TALLEST_PX)}px`;
  }
}
