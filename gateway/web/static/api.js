/** The gateway's HTTP API: the session with its CSRF token, and errors as sentences. */

import { NoConnection, NoCookie, Refused } from "./errors.js";
import { sendPhoto } from "./upload.js";
import { words } from "./words.js";

const TIMEOUT_MS = 15000;

/**
 * `onSession(session)` is told about every session that is opened, also those in the middle of a request
 * because the former one has ended. `session.isNew` says whether the conversation is another one.
 */
export class Api {
  #csrf = null;
  #opening = null;
  #onSession;
  shopToken = null;

  constructor({ onSession }) {
    this.#onSession = onSession;
  }

  /** The session of our cookie, or a new one; calls at the same time share one request. */
  open() {
    this.#opening ??= this.#open().finally(() => {
      this.#opening = null;
    });
    return this.#opening;
  }

  /** A request that changes something. If the session has ended, another one is opened first. */
  change(method, path, body) {
    return this.#inSession(() => request(method, path, { body, headers: { "X-CSRF-Token": this.#csrf } }));
  }

  /** Keeps a photo for a message; gives its id. `onProgress(part)`: how much of it has arrived. */
  upload(blob, onProgress) {
    return this.#inSession(() => sendPhoto(blob, { csrf: this.#csrf, onProgress }));
  }

  read(path) {
    return request("GET", path);
  }

  async #inSession(send) {
    if (this.#csrf === null) await this.open();
    try {
      return await send();
    } catch (error) {
      if (!isStale(error)) throw error;
    }
    await this.open();
    return send().catch((error) => {
      throw error.status === 401 ? new NoCookie() : error;
    });
  }

  async #open() {
    const session = await this.#post().catch((error) => {
      if (error.status !== 401 || this.shopToken === null) throw error;
      console.warn(`The shop's token was refused: ${error.message} The chat goes on without it.`);
      this.shopToken = null;
      return this.#post();
    });
    const isNew = this.#csrf !== null && this.#csrf !== session.csrf_token;
    this.#csrf = session.csrf_token;
    this.#onSession({ ...session, isNew });
    return session;
  }

  #post() {
    return request("POST", "/v1/session", { body: this.shopToken === null ? {} : { shop_token: this.shopToken } });
  }
}

const isStale = (error) => error.status === 401 || error.status === 403;

async function request(method, path, { body, headers = {} } = {}) {
  const stopper = new AbortController();
  const timer = setTimeout(() => stopper.abort(), TIMEOUT_MS);
  const json = body === undefined ? {} : { "Content-Type": "application/json" };
  const options = { method, headers: { ...headers, ...json }, body: JSON.stringify(body), signal: stopper.signal };
  try {
    const response = await fetch(path, { ...options, credentials: "same-origin", cache: "no-store" });
    const data = response.status === 204 ? null : await response.json().catch(() => null);
    if (response.ok) return data;
    const retryAfterS = Number(response.headers.get("Retry-After")) || null;
    throw new Refused(response.status, data?.error ?? words.broken, retryAfterS);
  } catch (error) {
    throw error instanceof Refused ? error : new NoConnection();
  } finally {
    clearTimeout(timer);
  }
}
