/** Sends messages in order, one at a time, and each again with the same id until it is acknowledged. */

import { NoConnection } from "./errors.js";
import { Outgoing } from "./outgoing.js";
import { words } from "./words.js";

const PAUSES_MS = [700, 1500, 3000];

export class Sender {
  #api;
  #store;
  #isBusy = false;
  #endPause = null;
  #lastToken = null;

  constructor(api, store) {
    this.#api = api;
    this.#store = store;
    window.addEventListener("online", () => this.#afterOutage());
  }

  /** `{text, photoId}`, or `{token, title}` of a button. */
  send(message) {
    this.#lastToken = message.token ?? null;
    this.#store.outgoing = [...this.#store.outgoing, new Outgoing(message)];
    this.#store.changed();
    this.#work();
  }

  /** Whether this button was pressed and has no answer yet. */
  isUnderWay(token) {
    return this.#store.isWaiting && this.#lastToken === token;
  }

  again(message) {
    Object.assign(message, { state: "sending", attempts: 0, error: null });
    this.#store.changed();
    this.#work();
  }

  discard(message) {
    this.#store.set({ outgoing: this.#store.outgoing.filter((other) => other !== message) });
  }

  async #work() {
    if (this.#isBusy) return;
    this.#isBusy = true;
    for (let message = this.#next(); message; message = this.#next()) await this.#attempt(message);
    this.#isBusy = false;
  }

  #next() {
    return this.#store.outgoing.find((message) => message.state === "sending");
  }

  async #attempt(message) {
    try {
      await this.#api.change("POST", "/v1/messages", message.body);
      message.state = "sent";
    } catch (error) {
      await this.#failed(message, error);
    }
    this.#store.changed();
  }

  async #failed(message, error) {
    const mayPass = error instanceof NoConnection || error.isPassing;
    const pause = PAUSES_MS[message.attempts];
    message.attempts += 1;
    if (mayPass && pause !== undefined && navigator.onLine) {
      await this.#pause(Math.max(pause, (error.retryAfterS ?? 0) * 1000));
      return;
    }
    message.state = mayPass ? "failed" : "refused";
    message.error = error.message || words.broken;
  }

  #pause(duration) {
    return new Promise((resolve) => {
      this.#endPause = resolve;
      setTimeout(resolve, Math.min(duration, 10000));
    });
  }

  #afterOutage() {
    this.#endPause?.();
    for (const message of this.#store.outgoing.filter((other) => other.state === "failed")) this.again(message);
  }
}
