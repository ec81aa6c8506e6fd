/** Inline markdown as DOM nodes: bold, italic, code, links. What is not understood stays text. */

import { el, unseen } from "./dom.js";
import { words } from "./words.js";

const MAX_DEPTH = 5;
const STARTS = /[\\`*_[h]/g;
const RULES = [
  { at: "\\", pattern: /\\([\\`*_[\]()#+.!>-])/y, make: ([, sign]) => sign },
  { at: "`", pattern: /`([^`\n]+)`/y, make: ([, code]) => el("code", {}, code) },
  { at: "*", pattern: /\*\*(?=\S)([^]*?[^\s*])\*\*/y, make: ([, inner], depth) => wrap("strong", inner, depth) },
  { at: "_", pattern: /__(?=\S)([^]*?[^\s_])__(?!\w)/y, make: ([, inner], depth) => wrap("strong", inner, depth), word: true },
  { at: "*", pattern: /\*(?=[^\s*])([^*\n]*[^\s*])\*(?!\w)/y, make: ([, inner], depth) => wrap("em", inner, depth), word: true },
  { at: "_", pattern: /_(?=[^\s_])([^_\n]*[^\s_])_(?!\w)/y, make: ([, inner], depth) => wrap("em", inner, depth), word: true },
  {
    at: "[",
    pattern: /\[([^[\]\n]{1,300})\]\(([^\s()]{1,1500}(?:\([^\s()]{0,200}\)[^\s()]{0,200})?)\)/y,
    make: ([all, text, url], depth) => link(url, inline(text, depth + 1)) ?? all,
  },
];
const ADDRESS = { at: "h", pattern: /https?:\/\/[^\s<>"'`*]*[^\s<>"'`*.,;:!?)\]]/y, make: ([url]) => link(url, [url]) ?? url, word: true };

/** Nodes and strings for `text`. */
export function inline(text, depth = 0, rules = [...RULES, ADDRESS]) {
  if (depth > MAX_DEPTH) return [text];
  const found = [];
  let done = 0;
  let from = 0;
  for (;;) {
    STARTS.lastIndex = from;
    const start = STARTS.exec(text);
    if (start === null) break;
    const hit = match(text, start.index, rules);
    from = start.index + (hit ? hit.match[0].length : 1);
    if (!hit) continue;
    found.push(text.slice(done, start.index), hit.rule.make(hit.match, depth));
    done = from;
  }
  return [...found, text.slice(done)].filter((part) => part !== "");
}

/** Only web addresses become links: for what people typed. */
export const addresses = (text) => inline(text, 0, [ADDRESS]);

/** An address we link to, or null: http, https and mailto; a path of our own only where `ownPaths`. */
export function safeAddress(url, { ownPaths = false } = {}) {
  const isOwn = ownPaths && /^\/(?![/\\])/.test(url);
  try {
    const parsed = new URL(url, isOwn ? location.origin : undefined);
    return ["http:", "https:", "mailto:"].includes(parsed.protocol) ? parsed.href : null;
  } catch {
    return null;
  }
}

/** A link that leaves this page alone, or null if its address is not safe. */
export function link(url, children, options) {
  const href = safeAddress(url, options);
  if (href === null) return null;
  if (href.startsWith("mailto:")) return el("a", { href }, ...children);
  return el("a", { href, target: "_blank", rel: "noopener noreferrer" }, ...children, unseen(` ${words.newTab}`));
}

function match(text, index, rules) {
  const isInWord = index > 0 && /[\p{L}\p{N}_]/u.test(text[index - 1]);
  for (const rule of rules) {
    if (rule.at !== text[index] || (rule.word && isInWord)) continue;
    rule.pattern.lastIndex = index;
    const found = rule.pattern.exec(text);
    if (found) return { rule, match: found };
  }
  return null;
}

const wrap = (tag, inner, depth) => el(tag, {}, ...inline(inner, depth + 1));
