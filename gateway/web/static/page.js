/** The page around the conversation: header, banner of the handoff, notices, title, and what is spoken. */

import { byId, el } from "./dom.js";
import { words } from "./words.js";

const LOST_AFTER_MS = 3000;

export class Page {
  #lostSince = null;
  #spoken = null;
  #unread = 0;
  #seenSeq = null;

  draw(store, { isSeen }) {
    const { shopName } = store.config;
    byId("shop-name").textContent = shopName;
    byId("presence").textContent = this.#presence(store);
    this.#drawHandoff(store.handoff);
    this.#drawNotice(store);
    this.#speakState(store);
    for (const id of ["new-conversation", "person"]) byId(id).disabled = false;
    byId("person").hidden = store.handoff.active;
    this.#count(store, isSeen);
    document.title = this.#unread > 0 ? `(${this.#unread}) ${shopName}` : `Chat · ${shopName}`;
  }

  /** How many messages came while nobody saw the chat. */
  get unread() {
    return this.#unread;
  }

  /** Says a sentence to screen readers. */
  speak(sentence) {
    byId("status").textContent = sentence;
  }

  #presence({ handoff, connection }) {
    if (this.#isLost(connection)) return words.reconnecting;
    if (handoff.active) return handoff.agent_name ? words.withPresence(handoff.agent_name) : words.waitingPresence;
    return connection === "connecting" ? words.connecting : words.ready;
  }

  #isLost(connection) {
    if (connection !== "lost") this.#lostSince = null;
    else this.#lostSince ??= Date.now();
    return this.#lostSince !== null;
  }

  #drawHandoff({ active, agent_name: name }) {
    const text = name ? words.withPerson(name) : words.waiting;
    if (byId("handoff-text").textContent !== text) byId("handoff-text").textContent = text;
    byId("handoff").hidden = !active;
  }

  #drawNotice({ notice, connection }) {
    const isLong = this.#lostSince !== null && Date.now() - this.#lostSince > LOST_AFTER_MS;
    const text = notice?.text ?? (connection === "lost" && isLong ? words.retrying : "");
    const node = byId("notice");
    if (node.dataset.text === text) return;
    node.dataset.text = text;
    const own = notice?.isCookie && el("a", { href: "/", target: "_blank", rel: "noopener" }, words.ownWindow);
    node.replaceChildren(text, ...(own ? [" ", own] : []));
    node.hidden = text === "";
  }

  #speakState({ isAnswering, outgoing }) {
    const hasFailed = outgoing.some((message) => !message.isActive);
    const state = hasFailed ? words.notSentStatus : isAnswering ? words.typing : "";
    if (state !== this.#spoken) this.speak(state);
    this.#spoken = state;
  }

  #count(store, isSeen) {
    if (isSeen || this.#seenSeq === null || this.#seenSeq > store.lastSeq) this.#seenSeq = store.lastSeq;
    const others = store.items.filter(({ seq, author }) => seq > this.#seenSeq && author !== "shopper");
    this.#unread = others.length;
  }
}
