// A grid of many thumbnails on one canvas: only what is seen is fetched and drawn, as raw pixels.
//
// const grid = new Grid(place, { address, side, height, channels, label, describe, mark, open, key, moved })
//   address     gives the pixels of rows: `${address}?rows=3,7-9`
//   describe    (row) => what is said of an image to those who do not see it
//   mark        (row) => { text, short, tone, corner } drawn on it; tone "label", "guess" or "doubt"
//   open        (row) => Enter or a double click
//   key         (event) => true where a key was meant for the page
//   moved       () => the focus or the selection changed
// grid.show(rows) sets which images there are, in order, grid.reorder(rows) does so below what is seen; grid.chosen()
// gives those that a key is for.

const GAP = 6, STRIP = 18, KEPT = 6000, AT_ONCE = 240;

export class Grid {
  constructor(place, options) {
    Object.assign(this, { describe: (row) => `Image ${row + 1}`, mark: () => null, open() {}, key: () => false, moved() {}, ...options });
    this.rows = new Int32Array(0);
    this.at = 0;
    this.anchor = 0;
    this.selected = new Set();
    this.images = new Map();
    this.asked = new Set();
    this.tile = 80;
    this.build(place);
    new ResizeObserver(() => this.lay()).observe(this.box);
    this.box.addEventListener("scroll", () => this.soon(), { passive: true });
    this.box.addEventListener("keydown", (event) => this.pressed(event));
    this.box.addEventListener("click", (event) => this.clicked(event));
    this.box.addEventListener("dblclick", () => this.rows.length && this.open(this.row()));
    this.box.addEventListener("focus", () => { this.say(); this.soon(); });
    this.box.addEventListener("blur", () => this.soon());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.colour());
    this.colour();
  }

  build(place) {
    place.grid = this; // for those who measure
    const make = (name, parent, values = {}) => {
      const made = Object.assign(document.createElement(name), values);
      parent.append(made);
      return made;
    };
    this.box = make("div", place, { className: "thumbs", tabIndex: 0 });
    const id = place.id || "thumbs";
    for (const [name, value] of [["role", "grid"], ["aria-label", this.label || "Images"], ["aria-multiselectable", "true"], ["aria-activedescendant", `${id}-cell`]]) this.box.setAttribute(name, value);
    this.space = make("div", this.box, { className: "thumbs-space" });
    this.space.setAttribute("role", "presentation");
    this.canvas = make("canvas", this.space);
    this.canvas.setAttribute("aria-hidden", "true");
    this.line = make("div", this.box, { className: "sr" });
    this.line.setAttribute("role", "row");
    this.cell = make("div", this.line, { id: `${id}-cell` });
    this.cell.setAttribute("role", "gridcell");
    this.live = make("div", place, { className: "sr" });
    this.live.setAttribute("aria-live", "polite");
  }

  colour() {
    const style = getComputedStyle(document.documentElement);
    this.ink = Object.fromEntries(["ink", "pale", "paper", "surface", "line", "accent", "on-accent", "good", "good-soft", "warning", "warning-soft", "severe", "note-soft"].map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
    this.font = `${style.getPropertyValue("--sans").trim() || "sans-serif"}`;
    this.soon();
  }

  // What there is

  show(rows, { keep = false } = {}) {
    const focused = this.row();
    this.rows = rows;
    if (!keep) this.selected.clear();
    const again = keep ? rows.indexOf(focused) : 0;
    this.at = again >= 0 ? again : Math.min(this.at, Math.max(0, rows.length - 1));
    this.anchor = this.at;
    if (!keep) this.box.scrollTop = 0;
    this.lay();
    this.say();
  }

  // New rows while somebody looks: what is seen stays in its place, what is below it is put in the new order.
  reorder(rows) {
    const [, last] = this.visible(), kept = this.rows.slice(0, Math.max(last, this.at + 1)), here = new Set(kept);
    const rest = rows.filter((row) => !here.has(row)), all = new Int32Array(kept.length + rest.length);
    all.set(kept);
    all.set(rest, kept.length);
    this.show(all, { keep: true });
  }

  row() { return this.rows.length ? this.rows[this.at] : -1; }

  chosen() { return this.selected.size ? [...this.selected] : this.rows.length ? [this.row()] : []; }

  unselect() { this.selected.clear(); this.anchor = this.at; this.soon(); this.moved(); }

  size(tile) { this.tile = tile; this.lay(); this.reveal(); }

  // Where everything is

  lay() {
    this.wide = this.box.clientWidth;
    this.high = this.box.clientHeight;
    this.columns = Math.max(1, Math.floor((this.wide - GAP) / (this.tile + GAP)));
    this.strip = this.tile >= 64 ? STRIP : 0;
    this.step = this.tile + this.strip + GAP;
    this.indent = Math.floor((this.wide - this.columns * (this.tile + GAP) + GAP) / 2);
    const lines = Math.ceil(this.rows.length / this.columns);
    this.space.style.height = `${Math.max(this.high, lines * this.step + GAP)}px`;
    const ratio = devicePixelRatio || 1;
    if (this.canvas.width !== Math.round(this.wide * ratio) || this.canvas.height !== Math.round(this.high * ratio)) {
      this.canvas.width = Math.round(this.wide * ratio);
      this.canvas.height = Math.round(this.high * ratio);
      this.canvas.style.width = `${this.wide}px`;
      this.canvas.style.height = `${this.high}px`;
    }
    this.box.setAttribute("aria-rowcount", lines);
    this.box.setAttribute("aria-colcount", this.columns);
    this.soon();
  }

  lines() { return Math.max(1, Math.floor(this.high / this.step)); }

  visible() {
    const first = Math.max(0, Math.floor((this.box.scrollTop - GAP) / this.step)) * this.columns;
    const last = Math.ceil((this.box.scrollTop + this.high) / this.step) * this.columns;
    return [first, Math.min(this.rows.length, last)];
  }

  reveal() {
    const top = Math.floor(this.at / this.columns) * this.step;
    if (top < this.box.scrollTop) this.box.scrollTop = top;
    else if (top + this.step + GAP > this.box.scrollTop + this.high) this.box.scrollTop = top + this.step + GAP - this.high;
    this.soon();
  }

  // Drawing

  soon() {
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => { this.frame = 0; this.draw(); });
  }

  draw() {
    if (!this.high) return;
    const ratio = devicePixelRatio || 1, pen = this.canvas.getContext("2d"), [first, last] = this.visible();
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.fillStyle = this.ink.surface;
    pen.fillRect(0, 0, this.wide, this.high);
    pen.imageSmoothingEnabled = this.tile < 2 * this.side;
    pen.imageSmoothingQuality = "high";
    const missing = [];
    for (let at = first; at < last; at++) {
      const image = this.images.get(this.rows[at]);
      if (!image) missing.push(this.rows[at]);
      this.drawOne(pen, at, image);
    }
    this.drawn = missing.length === 0;
    if (missing.length) this.fetch(missing);
    else this.ahead(first, last);
  }

  drawOne(pen, at, image) {
    const row = this.rows[at], column = at % this.columns;
    const x = this.indent + column * (this.tile + GAP), y = Math.floor(at / this.columns) * this.step + GAP - this.box.scrollTop;
    pen.fillStyle = this.ink.line;
    if (image) pen.drawImage(image, x, y, this.tile, this.tile);
    else pen.fillRect(x, y, this.tile, this.tile);
    const mark = this.mark(row);
    if (mark) this.drawMark(pen, x, y, mark);
    if (this.selected.has(row)) this.frameOf(pen, x, y, 3, this.ink.accent);
    if (at === this.at && (document.activeElement === this.box || !this.selected.size)) {
      this.frameOf(pen, x, y, 2, this.ink.paper);
      pen.setLineDash(document.activeElement === this.box ? [] : [4, 3]);
      this.frameOf(pen, x - 2, y - 2, 2, this.ink.ink, 4);
      pen.setLineDash([]);
    }
  }

  frameOf(pen, x, y, thick, colour, more = 0) {
    pen.strokeStyle = colour;
    pen.lineWidth = thick;
    pen.strokeRect(x + thick / 2, y + thick / 2, this.tile + more - thick, this.tile + this.strip + more - thick);
  }

  drawMark(pen, x, y, { text = "", short = text, tone = "", corner = "" }) {
    const [back, front] = { label: ["good-soft", "good"], doubt: ["warning-soft", "warning"], guess: ["surface", "pale"] }[tone] || ["note-soft", "ink"];
    if (this.strip && text) {
      pen.fillStyle = this.ink[back];
      pen.fillRect(x, y + this.tile, this.tile, this.strip);
      pen.fillStyle = this.ink[front];
      pen.font = `${tone === "guess" ? "italic " : ""}12px ${this.font}`;
      pen.textBaseline = "middle";
      pen.fillText(this.cut(pen, pen.measureText(text).width <= this.tile - 8 ? text : short), x + 4, y + this.tile + this.strip / 2);
    } else if (text) {
      pen.fillStyle = this.ink[front];
      pen.fillRect(x, y + this.tile - 5, this.tile, 5);
    }
    if (corner && this.tile >= 64) {
      pen.font = `600 11px ${this.font}`;
      const wide = pen.measureText(corner).width + 8;
      pen.fillStyle = this.ink.ink;
      pen.fillRect(x, y, wide, 16);
      pen.fillStyle = this.ink.paper;
      pen.textBaseline = "middle";
      pen.fillText(corner, x + 4, y + 8.5);
    }
  }

  cut(pen, text) {
    const most = this.tile - 8;
    if (pen.measureText(text).width <= most) return text;
    let short = text;
    while (short.length > 1 && pen.measureText(`${short}…`).width > most) short = short.slice(0, -1);
    return `${short}…`;
  }

  // Pixels

  ahead(first, last) {
    const more = Math.min(this.rows.length, last + 2 * (last - first)), wanted = [];
    for (let at = last; at < more; at++) if (!this.images.has(this.rows[at])) wanted.push(this.rows[at]);
    if (wanted.length) this.fetch(wanted);
  }

  async fetch(rows) {
    const wanted = rows.filter((row) => !this.asked.has(row)).slice(0, AT_ONCE);
    if (!wanted.length || this.asked.size > 3 * AT_ONCE) return;
    for (const row of wanted) this.asked.add(row);
    try {
      const answer = await fetch(`${this.address}?rows=${ranges(wanted)}`);
      if (answer.ok) await this.keep(wanted, new Uint8Array(await answer.arrayBuffer()));
    } finally {
      for (const row of wanted) this.asked.delete(row);
      this.soon();
    }
  }

  async keep(rows, bytes) {
    const height = this.height || this.side, size = this.side * height;
    await Promise.all(rows.map(async (row, at) => {
      const image = new ImageData(this.side, height), from = at * size * this.channels;
      const pixels = new Uint32Array(image.data.buffer);
      for (let place = 0, read = from; place < size; place++, read += this.channels) {
        const red = bytes[read], green = this.channels === 3 ? bytes[read + 1] : red, blue = this.channels === 3 ? bytes[read + 2] : red;
        pixels[place] = (255 << 24) | (blue << 16) | (green << 8) | red;
      }
      this.images.set(row, await createImageBitmap(image));
    }));
    while (this.images.size > KEPT) {
      const [oldest] = this.images.keys();
      this.images.get(oldest).close();
      this.images.delete(oldest);
    }
  }

  // Keys and clicks

  pressed(event) {
    if (this.key(event)) { event.preventDefault(); return; }
    const page = this.lines() * this.columns;
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -this.columns, ArrowDown: this.columns, PageUp: -page, PageDown: page };
    const last = this.rows.length - 1;
    if (event.key in steps) this.go(this.at + steps[event.key], event.shiftKey);
    else if (event.key === "Home") this.go(0, event.shiftKey);
    else if (event.key === "End") this.go(last, event.shiftKey);
    else if (event.key === "Enter" && last >= 0) this.open(this.row());
    else if (event.key === " " && last >= 0) this.toggle(this.row());
    else if (event.key === "Escape" && this.selected.size) this.unselect();
    else if (event.key === "a" && (event.ctrlKey || event.metaKey)) { this.selected = new Set(this.rows); this.soon(); this.moved(); }
    else return;
    event.preventDefault();
  }

  go(to, extend = false) {
    if (!this.rows.length) return;
    this.at = Math.max(0, Math.min(this.rows.length - 1, to));
    if (extend) this.selectTo(this.at);
    else { this.selected.clear(); this.anchor = this.at; }
    this.reveal();
    this.say();
    this.moved();
  }

  selectTo(at) {
    this.selected.clear();
    for (let each = Math.min(at, this.anchor); each <= Math.max(at, this.anchor); each++) this.selected.add(this.rows[each]);
  }

  toggle(row) {
    if (!this.selected.delete(row)) this.selected.add(row);
    this.anchor = this.at;
    this.soon();
    this.say();
    this.moved();
  }

  clicked(event) {
    const area = this.canvas.getBoundingClientRect();
    const column = Math.floor((event.clientX - area.left - this.indent) / (this.tile + GAP));
    const line = Math.floor((event.clientY - area.top + this.box.scrollTop - GAP) / this.step);
    const at = line * this.columns + column;
    if (column < 0 || column >= this.columns || at < 0 || at >= this.rows.length) return;
    if (event.ctrlKey || event.metaKey) {
      if (!this.selected.size) this.selected.add(this.row());
      this.at = at;
      this.toggle(this.row());
    } else this.go(at, event.shiftKey);
  }

  say() {
    if (!this.rows.length) { this.cell.textContent = "No images"; return; }
    const text = `${this.describe(this.row())}, ${this.at + 1} of ${this.rows.length}${this.selected.size ? `, ${this.selected.size} selected` : ""}`;
    this.line.setAttribute("aria-rowindex", Math.floor(this.at / this.columns) + 1);
    this.cell.setAttribute("aria-colindex", (this.at % this.columns) + 1);
    this.cell.setAttribute("aria-selected", this.selected.has(this.row()));
    this.cell.textContent = text;
    if (document.activeElement === this.box) this.live.textContent = text;
  }
}

function ranges(rows) {
  const pieces = [];
  for (let at = 0; at < rows.length; at++) {
    const first = rows[at];
    while (rows[at + 1] === rows[at] + 1) at++;
    pieces.push(rows[at] > first ? `${first}-${rows[at]}` : `${first}`);
  }
  return pieces.join(",");
}
