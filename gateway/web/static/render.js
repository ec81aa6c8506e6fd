/** Draws the conversation: one list entry for each item, kept as long as it looks the same. */

import { outgoingBubble, storedBubble } from "./bubble.js";
import { byId } from "./dom.js";

const NEAR_END_PX = 80;
const SLOW_MS = 500;

export class Renderer {
  #list = byId("items");
  #log = byId("log");
  #typing = byId("typing");
  #newer = byId("newer");
  #drawn = new Map();
  #actions;

  constructor(actions) {
    this.#actions = actions;
    this.#newer.addEventListener("click", () => (this.scrollToEnd(), this.#log.focus())); // the button is hidden now
    this.#log.addEventListener("scroll", () => this.#isNearEnd() && (this.#newer.hidden = true), { passive: true });
    new ResizeObserver(() => this.#wasNearEnd && this.scrollToEnd()).observe(this.#log);
  }

  #wasNearEnd = true;

  /** Draws what changed and stays at the end, if that is where the shopper was. */
  draw(store) {
    const wasNearEnd = this.#isNearEnd();
    const before = this.#drawn.size;
    const entries = entriesOf(store);
    this.#reconcile(entries, store);
    this.#typing.hidden = !store.isAnswering;
    if (wasNearEnd || entries.at(-1)?.isNewOwn) this.scrollToEnd();
    else if (this.#drawn.size > before) this.#newer.hidden = false;
  }

  scrollToEnd() {
    this.#log.scrollTop = this.#log.scrollHeight;
    document.scrollingElement.scrollTop = document.scrollingElement.scrollHeight; // where there is little height
    this.#newer.hidden = true;
    this.#wasNearEnd = true;
  }

  #reconcile(entries, store) {
    const kept = new Set(entries.map(({ key }) => key));
    for (const [key, { node }] of this.#drawn) {
      if (kept.has(key)) continue;
      node.remove();
      this.#drawn.delete(key);
    }
    const time = clock(store.config.locale);
    entries.forEach((entry, index) => this.#place({ ...entry, view: { ...entry.view, time, actions: this.#actions } }, index));
  }

  #place({ key, look, make, view }, index) {
    const known = this.#drawn.get(key);
    const node = known?.node ?? make(view);
    if (known && known.look !== look) patch(node, make(view));
    if (this.#list.children[index] !== node) this.#list.insertBefore(node, this.#list.children[index] ?? null);
    this.#drawn.set(key, { node, look });
  }

  #isNearEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.#log;
    this.#wasNearEnd = scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
    return this.#wasNearEnd;
  }
}

function entriesOf(store) {
  const items = store.items;
  const hasOutgoing = store.outgoing.length > 0;
  const isGoingOn = store.outgoing.some((message) => message.isActive);
  const stored = items.map((item, index) => storedEntry(item, index, { items, hasOutgoing, isGoingOn }));
  const last = items.at(-1);
  const outgoing = store.outgoing.map((message, index) => outgoingEntry(message, index === 0 ? last : { author: "shopper" }));
  return [...stored, ...outgoing];
}

function storedEntry(item, index, { items, hasOutgoing, isGoingOn }) {
  const [previous, next] = [items[index - 1], items[index + 1]];
  const answer = item.buttons.length > 0 ? items.find(({ seq, author }) => seq > item.seq && author === "shopper") : null;
  const view = {
    isContinued: isSameSpeaker(previous, item),
    isLastOfGroup: !isSameSpeaker(item, next ?? (hasOutgoing ? { author: "shopper", at: item.at } : null)),
    isRateable: isRateable(item, next),
    isOver: Boolean(answer) || (item.buttons.length > 0 && isGoingOn),
    chosen: answer?.text ?? null,
  };
  const key = item.author === "shopper" && item.message_id ? `mine ${item.message_id}` : `item ${item.seq}`;
  return { key, look: JSON.stringify([item.id, item.feedback, view]), make: (whole) => storedBubble(item, whole), view };
}

function outgoingEntry(message, previous) {
  const isSlow = message.attempts > 0 || Date.now() - message.at > SLOW_MS;
  const view = { isContinued: previous?.author === "shopper", isSlow };
  const look = JSON.stringify([message.state, message.error, view]);
  const isNewOwn = message.state === "sending" && message.attempts === 0;
  return { key: `mine ${message.id}`, look, make: (whole) => outgoingBubble(message, whole), view, isNewOwn };
}

/** Thumbs stand once, under the last bubble of an answer. */
function isRateable(item, next) {
  if (item.author !== "bot" || item.message_id === null) return false;
  const isLastOfAnswer = next?.message_id !== item.message_id || next?.author !== "bot";
  return isLastOfAnswer || item.feedback !== null;
}

/** Bubbles of one speaker within two minutes stand together. */
function isSameSpeaker(one, other) {
  if (!one || !other || one.author !== other.author || one.agent_name !== (other.agent_name ?? null)) return false;
  return Math.abs(new Date(other.at) - new Date(one.at)) < 120000;
}

/** Gives `node` the parts of `fresh` that differ: what stays the same is not read out again. */
function patch(node, fresh) {
  node.className = fresh.className;
  const wanted = [...fresh.children];
  const names = wanted.map(({ classList }) => classList[0]);
  for (const part of [...node.children]) if (!names.includes(part.classList[0])) part.remove();
  wanted.forEach((part, index) => {
    const old = node.children[index];
    if (old?.classList[0] !== part.classList[0]) node.insertBefore(part, old ?? null);
    else if (!old.isEqualNode(part)) swap(old, part);
  });
}

/** Puts `fresh` where `old` is, with the focus on the button that had it. */
function swap(old, fresh) {
  const index = [...old.querySelectorAll("button, a")].indexOf(document.activeElement);
  old.replaceWith(fresh);
  if (index >= 0) fresh.querySelectorAll("button, a")[index]?.focus();
}

function clock(locale) {
  const options = { hour: "numeric", minute: "2-digit" };
  const today = new Date().toDateString();
  return (at) => {
    const when = new Date(at);
    const day = when.toDateString() === today ? {} : { day: "numeric", month: "short" };
    return when.toLocaleString(locale, { ...options, ...day });
  };
}
