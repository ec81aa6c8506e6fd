/**
 * Shopclerk's launcher for a shop's page:
 *   <script src="https://chat.example/widget.js" async data-color="#0f6b5c" data-position="right"></script>
 *
 * Attributes, all optional: data-color (#rgb or #rrggbb), data-position (right or left), data-label (the
 * launcher's name), data-open (open at once), data-shop-token (the signed token of the shop's login).
 * The page may also call Shopclerk.open(), .close(), .setShopToken(token) and, at log-out, .restart().
 */
(() => {
  "use strict";
  if (window.Shopclerk) return;

  const script = document.currentScript ?? document.querySelector('script[src$="/widget.js"]');
  const options = { ...script.dataset };
  const origin = new URL(script.src).origin;
  const colour = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.test(options.color ?? "") ? options.color : "#0f6b5c";
  const side = options.position === "left" ? "left" : "right";
  const PATIENCE_MS = 8000;
  const SMALL = "(max-width: 480px), (max-height: 480px)"; // the open chat covers the page
  const REMEMBER = "shopclerk-open"; // that the panel is open, for the next page of this tab; nothing else is kept

  const CSS = `
    :host { all: initial; }
    * { box-sizing: border-box; }
    .launcher, .panel { position: fixed; ${side}: 20px; z-index: 2147483000; }
    .launcher { bottom: 20px; width: 60px; height: 60px; padding: 0; border: 0; border-radius: 50%; cursor: pointer;
      z-index: 2147483001; background: ${colour}; color: ${inkOn(colour)}; display: grid; place-items: center;
      box-shadow: 0 2px 6px rgb(0 0 0 / .2), 0 8px 28px rgb(0 0 0 / .22); }
    .launcher:focus-visible { outline: 3px solid ${colour}; outline-offset: 3px; box-shadow: 0 0 0 3px #fff; }
    .launcher svg { width: 28px; height: 28px; fill: none; stroke: currentColor; stroke-width: 1.8;
      stroke-linecap: round; stroke-linejoin: round; }
    .launcher[aria-expanded="true"] .shut, .launcher[aria-expanded="false"] .opened { display: none; }
    .unread { position: absolute; top: -4px; right: -4px; min-width: 24px; height: 24px; padding: 0 6px; border-radius: 12px;
      background: #a3271b; color: #fff; font: 600 14px/24px system-ui, sans-serif; text-align: center; }
    .panel { bottom: 94px; width: 400px; height: min(660px, calc(100vh - 114px)); max-width: calc(100vw - 40px);
      border-radius: 20px; overflow: hidden; background: Canvas; border: 1px solid rgb(128 128 128 / .28);
      box-shadow: 0 4px 12px rgb(0 0 0 / .12), 0 16px 56px rgb(0 0 0 / .24); }
    .panel iframe { display: block; width: 100%; height: 100%; border: 0; color-scheme: light dark; }
    .apology { margin: 0; padding: 24px; font: 16px/1.5 system-ui, sans-serif; color: CanvasText; }
    .apology a { color: LinkText; }
    [hidden] { display: none !important; }
    @media ${SMALL} {
      .panel { inset: 0; width: 100%; height: 100%; height: 100dvh; max-width: none; border: 0; border-radius: 0; }
      .launcher.replaced[aria-expanded="true"] { display: none; }
    }
    @media (prefers-reduced-motion: no-preference) {
      .panel { animation: rise .2s ease-out; }
      .launcher { transition: transform .15s; }
      .launcher:hover { transform: scale(1.06); }
      @keyframes rise { from { opacity: 0; transform: translateY(12px); } }
    }
    @media print { .launcher, .panel { display: none; } }
  `;

  /** White, or near-black where white could not be read (WCAG relative luminance). */
  function inkOn(hex) {
    const full = hex.length === 4 ? hex.replace(/[0-9a-f]/gi, "$&$&") : hex;
    const [red, green, blue] = [1, 3, 5].map((at) => {
      const part = parseInt(full.slice(at, at + 2), 16) / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.25 ? "#0d1412" : "#fff";
  }

  function make(tag, attributes, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...children);
    return node;
  }

  function drawing(name, ...paths) {
    const space = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(space, "svg");
    for (const [key, value] of [["viewBox", "0 0 24 24"], ["class", name], ["aria-hidden", "true"]]) svg.setAttribute(key, value);
    for (const d of paths) {
      const path = document.createElementNS(space, "path");
      path.setAttribute("d", d);
      svg.append(path);
    }
    return svg;
  }

  /** Says whether the panel is open to the next page of this tab. Storage may be forbidden: then it isn't. */
  function remember(isOpen) {
    try {
      sessionStorage.setItem(REMEMBER, String(isOpen));
    } catch {}
  }

  function remembered() {
    try {
      return sessionStorage.getItem(REMEMBER);
    } catch {
      return null;
    }
  }

  const label = options.label || "Chat with us";
  const badge = make("span", { class: "unread", "aria-hidden": "true", hidden: "" });
  const shut = drawing("shut", "M5 5h14a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-7l-5 4v-4H5a2 2 0 0 1-2-2V7a2 2 0 0 1 2-2z");
  const opened = drawing("opened", "M6 9l6 6 6-6");
  const launcher = make("button", { type: "button", class: "launcher", "aria-expanded": "false" }, shut, opened, badge);
  const panel = make("div", { class: "panel", role: "dialog", "aria-label": label, hidden: "" });
  const host = document.createElement("shopclerk-chat");
  let frame = null;
  let shopToken = options.shopToken || null;
  let unread = 0;
  let wantsFocus = false;
  let isReady = false; // whether the frame's page listens
  let mustRestart = false; // asked for before it did

  const isOpen = () => !panel.hidden;

  function tell(kind, values = {}) {
    if (isReady && frame.isConnected) frame.contentWindow.postMessage({ from: "shopclerk-widget", kind, ...values }, origin);
  }

  /** The chat's page: loaded when it is first needed, and again if it was away then. */
  function load() {
    if (frame?.isConnected) return;
    panel.replaceChildren();
    frame = make("iframe", { src: `${origin}/`, title: label, allow: "clipboard-write" });
    panel.append(frame);
    setTimeout(() => isReady || panel.replaceChildren(apology()), PATIENCE_MS);
  }

  /** For a page that may not frame the chat, or a chat that is away. */
  function apology() {
    const link = make("a", { href: `${origin}/`, target: "_blank", rel: "noopener" }, "Open it in its own window");
    return make("p", { class: "apology", role: "alert" }, "The chat could not be shown here. ", link);
  }

  function name() {
    const news = unread === 0 ? "" : `, ${unread} new ${unread === 1 ? "message" : "messages"}`;
    launcher.setAttribute("aria-label", isOpen() ? `Close: ${label}` : label + news);
    launcher.setAttribute("aria-expanded", String(isOpen()));
    badge.textContent = unread > 9 ? "9+" : String(unread);
    badge.hidden = unread === 0 || isOpen();
  }

  function open({ moveFocus = true } = {}) {
    wantsFocus = moveFocus;
    load();
    panel.hidden = false;
    remember(true);
    name();
    tell("shown", { moveFocus });
    if (moveFocus) (frame.isConnected ? frame : panel.querySelector("a")).focus();
  }

  function close() {
    if (!isOpen()) return;
    panel.hidden = true;
    remember(false);
    name();
    tell("hidden");
    launcher.focus();
  }

  const heard = {
    ready: () => {
      isReady = true;
      launcher.classList.add("replaced"); // by the page's own button: until then this one closes the panel
      tell("hello", { shopToken, colour: options.color ? colour : null, isOpen: isOpen(), wantsFocus });
      if (mustRestart) tell("restart");
      mustRestart = false;
    },
    close,
    unread: ({ count }) => {
      unread = Number(count) || 0;
      name();
    },
  };

  function listen() {
    launcher.addEventListener("click", () => (isOpen() ? close() : open()));
    panel.addEventListener("keydown", (event) => event.key === "Escape" && close());
    window.addEventListener("message", ({ source, origin: sender, data }) => {
      if (sender !== origin || source !== frame?.contentWindow || data?.from !== "shopclerk-chat") return;
      if (Object.hasOwn(heard, data.kind)) heard[data.kind](data);
    });
  }

  function start() {
    const root = host.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(CSS);
    root.adoptedStyleSheets = [sheet];
    root.append(launcher, panel);
    document.body.append(host);
    listen();
    name();
    const before = remembered();
    if (!matchMedia(SMALL).matches && (before === "true" || (before === null && "open" in options))) open({ moveFocus: false });
    else if (before !== null) load(); // used before in this tab: shows the number of new messages
  }

  window.Shopclerk = Object.freeze({
    open,
    close,
    setShopToken(token) {
      shopToken = token || null;
      tell("token", { shopToken });
    },
    /** Also where this page has not shown the chat: another page of the shop may have. */
    restart() {
      shopToken = null;
      mustRestart = !isReady;
      load();
      tell("restart");
    },
  });

  if (document.body) start();
  else document.addEventListener("DOMContentLoaded", start);
})();
