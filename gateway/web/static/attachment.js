/** The photo beside the message that is being written: chosen, dropped or pasted; sent to the gateway at once. */

import { byId } from "./dom.js";
import { preview, shrink } from "./shrink.js";
import { words } from "./words.js";

const SENDABLE = ["image/jpeg", "image/png", "image/webp"];
const PREVIEW_PX = 144;

export class Attachment {
  #api;
  #actions;
  #picker = byId("photo-file");
  #button = byId("attach");
  #canvas = byId("photo-picture");
  #chosen = null; // {id: null until the gateway has it}
  maxBytes = 0;

  /** `changed()`, `failed(error)` and `done(sentence)` are called when they happen. */
  constructor(api, actions) {
    this.#api = api;
    this.#actions = actions;
    this.#button.addEventListener("click", () => this.#picker.click());
    this.#picker.addEventListener("change", () => this.#offer([...this.#picker.files]));
    byId("photo-remove").addEventListener("click", () => (this.clear(), this.#button.focus()));
    byId("message").addEventListener("paste", (event) => this.#take(event, event.clipboardData));
    document.addEventListener("dragover", (event) => hasFiles(event.dataTransfer) && event.preventDefault());
    document.addEventListener("drop", (event) => this.#take(event, event.dataTransfer));
  }

  get isUploading() {
    return this.#chosen !== null && this.#chosen.id === null;
  }

  get isReady() {
    return this.#chosen !== null && this.#chosen.id !== null;
  }

  set isEnabled(value) {
    this.#button.disabled = !value;
  }

  /** The id of the photo, which goes with a message now; null if there is none. */
  take() {
    const id = this.isReady ? this.#chosen.id : null;
    if (id !== null) this.clear();
    return id;
  }

  /** Puts back a photo that the gateway has: it goes with the message at once, its picture comes when it is loaded. */
  async restore(id) {
    const chosen = { id };
    this.#show(chosen);
    const blob = await fetch(`/v1/photos/${id}`).then((answer) => answer.blob()).catch(() => null);
    if (blob !== null && this.#chosen === chosen) await preview(blob, this.#canvas, PREVIEW_PX);
  }

  clear() {
    this.#chosen = null;
    this.#picker.value = "";
    byId("photo").hidden = true;
    this.#actions.changed();
  }

  #take(event, data) {
    if (!hasFiles(data)) return;
    event.preventDefault(); // or the browser would leave the chat for the picture
    this.#offer([...data.files]);
  }

  async #offer([file]) {
    if (!file || this.#button.disabled) return;
    const chosen = { id: null };
    this.#show(chosen);
    await preview(file, this.#canvas, PREVIEW_PX);
    try {
      const id = await this.#upload(chosen, file);
      if (this.#chosen !== chosen) return; // removed, or another one was chosen
      chosen.id = id;
      byId("photo-progress").hidden = true;
      byId("photo-state").textContent = words.photoReady;
      this.#actions.changed();
      this.#actions.done(words.photoReady);
    } catch (error) {
      if (this.#chosen !== chosen) return;
      this.clear();
      this.#actions.failed(error);
    }
  }

  async #upload(chosen, file) {
    const blob = (await shrink(file)) ?? file;
    if (!SENDABLE.includes(blob.type)) throw new Error(words.noPhoto);
    if (blob.size > this.maxBytes) throw new Error(words.photoTooLarge(Math.floor(this.maxBytes / 1024 / 1024)));
    return this.#api.upload(blob, (part) => {
      if (this.#chosen === chosen) byId("photo-progress").value = part;
    });
  }

  #show(chosen) {
    this.#chosen = chosen;
    const isUploading = chosen.id === null;
    byId("photo-state").textContent = isUploading ? words.photoUploading : words.photoReady;
    byId("photo-progress").hidden = !isUploading;
    byId("photo-progress").value = 0;
    this.#canvas.width = this.#canvas.height = 1;
    byId("photo").hidden = false;
    this.#actions.changed();
  }
}

/** Files alone: a piece of a document brings its text and a picture of it. */
const hasFiles = (data) => data !== null && data.types.includes("Files") && !data.types.includes("text/plain");
