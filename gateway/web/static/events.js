/**
 * Keeps the store up to date: server-sent events while the page is seen, polling where they do not come through.
 * A page that nobody sees gives its connection back (a browser has six per host) and polls now and then.
 */

import { NoConnection } from "./errors.js";

const TICK_MS = 2000;
const HIDDEN_TICKS = 8;
const HANDOFF_TICKS = 2;
const RECONNECT_TICKS = 8;
const SILENCE_MS = 2500;
const RESYNC_AFTER_MS = 5 * 60 * 1000;

export class Live {
  #api;
  #store;
  #source = null;
  #heardAt = 0;
  #seenAt = Date.now();
  #isLive = false;
  #isSeen = true;
  #isPolling = false;
  #ticks = 0;

  constructor(api, store) {
    this.#api = api;
    this.#store = store;
  }

  start() {
    window.addEventListener("online", () => this.#found());
    window.addEventListener("offline", () => this.#lost());
    setInterval(() => this.#tick(), TICK_MS);
    if (this.#isSeen) this.#connect();
  }

  /** Whether the shopper can see the chat: the tab is in front, and the widget's panel is open. */
  setSeen(isSeen) {
    if (isSeen === this.#isSeen) return;
    this.#isSeen = isSeen;
    if (!isSeen) {
      this.#seenAt = Date.now();
      this.#disconnect();
      return;
    }
    if (Date.now() - this.#seenAt > RESYNC_AFTER_MS) this.#reopen();
    else this.poll();
    this.#connect();
  }

  /** Another conversation: listen to that one. */
  restart() {
    this.#disconnect();
    if (this.#isSeen) this.#connect();
  }

  /** Asks for what is new, once at a time. */
  async poll() {
    if (this.#isPolling) return;
    this.#isPolling = true;
    try {
      const news = await this.#api.read(`/v1/messages?after=${this.#store.lastSeq}`);
      if (news.session !== this.#store.session) return await this.#reopen();
      this.#store.merge(news);
      this.#store.set({ connection: this.#isLive ? "live" : "polling" });
    } catch (error) {
      await this.#pollFailed(error);
    } finally {
      this.#isPolling = false;
    }
  }

  async #pollFailed(error) {
    if (error.status === 401) await this.#reopen();
    else if (error instanceof NoConnection || error.status >= 500) this.#store.set({ connection: "lost" });
  }

  async #reopen() {
    await this.#api.open().catch((error) => {
      if (error instanceof NoConnection) this.#store.set({ connection: "lost" });
    });
  }

  #lost() {
    this.#disconnect(); // what is still under way in an old stream would look like a connection
    this.#store.set({ connection: "lost" });
  }

  #found() {
    if (this.#isSeen) this.#connect();
    this.poll();
  }

  #connect() {
    this.#disconnect();
    const source = new EventSource(`/v1/events?after=${this.#store.lastSeq}`);
    const listen = (kind, use) => source.addEventListener(kind, (event) => this.#heard(use(JSON.parse(event.data))));
    source.addEventListener("session", (event) => this.#check(JSON.parse(event.data).tag));
    listen("item", (item) => ({ items: [item] }));
    listen("typing", ({ active }) => ({ typing: active }));
    listen("handoff", (handoff) => ({ handoff }));
    source.addEventListener("error", () => {
      this.#isLive = false;
    });
    this.#source = source;
  }

  #disconnect() {
    this.#source?.close();
    this.#source = null;
    this.#isLive = false;
  }

  /** Another tab may have begun a new conversation: this stream is about that one then. */
  #check(session) {
    if (session === this.#store.session) return;
    this.#disconnect();
    this.#reopen();
  }

  #heard(news) {
    this.#isLive = true;
    this.#heardAt = Date.now();
    this.#store.merge(news);
    this.#store.set({ connection: "live" });
  }

  /** An answer that is on its way is looked for more often. */
  get #hiddenTicks() {
    if (this.#store.isWaiting) return 1;
    return this.#store.handoff.active ? HANDOFF_TICKS : HIDDEN_TICKS;
  }

  #tick() {
    this.#ticks += 1;
    if (!this.#isSeen) {
      if (this.#ticks % this.#hiddenTicks === 0) this.poll();
      return;
    }
    const isClosed = this.#source === null || this.#source.readyState === EventSource.CLOSED;
    if (isClosed && this.#ticks % RECONNECT_TICKS === 0) this.#connect();
    const isSilent = Date.now() - this.#heardAt > SILENCE_MS;
    if (!this.#isLive || (this.#store.isWaiting && isSilent)) this.poll();
  }
}
