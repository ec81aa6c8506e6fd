/** One entry of the conversation: what the gateway stored, or a message of ours that is on its way. */

import { quickReplies } from "./buttons.js";
import { card } from "./card.js";
import { el, unseen } from "./dom.js";
import { icon } from "./icons.js";
import { link } from "./inline.js";
import { markdown, plain } from "./markdown.js";
import { photo } from "./photo.js";
import { words } from "./words.js";

/** `view`: see render.js. */
export function storedBubble(item, view) {
  const isBot = item.author === "bot" || item.author === "system";
  const said = item.text ? (isBot ? markdown(item.text) : plain(item.text)) : [];
  return entry(
    item.author,
    view,
    speaker(item, view),
    bubble(said, item.image_url),
    item.cards.length > 0 && el("ul", { class: "cards" }, ...item.cards.map((data) => card(data, view))),
    item.source && source(item.source),
    item.buttons.length > 0 && quickReplies(item.buttons, view),
    below(item, view),
  );
}

export function outgoingBubble(message, view) {
  const said = message.shown ? plain(message.shown) : [];
  const name = unseen(`${words.you}: `);
  const state = message.isActive ? sending(message, view) : notSent(message, view.actions);
  return entry("shopper", view, name, bubble(said, message.imageUrl), state);
}

function bubble(said, imageUrl) {
  if (!imageUrl) return said.length > 0 && el("div", { class: "bubble" }, ...said);
  return el("div", { class: `bubble with-photo${said.length > 0 ? "" : " only-photo"}` }, photo(imageUrl), ...said);
}

function entry(author, { isContinued }, ...parts) {
  const silent = author === "shopper" && "off"; // one knows what one wrote
  return el("li", { class: `entry ${author}${isContinued ? " continued" : ""}`, "aria-live": silent }, ...parts);
}

function speaker(item, { isContinued }) {
  const names = { shopper: words.you, bot: words.assistant, agent: item.agent_name ?? words.person, system: words.note };
  const isShown = !isContinued && (item.author === "bot" || item.author === "agent");
  return isShown ? el("p", { class: "speaker" }, names[item.author], unseen(": ")) : unseen(`${names[item.author]}: `);
}

function source({ title, url }) {
  const linked = url ? link(url, [title], { ownPaths: true }) : null;
  return el("p", { class: "source", dir: "auto" }, `${words.source} `, linked ?? title);
}

function below(item, { isLastOfGroup, isRateable, time, actions }) {
  const when = isLastOfGroup && item.author !== "system" && el("time", { datetime: item.at }, time(item.at));
  const thumbs = isRateable && el("span", { class: "thumbs" }, thumb(item, 1, actions), thumb(item, -1, actions));
  return (when || thumbs) && el("div", { class: "below-bubble", "aria-live": "off" }, when, thumbs);
}

function thumb(item, value, actions) {
  const [name, picture] = value === 1 ? [words.helpful, "up"] : [words.notHelpful, "thumb-down"];
  const click = () => item.feedback === value || actions.rate(item.seq, value);
  const state = { "aria-pressed": String(item.feedback === value), "aria-label": name, title: name };
  return el("button", { type: "button", class: "thumb", ...state, on: { click } }, icon(picture));
}

function sending(message, { isSlow }) {
  return el("p", { class: "sending" }, message.state === "sending" && isSlow ? words.sending : "\u00a0");
}

function notSent(message, actions) {
  const again = message.state === "failed" && action(words.tryAgain, () => actions.again(message));
  const edit = message.state === "refused" && (message.text || message.photoId) && action(words.edit, () => actions.edit(message));
  const remove = action(words.remove, () => actions.discard(message));
  const why = el("span", {}, `${words.notSent} ${message.error}`);
  return el("div", { class: "not-sent" }, el("p", {}, icon("alert"), why), el("div", {}, again, edit, remove));
}

const action = (name, click) => el("button", { type: "button", class: "link", on: { click } }, name);
