/** Buttons that the bot offered. */

import { el, unseen } from "./dom.js";
import { icon } from "./icons.js";
import { words } from "./words.js";

/** Quick replies under a bubble; once the shopper has gone on they can't be pressed, and the chosen one shows. */
export function quickReplies(buttons, { isOver, chosen, actions }) {
  const rows = buttons.map((button) => {
    const isChosen = button.title === chosen;
    return el("li", {}, quickReply(button, { isOver, isChosen, actions }));
  });
  const silent = isOver && "off"; // changed, not new: nothing to announce
  return el("ul", { class: "quick-replies", "aria-label": words.suggestions, "aria-live": silent }, ...rows);
}

/** The buttons of a card stay: one may come back to a product. */
export function cardButtons(buttons, { title, actions }) {
  const all = buttons.map((button) => {
    const click = () => actions.press(button);
    const name = `${button.title}: ${title}`;
    return el("button", { type: "button", class: "card-button", "aria-label": name, on: { click } }, button.title);
  });
  return el("div", { class: "card-buttons" }, ...all);
}

function quickReply(button, { isOver, isChosen, actions }) {
  const click = (event) => {
    actions.press(button);
    if (event.detail === 0) actions.focusComposer(); // by keyboard: this button is about to be disabled
  };
  const mark = isChosen ? [icon("check"), unseen(words.chosen)] : [];
  const name = isChosen ? "quick-reply chosen" : "quick-reply";
  const title = el("span", { dir: "auto" }, button.title);
  return el("button", { type: "button", class: name, disabled: isOver, on: { click } }, title, ...mark);
}
