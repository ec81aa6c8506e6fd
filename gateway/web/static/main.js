/** Puts the parts together and starts them. */

import { Api } from "./api.js";
import { Attachment } from "./attachment.js";
import { useAccent } from "./colour.js";
import { Composer } from "./composer.js";
import { Conversation } from "./conversation.js";
import { confirmed } from "./dialog.js";
import { byId } from "./dom.js";
import { NoConnection, NoCookie } from "./errors.js";
import { Live } from "./events.js";
import { greetWidget, isFramed, listenToWidget, tellWidget } from "./frame.js";
import { placeIcons } from "./icons.js";
import { Page } from "./page.js";
import { Renderer } from "./render.js";
import { Sender } from "./sender.js";
import { Store } from "./store.js";
import { words } from "./words.js";

const RETRY_MS = 3000;
const REDRAW_MS = 1000;

const store = new Store();
const api = new Api({ onSession });
const sender = new Sender(api, store);
const conversation = new Conversation(api, store, sender);
const live = new Live(api, store);
const page = new Page();
const attachment = new Attachment(api, {
  changed: () => composer.update(),
  done: (sentence) => (store.set({ notice: null }), page.speak(sentence), composer.focus()),
  failed: (error) => (attempt(Promise.reject(error)), composer.focus()),
});
const composer = new Composer({ attachment, onSend: say });
const renderer = new Renderer({
  press: (button) => sender.isUnderWay(button.token) || say(button),
  focusComposer: () => composer.focus(),
  again: (message) => (sender.again(message), composer.focus()),
  discard: (message) => (sender.discard(message), composer.focus()),
  edit,
  rate: (seq, value) => attempt(conversation.rate(seq, value).then(() => page.speak(words.thanks))),
});

let isPanelOpen = true;
let hasStarted = false;
let isRestarting = false;

const isSeen = () => isPanelOpen && !document.hidden;

function onSession(session) {
  store.load(session);
  attachment.maxBytes = store.config.maxPhotoBytes;
  composer.maxLength = store.config.maxLength;
  if (session.isNew && !attachment.isUploading) attachment.clear(); // it belongs to the former conversation
  if (!session.isNew || !hasStarted) return;
  store.set({ notice: isRestarting ? null : { text: words.ended } });
  live.restart();
}

function draw() {
  if (store.config === null) return;
  renderer.draw(store);
  page.draw(store, { isSeen: isSeen() });
  tellWidget("unread", { count: page.unread });
}

function say(message) {
  store.set({ notice: null });
  sender.send(message);
}

function edit(message) {
  sender.discard(message);
  if (message.photoId) attachment.restore(message.photoId);
  composer.restore(message.text ?? "");
}

/** Says in a sentence what went wrong; the next thing that works takes it away. */
async function attempt(work) {
  try {
    await work;
    store.set({ notice: null });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    store.set({ notice: { text: error.message || words.broken, isCookie: error instanceof NoCookie } });
  }
}

async function restart({ asks }) {
  if (asks && !(await confirmed(words.restart))) return;
  isRestarting = true;
  await attempt(conversation.restart());
  isRestarting = false;
  if (asks) composer.focus();
}

async function endHandoff() {
  if (await confirmed(words.endHandoff)) await attempt(conversation.endHandoff());
  composer.focus();
}

function setPanelOpen(isOpen, moveFocus = false) {
  isPanelOpen = isOpen;
  live.setSeen(isSeen());
  if (moveFocus) composer.focus();
  draw();
}

function listen() {
  byId("person").addEventListener("click", () => (conversation.askForPerson(), composer.focus()));
  byId("new-conversation").addEventListener("click", () => restart({ asks: true }));
  byId("end-handoff").addEventListener("click", endHandoff);
  byId("close").addEventListener("click", () => tellWidget("close"));
  document.addEventListener("visibilitychange", () => (live.setSeen(isSeen()), draw()));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && isFramed && !byId("question").open) tellWidget("close");
  });
  store.subscribe(draw);
  setInterval(() => (store.outgoing.length > 0 || store.connection === "lost") && draw(), REDRAW_MS);
}

function listenToShop() {
  byId("close").hidden = !isFramed;
  listenToWidget({
    shown: ({ moveFocus }) => setPanelOpen(true, moveFocus),
    hidden: () => setPanelOpen(false),
    restart: () => {
      api.shopToken = null; // the shopper has logged out
      restart({ asks: false });
    },
    token: ({ shopToken }) => {
      api.shopToken = shopToken;
      attempt(api.open());
    },
  });
}

async function openSession() {
  for (;;) {
    try {
      return await api.open();
    } catch (error) {
      const isAway = error instanceof NoConnection;
      page.speak(error.message);
      showBeforeStart(isAway ? words.retrying : error.message);
      await new Promise((resolve) => setTimeout(resolve, Math.max(RETRY_MS, (error.retryAfterS ?? 0) * 1000)));
    }
  }
}

function showBeforeStart(text) {
  byId("notice").textContent = text;
  byId("notice").hidden = text === "";
}

async function start() {
  placeIcons();
  listen();
  listenToShop();
  const { shopToken = null, colour = null, isOpen = true, wantsFocus = true } = await greetWidget();
  isPanelOpen = isOpen;
  useAccent(colour);
  api.shopToken = shopToken;
  await openSession();
  showBeforeStart("");
  hasStarted = true;
  live.setSeen(isSeen());
  live.start();
  requestAnimationFrame(() => byId("log").setAttribute("aria-live", "polite"));
  if (wantsFocus && (isFramed || matchMedia("(pointer: fine)").matches)) composer.focus();
}

start();
