/** Makes elements. Text only ever becomes a text node: nothing in this page parses HTML. */

/** `el("p", {class: "x", on: {click}}, "text", node)`; attributes that are null or false are left out. */
export function el(tag, { on = {}, ...attributes } = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  for (const [name, listener] of Object.entries(on)) node.addEventListener(name, listener);
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** Text for screen readers only. */
export const unseen = (text) => el("span", { class: "sr" }, text);

export const byId = (id) => document.getElementById(id);
