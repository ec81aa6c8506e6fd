/** Light markdown as DOM nodes: paragraphs, line breaks, lists, headings, code blocks. Never innerHTML. */

import { el } from "./dom.js";
import { addresses, inline } from "./inline.js";

const BULLET = /^\s{0,3}[-*+]\s+(.*)$/;
const NUMBER = /^\s{0,3}(\d{1,4})[.)]\s+(.*)$/;
const HEADING = /^#{1,6}\s+(.*)$/;
const FENCE = /^```/;

/** The blocks of what the bot says. */
export function markdown(text) {
  const lines = text.split("\n");
  const blocks = [];
  while (lines.length > 0) blocks.push(take(lines));
  return blocks.filter((block) => block !== null);
}

/** The paragraphs of what a person typed: nothing but line breaks and web addresses. */
export function plain(text) {
  return text.split(/\n{2,}/).map((part) => paragraph(part.split("\n"), addresses));
}

function take(lines) {
  const first = lines[0];
  if (first.trim() === "") return skip(lines);
  if (FENCE.test(first)) return codeBlock(lines);
  if (HEADING.test(first)) return el("p", { dir: "auto" }, el("strong", {}, ...inline(HEADING.exec(lines.shift())[1])));
  if (BULLET.test(first)) return list("ul", BULLET, 1, lines);
  if (NUMBER.test(first)) return list("ol", NUMBER, 2, lines, Number(NUMBER.exec(first)[1]));
  return paragraph(takeWhile(lines, isText), inline);
}

function codeBlock(lines) {
  lines.shift();
  const code = takeWhile(lines, (line) => !FENCE.test(line));
  lines.shift();
  return el("pre", { tabindex: "0", dir: "ltr" }, el("code", {}, code.join("\n")));
}

function list(tag, pattern, group, lines, start = 1) {
  const rows = takeWhile(lines, (line) => pattern.test(line)).map((line) => pattern.exec(line)[group]);
  const attributes = start === 1 ? {} : { start };
  return el(tag, attributes, ...rows.map((row) => el("li", { dir: "auto" }, ...inline(row))));
}

function paragraph(lines, inner) {
  const parts = lines.flatMap((line, index) => (index === 0 ? inner(line) : [el("br"), ...inner(line)]));
  return el("p", { dir: "auto" }, ...parts);
}

const isText = (line) =>
  line.trim() !== "" && ![FENCE, HEADING, BULLET, NUMBER].some((pattern) => pattern.test(line));

function takeWhile(lines, fits) {
  const end = lines.findIndex((line) => !fits(line));
  return lines.splice(0, end === -1 ? lines.length : end);
}

function skip(lines) {
  lines.shift();
  return null;
}
