/** Line icons, drawn by ourselves on a grid of 24. */

const SVG = "http://www.w3.org/2000/svg";

const PATHS = {
  chat: ["M5 5h14a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-7l-5 4v-4H5a2 2 0 0 1-2-2V7a2 2 0 0 1 2-2z"],
  restart: ["M19 12a7 7 0 1 1-2.2-5.1", "M17.5 3v4.2h-4.2"],
  close: ["M6 6l12 12", "M18 6L6 18"],
  send: ["M12 19V5", "M6 11l6-6 6 6"],
  paperclip: ["M19.5 11.5l-7.8 7.8a4.6 4.6 0 0 1-6.5-6.5l8.2-8.2a3.1 3.1 0 0 1 4.4 4.4l-8.2 8.2a1.5 1.5 0 0 1-2.2-2.2l7.4-7.4"],
  down: ["M12 5v14", "M6 13l6 6 6-6"],
  person: ["M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8z", "M4.5 20a7.5 7.5 0 0 1 15 0"],
  up: ["M7 11v9H4v-9z", "M7 11l4-8a2.5 2.5 0 0 1 2.5 2.5V9h5a2 2 0 0 1 2 2.3l-1.2 7a2 2 0 0 1-2 1.7H7"],
  alert: ["M12 4l9 16H3z", "M12 10v4", "M12 17v.2"],
  check: ["M5 12.5l4.5 4.5L19 7.5"],
  product: ["M6 8h12l1 12H5z", "M9 8V7a3 3 0 0 1 6 0v1"],
  order: ["M4 8l8-4 8 4v8l-8 4-8-4z", "M4 8l8 4 8-4", "M12 12v8"],
};

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  const shape = name === "thumb-down" ? "up" : name;
  for (const [key, value] of [["viewBox", "0 0 24 24"], ["aria-hidden", "true"], ["class", `icon icon-${name}`]]) {
    svg.setAttribute(key, value);
  }
  for (const d of PATHS[shape]) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", d);
    svg.append(path);
  }
  return svg;
}

/** Puts the icons into the elements of the page that name one. */
export function placeIcons() {
  for (const node of document.querySelectorAll("[data-icon]")) node.prepend(icon(node.dataset.icon));
}
