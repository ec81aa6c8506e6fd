/**
 * The widget's side of the page: what the shop's page tells us, and what we tell it.
 * Our frame-ancestors policy lets only the shop's own pages be `window.parent`, so its messages are trusted.
 */

const PATIENCE_MS = 1000;

export const isFramed = window.parent !== window;

/** Tells the widget something harmless; it is the only one that listens. */
export function tellWidget(kind, values = {}) {
  if (isFramed) window.parent.postMessage({ from: "shopclerk-chat", kind, ...values }, "*");
}

/** Calls the handler that is named like the message: `hello`, `shown`, `hidden`, `token`, `restart`. */
export function listenToWidget(handlers) {
  window.addEventListener("message", ({ source, data }) => {
    if (source !== window.parent || data?.from !== "shopclerk-widget") return;
    if (Object.hasOwn(handlers, data.kind)) handlers[data.kind](data);
  });
}

/** What the widget knows (`shopToken`, `colour`); nothing where there is no widget. */
export function greetWidget() {
  if (!isFramed) return Promise.resolve({});
  return new Promise((resolve) => {
    setTimeout(() => resolve({}), PATIENCE_MS);
    listenToWidget({ hello: resolve });
    tellWidget("ready");
  });
}
