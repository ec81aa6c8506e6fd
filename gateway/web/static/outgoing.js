/** One message of the shopper from the moment of pressing Send until the gateway shows it back. */

/** `state`: sending, sent (acknowledged), failed (may be tried again) or refused (may not). */
export class Outgoing {
  error = null;
  attempts = 0;
  state = "sending";
  at = new Date();

  /** Either `text` and perhaps a `photoId`, or the `token` of a button with its `title`. The id stays the same for every attempt. */
  constructor({ text = null, photoId = null, token = null, title = null }) {
    this.id = newId();
    this.text = text;
    this.photoId = photoId;
    this.token = token;
    this.shown = text ?? title;
  }

  get isActive() {
    return this.state === "sending" || this.state === "sent";
  }

  get imageUrl() {
    return this.photoId === null ? null : `/v1/photos/${this.photoId}`;
  }

  get body() {
    const photo = this.photoId === null ? {} : { photo_id: this.photoId };
    return { message_id: this.id, ...(this.token === null ? { text: this.text, ...photo } : { token: this.token }) };
  }
}

/** A random UUID, also on pages without HTTPS, where `crypto.randomUUID` is not there. */
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
