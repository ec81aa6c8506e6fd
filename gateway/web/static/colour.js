/** The shop's own colour, kept readable in light and dark (WCAG 2.2, relative luminance and contrast). */

const LIGHT_SURFACE = [255, 255, 255];
const DARK_SURFACE = [38, 46, 49];
const INK = [13, 20, 18];
const WHITE = [255, 255, 255];
const READABLE = 4.6;

/** Uses `#rrggbb` or `#rgb` as the accent; anything else is ignored. */
export function useAccent(text) {
  const colour = parse(text);
  if (colour === null) return;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => paint(colour, dark.matches);
  dark.addEventListener("change", apply);
  apply();
}

function paint(colour, isDark) {
  const surface = isDark ? DARK_SURFACE : LIGHT_SURFACE;
  const target = isDark ? WHITE : [0, 0, 0];
  const readable = mixUntil(colour, target, (mixed) => contrast(mixed, surface) >= READABLE);
  const onAccent = contrast(readable, WHITE) >= READABLE ? WHITE : INK;
  const style = document.documentElement.style;
  style.setProperty("--accent", css(readable));
  style.setProperty("--accent-text", css(readable));
  style.setProperty("--on-accent", css(onAccent));
}

function parse(text) {
  const short = /^#([0-9a-f])([0-9a-f])([0-9a-f])$/i.exec(text ?? "");
  const long = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(text ?? "");
  if (short) return short.slice(1).map((digit) => parseInt(digit + digit, 16));
  return long ? long.slice(1).map((pair) => parseInt(pair, 16)) : null;
}

function mixUntil(colour, target, isEnough) {
  for (let share = 0; share < 1; share += 0.05) {
    const mixed = colour.map((value, index) => Math.round(value + (target[index] - value) * share));
    if (isEnough(mixed)) return mixed;
  }
  return target;
}

function contrast(one, other) {
  const [high, low] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}

function luminance(colour) {
  const [red, green, blue] = colour.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

const css = (colour) => `rgb(${colour.join(" ")})`;
