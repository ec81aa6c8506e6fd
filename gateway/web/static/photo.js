/** A shopper's photo in the conversation. */

import { el } from "./dom.js";
import { words } from "./words.js";

export function photo(url) {
  const image = el("img", { class: "photo-sent", src: url, alt: words.photo });
  image.addEventListener("error", () => image.replaceWith(el("p", { class: "photo-gone" }, words.photoGone)));
  return image;
}
