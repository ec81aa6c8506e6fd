/** What the page knows. Whoever changes it calls `changed()`; whoever draws it subscribes. */

const NOBODY = { active: false, agent_name: null };

export class Store {
  #listeners = new Set();
  #isTold = false;
  #items = new Map();

  config = null;
  /** Names the session that the conversation belongs to. */
  session = null;
  handoff = NOBODY;
  isTyping = false;
  /** connecting, live, polling or lost */
  connection = "connecting";
  /** A sentence that needs the shopper's attention, and whether it is about the cookie. */
  notice = null;
  /** Messages of ours that the gateway has not shown back yet: see outgoing.js. */
  outgoing = [];

  subscribe(listener) {
    this.#listeners.add(listener);
  }

  /** Tells the listeners, once for all changes of this moment. */
  changed() {
    if (this.#isTold) return;
    this.#isTold = true;
    queueMicrotask(() => {
      this.#isTold = false;
      for (const listener of this.#listeners) listener(this);
    });
  }

  /** Everything anew, from an opened session. */
  load(session) {
    this.config = {
      shopName: session.shop_name,
      maxLength: session.max_text_length,
      maxPhotoBytes: session.max_photo_bytes,
      locale: session.locale.replace("_", "-"),
    };
    this.session = session.session;
    this.#items.clear();
    if (session.isNew) this.outgoing = this.outgoing.filter(({ state }) => state !== "sent");
    this.merge(session);
  }

  /** What a session, a poll or an event told: any of `items`, `handoff` and `typing`. */
  merge({ items = [], handoff, typing }) {
    for (const item of items) this.#add(item);
    if (handoff !== undefined) this.handoff = handoff;
    if (typing !== undefined) this.isTyping = typing;
    this.changed();
  }

  get items() {
    return [...this.#items.values()].sort((one, other) => one.seq - other.seq);
  }

  get lastSeq() {
    return Math.max(0, ...this.#items.keys());
  }

  /** Whether a message of ours is on its way or waits for its answer. */
  get isWaiting() {
    return this.isAnswering || this.outgoing.some((message) => message.isActive);
  }

  /** Whether the bot has a message of ours and works on its answer. */
  get isAnswering() {
    if (this.handoff.active) return false;
    const isLastOurs = this.#items.get(this.lastSeq)?.author === "shopper";
    return this.isTyping || isLastOurs || this.outgoing.some(({ state }) => state === "sent");
  }

  setFeedback(seq, value) {
    this.#items.set(seq, { ...this.#items.get(seq), feedback: value });
    this.changed();
  }

  /** `values` are fields of this object. */
  set(values) {
    const isSame = Object.entries(values).every(([name, value]) => this[name] === value);
    if (isSame) return;
    Object.assign(this, values);
    this.changed();
  }

  #add(item) {
    this.#items.set(item.seq, item);
    if (item.author === "shopper") {
      this.outgoing = this.outgoing.filter((message) => message.id !== item.message_id);
    }
  }
}
