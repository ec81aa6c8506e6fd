// Draws a message and lets a reviewer mark entities in it. The state is a list of {start, end, entity};
// offsets count code points, as Python does, and ends are exclusive.

const OTHER_COLOUR = "#dde4ec";
let lastChoice = null; // the entity marked last is likely to be the next

const points = (text) => Array.from(text);

export default function ({ data, parentElement, setStateValue }) {
  const previous = parentElement.spanMarker;
  if (previous && previous.text === data.text) return previous.dispose;
  if (previous) previous.dispose();
  const marker = new Marker(data, parentElement, (spans) => setStateValue("spans", spans));
  parentElement.spanMarker = marker;
  return marker.dispose;
}

class Marker {
  constructor(data, parent, changed) {
    this.text = data.text;
    this.chars = points(data.text);
    this.entities = data.entities;
    this.spans = data.spans.map((span) => ({ ...span }));
    this.changed = changed;
    this.words = words(this.chars);
    this.cursor = { from: 0, to: 0 };
    this.byMouse = false;
    this.colour = new Map(data.entities.map((entity) => [entity.name, entity.colour]));
    this.root = element("div", "span-marker");
    this.build(data.usual);
    parent.appendChild(this.root);
    this.onRelease = () => this.markSelection();
    document.addEventListener("mouseup", this.onRelease);
    this.dispose = () => {
      document.removeEventListener("mouseup", this.onRelease);
      this.root.remove();
      delete parent.spanMarker;
    };
    this.draw();
  }

  build(usual) {
    const bar = element("label", "span-marker-bar", "Mark as ");
    this.choice = element("select", "span-marker-choice");
    for (const entity of this.entities) {
      const option = element("option", "", entity.hint ? `${entity.title} – ${entity.hint}` : entity.title);
      option.value = entity.name;
      this.choice.appendChild(option);
    }
    this.choice.value = this.entities.some((entity) => entity.name === lastChoice) ? lastChoice : usual;
    bar.appendChild(this.choice);
    this.message = element("div", "span-marker-text");
    this.message.tabIndex = 0;
    this.message.setAttribute("role", "application");
    this.message.setAttribute("aria-label", "Message. Arrow keys choose words, Shift extends, Enter marks, Delete removes.");
    this.message.addEventListener("keydown", (event) => this.onKey(event));
    // Drawing would end a selection that begins: only the keyboard shows its cursor.
    this.message.addEventListener("mousedown", () => { this.byMouse = true; });
    this.message.addEventListener("focus", () => { if (!this.byMouse) this.draw(); });
    this.message.addEventListener("blur", () => { this.byMouse = false; this.draw(); });
    const help = element("div", "span-marker-help",
      "Choose an entity, then drag over its words. With the keyboard: arrows choose, Shift extends, Enter marks, Delete removes.");
    this.said = element("div", "span-marker-said");
    this.said.setAttribute("aria-live", "polite");
    this.root.append(bar, this.message, help, this.said);
  }

  draw() {
    this.message.replaceChildren();
    const focused = document.activeElement === this.message && !this.byMouse;
    const [from, to] = this.chosen();
    const borders = new Set([0, this.chars.length, ...this.spans.flatMap((span) => [span.start, span.end])]);
    if (focused) borders.add(from).add(to);
    const places = [...borders].sort((a, b) => a - b);
    for (let i = 0; i + 1 < places.length; i += 1) this.drawPiece(places[i], places[i + 1], focused, from, to);
  }

  drawPiece(start, end, focused, from, to) {
    const span = this.spans.find((other) => other.start <= start && end <= other.end);
    const piece = element("span", "span-marker-piece", this.chars.slice(start, end).join(""));
    if (focused && from <= start && end <= to) piece.classList.add("span-marker-cursor");
    if (!span) return void this.message.appendChild(piece);
    piece.style.background = this.colour.get(span.entity) || OTHER_COLOUR;
    piece.classList.add("span-marker-marked");
    this.message.appendChild(piece);
    if (end === span.end) this.message.appendChild(this.tag(span));
  }

  tag(span) {
    const tag = element("button", "span-marker-tag");
    tag.type = "button";
    tag.tabIndex = -1;
    tag.dataset.label = `${this.title(span.entity)} ×`;
    tag.setAttribute("aria-label", `Remove ${this.title(span.entity)} “${this.words_of(span)}”`);
    tag.style.background = this.colour.get(span.entity) || OTHER_COLOUR;
    tag.addEventListener("click", () => this.remove(span.start, span.end));
    return tag;
  }

  markSelection() {
    const selection = window.getSelection();
    if (!selection || selection.isCollapsed || !selection.rangeCount) return;
    const range = selection.getRangeAt(0);
    if (!this.message.contains(range.startContainer) || !this.message.contains(range.endContainer)) return;
    const start = this.offset(range.startContainer, range.startOffset);
    const end = this.offset(range.endContainer, range.endOffset);
    selection.removeAllRanges();
    this.mark(start, end);
  }

  // How many characters of the message stand before a place in the page. Tags hold no text.
  offset(node, place) {
    const before = document.createRange();
    before.selectNodeContents(this.message);
    before.setEnd(node, place);
    return points(before.toString()).length;
  }

  mark(start, end) {
    while (start < end && !this.chars[start].trim()) start += 1;
    while (end > start && !this.chars[end - 1].trim()) end -= 1;
    if (start >= end || !this.choice.value) return;
    lastChoice = this.choice.value;
    const span = { start, end, entity: lastChoice };
    const apart = this.spans.filter((other) => other.end <= start || end <= other.start);
    this.set([...apart, span], `Marked “${this.words_of(span)}” as ${this.title(span.entity)}.`);
  }

  remove(start, end) {
    const apart = this.spans.filter((other) => other.end <= start || end <= other.start);
    if (apart.length !== this.spans.length) this.set(apart, "Removed.");
  }

  set(spans, said) {
    this.spans = spans.sort((a, b) => a.start - b.start);
    this.said.textContent = said;
    this.draw();
    this.changed(this.spans.map((span) => ({ ...span })));
  }

  onKey(event) {
    this.byMouse = false;
    const last = this.words.length - 1;
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step) {
      this.cursor.to = Math.min(last, Math.max(0, this.cursor.to + step));
      if (!event.shiftKey) this.cursor.from = this.cursor.to;
      const [start, end] = this.chosen();
      this.said.textContent = `“${this.chars.slice(start, end).join("")}” chosen.`;
      this.draw();
    } else if (event.key === "Enter") this.mark(...this.chosen());
    else if (event.key === "Delete" || event.key === "Backspace") this.remove(...this.chosen());
    else return;
    event.preventDefault();
  }

  chosen() {
    if (!this.words.length) return [0, 0];
    const [first, last] = [this.cursor.from, this.cursor.to].sort((a, b) => a - b);
    return [this.words[first][0], this.words[last][1]];
  }

  title(name) {
    const entity = this.entities.find((other) => other.name === name);
    return entity ? entity.title : name;
  }

  words_of(span) {
    return this.chars.slice(span.start, span.end).join("");
  }
}

function words(chars) {
  const found = [];
  let start = -1;
  chars.forEach((char, i) => {
    if (char.trim() && start < 0) start = i;
    if (!char.trim() && start >= 0) {
      found.push([start, i]);
      start = -1;
    }
  });
  if (start >= 0) found.push([start, chars.length]);
  return found;
}

function element(name, kind, text = "") {
  const made = document.createElement(name);
  made.className = kind;
  made.textContent = text;
  return made;
}
