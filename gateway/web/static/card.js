/** A product or an order. Its texts are plain. */

import { cardButtons } from "./buttons.js";
import { el } from "./dom.js";
import { icon } from "./icons.js";
import { link, safeAddress } from "./inline.js";

export function card(data, { actions }) {
  const kind = data.kind === "order" ? "order" : "product";
  const head = el(
    "div",
    { class: "card-head" },
    el("h2", { class: "card-title", dir: "auto" }, (data.url && link(data.url, [data.title])) ?? data.title),
    data.subtitle && el("p", { class: "card-subtitle", dir: "auto" }, data.subtitle),
    data.badge && el("p", { class: "badge" }, data.badge),
  );
  return el(
    "li",
    { class: `card card-${kind}` },
    picture(data.image_url, kind),
    head,
    data.fields.length > 0 && fields(data.fields),
    data.buttons.length > 0 && cardButtons(data.buttons, { title: data.title, actions }),
  );
}

function fields(rows) {
  const pairs = rows.map(({ label, value }) =>
    el("div", {}, el("dt", { dir: "auto" }, label), el("dd", { dir: "auto" }, value)),
  );
  return el("dl", { class: "card-fields" }, ...pairs);
}

function picture(url, kind) {
  const frame = el("div", { class: "card-picture", "aria-hidden": "true" });
  const address = url && safeAddress(url, { ownPaths: true });
  if (!address || address.startsWith("mailto:")) {
    frame.append(icon(kind));
    return frame;
  }
  const image = el("img", { src: address, alt: "", loading: "lazy", decoding: "async", referrerpolicy: "no-referrer" });
  image.addEventListener("error", () => image.replaceWith(icon(kind)));
  frame.append(image);
  return frame;
}
