// An image with boxes on it that are drawn, moved, resized and deleted by mouse, finger or keys.
//
// const editor = new BoxEditor(place, { changed, selected, key, announce })
//   changed   (before, after, step) => the boxes are others now; steps of one name in a row are one to undo
//   selected  () => another box is selected, or none
//   key       (event) => true where a key was meant for the page
//   announce  (text) => is said to those who do not see the page
// editor.show({ name, size, boxes, guessed }, source) shows an image; boxes are [class, left, top, right, bottom, ignored],
// in pixels of the image, whose size is [height, width]. Each box is a button: Tab goes from one to the next.

const COLOURS = ["#e69f00", "#009e73", "#56b4e9", "#d55e00", "#cc79a7", "#0072b2", "#f0e442"];
const SIDES = ["nw", "n", "ne", "e", "se", "s", "sw", "w"];
const LEAST = 3, MOVED = 4, ZOOMS = [1, 1.5, 2, 3, 4, 6, 8];
const [LABEL, LEFT, TOP, RIGHT, BOTTOM] = [0, 1, 2, 3, 4];

export function colourOf(number) {
  return COLOURS[number] || `hsl(${Math.round(number * 222.5) % 360} 75% 60%)`;
}

// Overlap of two boxes, as a share of what both cover.
export function overlap(one, other) {
  const across = Math.min(one[RIGHT], other[RIGHT]) - Math.max(one[LEFT], other[LEFT]);
  const down = Math.min(one[BOTTOM], other[BOTTOM]) - Math.max(one[TOP], other[TOP]);
  if (across <= 0 || down <= 0) return 0;
  return (across * down) / (area(one) + area(other) - across * down);
}

const area = (box) => (box[RIGHT] - box[LEFT]) * (box[BOTTOM] - box[TOP]);
const make = (name, parent, values = {}) => {
  const made = Object.assign(document.createElement(name), values);
  parent.append(made);
  return made;
};

export class BoxEditor {
  constructor(place, options) {
    Object.assign(this, { changed() {}, selected() {}, key: () => false, announce() {}, ...options });
    Object.assign(this, { boxes: [], guessed: [], at: -1, classes: [], current: "", zoom: 1, size: [1, 1], showsGuesses: true });
    this.place = place;
    this.stage = make("div", place, { className: "box-stage" });
    this.image = make("img", this.stage, { alt: "", draggable: false });
    this.layer = make("div", this.stage, { className: "box-layer" });
    this.handles = make("div", this.stage, { className: "box-handles", hidden: true });
    for (const side of SIDES) make("span", this.handles, { className: `handle ${side}` }).dataset.side = side;
    this.listen();
  }

  listen() {
    this.stage.addEventListener("pointerdown", (event) => this.pressed(event));
    this.stage.addEventListener("pointermove", (event) => this.dragged(event));
    this.stage.addEventListener("pointerup", (event) => this.released(event));
    this.stage.addEventListener("pointercancel", () => this.dropped());
    this.stage.addEventListener("mousedown", (event) => event.preventDefault()); // the focus goes where we say
    this.place.addEventListener("keydown", (event) => this.typed(event));
    this.place.addEventListener("wheel", (event) => this.wheeled(event), { passive: false });
    this.layer.addEventListener("focusin", (event) => {
      const at = this.indexOf(event.target);
      if (at >= 0) this.select(at, { focus: false });
    });
    this.layer.addEventListener("click", (event) => {
      const guess = event.target.closest("button.guess");
      if (guess && event.detail === 0) this.accept([this.guessed[Number(guess.dataset.guess)]]); // by key
    });
    new ResizeObserver(() => this.lay()).observe(this.place);
  }

  // What is shown

  show({ name, size, boxes, guessed }, source) {
    Object.assign(this, { name, size, boxes: structuredClone(boxes || []), guessed: guessed || [], at: -1, zoom: 1, drag: null });
    if (this.image.getAttribute("src") !== source) this.image.src = source;
    this.image.alt = name;
    this.lay();
    this.draw();
    this.selected();
  }

  // The boxes of the same image, as somebody else has them, or as they were
  put(boxes, guessed = this.guessed) {
    const had = this.layer.contains(document.activeElement);
    this.boxes = structuredClone(boxes || []);
    this.guessed = guessed;
    this.at = this.at < this.boxes.length ? this.at : -1;
    this.draw();
    if (had) this.focus();
    this.selected();
  }

  lay() {
    const [height, width] = this.size, room = [this.place.clientWidth - 2, this.place.clientHeight - 2];
    const fit = Math.max(Math.min(room[0] / width, room[1] / height), 1 / width) * this.zoom;
    this.scale = fit;
    this.stage.style.width = `${Math.floor(width * fit)}px`;
    this.stage.style.height = `${Math.floor(height * fit)}px`;
    this.stage.classList.toggle("coarse", fit > 4);
  }

  colour(label) { return colourOf(Math.max(0, this.classes.indexOf(label))); }

  draw() {
    const guesses = this.openGuesses(), buttons = [...this.layer.children];
    const wanted = this.boxes.length + guesses.length;
    while (buttons.length > wanted) buttons.pop().remove();
    while (buttons.length < wanted) {
      const button = make("button", this.layer, { type: "button" });
      make("span", button, { className: "box-name" });
      buttons.push(button);
    }
    const all = [...this.boxes, ...guesses], ranks = all.map((_, at) => at).sort((one, other) => area(all[other]) - area(all[one]));
    all.forEach((box, at) => this.drawOne(buttons[at], box, at, ranks.indexOf(at)));
    this.drawHandles();
  }

  drawOne(button, box, at, rank) {
    const guess = at >= this.boxes.length, [height, width] = this.size, [label] = box;
    button.className = `box${guess ? " guess" : at === this.at ? " chosen" : ""}${box[5] === true ? " ignored" : ""}`;
    const colour = this.colour(label), sides = { left: box[LEFT] / width, top: box[TOP] / height, width: (box[RIGHT] - box[LEFT]) / width, height: (box[BOTTOM] - box[TOP]) / height };
    for (const [side, share] of Object.entries(sides)) button.style[side] = `${100 * share}%`;
    button.style.zIndex = rank + 1;
    button.style.setProperty("--tone", colour);
    button.style.setProperty("--on-tone", colour === "#0072b2" ? "#fff" : "#000");
    button.firstChild.textContent = guess ? `${label} ${Math.round(100 * box[5])}%` : label || "no class yet";
    button.title = button.firstChild.textContent;
    button.classList.toggle("low", box[TOP] / height < 0.06);
    if (guess) button.dataset.guess = this.guessed.indexOf(box);
    else delete button.dataset.guess;
    const where = `left ${Math.round(box[LEFT])}, top ${Math.round(box[TOP])}, ${Math.round(box[RIGHT] - box[LEFT])} by ${Math.round(box[BOTTOM] - box[TOP])} pixels`;
    button.setAttribute("aria-label", guess ? `Suggested: ${label}, ${Math.round(100 * box[5])}%, ${where}. Enter accepts` : `${label || "no class yet"}${box[5] === true ? ", ignored" : ""}, box ${at + 1} of ${this.boxes.length}, ${where}`);
    if (guess) button.removeAttribute("aria-pressed");
    else button.setAttribute("aria-pressed", at === this.at);
  }

  drawHandles() {
    const box = this.boxes[this.at], [height, width] = this.size;
    this.handles.hidden = !box;
    if (!box) return;
    const least = Math.min(box[RIGHT] - box[LEFT], box[BOTTOM] - box[TOP]) * this.scale;
    this.handles.classList.toggle("few", least < 48); // corners alone leave room to take hold of the box
    const sides = { left: box[LEFT] / width, top: box[TOP] / height, width: (box[RIGHT] - box[LEFT]) / width, height: (box[BOTTOM] - box[TOP]) / height };
    for (const [side, share] of Object.entries(sides)) this.handles.style[side] = `${100 * share}%`;
  }

  openGuesses() {
    if (!this.showsGuesses) return [];
    return this.guessed.filter((guess) => !this.boxes.some((box) => overlap(guess, box) >= 0.5));
  }

  indexOf(element) {
    const button = element.closest("button.box");
    return button && !button.classList.contains("guess") ? [...this.layer.children].indexOf(button) : -1;
  }

  focus() {
    const target = this.at >= 0 ? this.layer.children[this.at] : this.place;
    target?.focus({ preventScroll: this.zoom === 1 });
  }

  select(at, { focus = true } = {}) {
    if (at !== this.at) {
      this.at = at;
      this.draw();
      this.selected();
    }
    if (focus) this.focus();
  }

  // Changes: each says what was before and what is now

  change(after, step = "", at = this.at) {
    const before = this.boxes;
    if (JSON.stringify(before) === JSON.stringify(after)) return;
    this.boxes = after;
    this.at = Math.min(at, after.length - 1);
    this.draw();
    this.changed(before, structuredClone(after), step);
    this.selected();
  }

  replaced(at, box) { return this.boxes.map((each, place) => (place === at ? box : each)); }

  add(sides) {
    this.change([...this.boxes, [this.current, ...sides.map(rounded), false]], "", this.boxes.length);
    this.announce(`${this.current || "Box without a class"} added, ${counted(this.boxes.length)}.`);
    this.focus();
  }

  addInTheMiddle() {
    const [height, width] = this.size, area = this.seen();
    const [across, down] = [(area.right - area.left) / 3, (area.bottom - area.top) / 3];
    const shift = (this.boxes.length % 5) * 0.04;
    const left = Math.min(area.left + across * (1 + shift), width - across), top = Math.min(area.top + down * (1 + shift), height - down);
    this.add([left, top, left + across, top + down]);
  }

  // The part of the image that is on the screen
  seen() {
    const [height, width] = this.size, share = (from, room, whole) => [Math.max(0, from / whole), Math.min(1, (from + room) / whole)];
    const [left, right] = share(this.place.scrollLeft, this.place.clientWidth, Math.max(this.stage.clientWidth, 1));
    const [top, bottom] = share(this.place.scrollTop, this.place.clientHeight, Math.max(this.stage.clientHeight, 1));
    return { left: left * width, right: right * width, top: top * height, bottom: bottom * height };
  }

  remove() {
    if (this.at < 0) return;
    const at = this.at, [label] = this.boxes[at];
    this.change(this.boxes.filter((_, place) => place !== at), "", Math.min(at, this.boxes.length - 2));
    this.announce(`${label || "Box"} deleted, ${counted(this.boxes.length)} left.`);
    this.focus();
  }

  rename(label) {
    this.current = label;
    if (this.at < 0) return false;
    const box = [...this.boxes[this.at]];
    box[LABEL] = label;
    this.change(this.replaced(this.at, box));
    this.announce(`Box ${this.at + 1} is ${label}.`);
    return true;
  }

  accept(guesses = this.openGuesses()) {
    if (!guesses.length) return;
    this.change([...this.boxes, ...guesses.map((guess) => [...guess.slice(0, 5).map((each) => (typeof each === "number" ? rounded(each) : each)), false])], "", this.at);
    this.announce(`${counted(guesses.length)} accepted.`);
    this.focus();
  }

  nudge(across, down, resize) {
    const [height, width] = this.size, box = [...this.boxes[this.at]];
    if (resize) {
      box[RIGHT] = Math.min(width, Math.max(box[LEFT] + LEAST, box[RIGHT] + across));
      box[BOTTOM] = Math.min(height, Math.max(box[TOP] + LEAST, box[BOTTOM] + down));
    } else shift(box, across, down, this.size);
    this.change(this.replaced(this.at, box.map(tidy)), `${resize ? "size" : "move"} ${this.at}`);
    this.announce(this.layer.children[this.at].getAttribute("aria-label"));
    this.layer.children[this.at].scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  // Mouse and fingers

  point(event) {
    const area = this.stage.getBoundingClientRect(), [height, width] = this.size;
    return [((event.clientX - area.left) / area.width) * width, ((event.clientY - area.top) / area.height) * height];
  }

  pressed(event) {
    if (event.button !== 0 || !event.isPrimary) return;
    const side = event.target.dataset?.side, on = this.indexOf(event.target), guess = event.target.closest("button.guess");
    const named = Boolean(event.target.closest(".box-name"));
    const kind = side && this.at >= 0 ? "size" : on >= 0 && (on === this.at || named) && !event.shiftKey ? "move" : "draw";
    if (kind === "move") this.select(on);
    this.drag = { kind, side, on, guess, from: this.point(event), screen: [event.clientX, event.clientY], moved: false, before: structuredClone(this.boxes) };
    this.stage.setPointerCapture(event.pointerId);
    event.preventDefault();
  }

  dragged(event) {
    const drag = this.drag;
    if (!drag) return;
    const far = Math.hypot(event.clientX - drag.screen[0], event.clientY - drag.screen[1]);
    if (!drag.moved && far < MOVED) return;
    drag.moved = true;
    const to = this.point(event);
    if (drag.kind === "draw") this.sketch(drag.from, to);
    else {
      const box = [...drag.before[this.at]], across = to[0] - drag.from[0], down = to[1] - drag.from[1];
      if (drag.kind === "move") shift(box, across, down, this.size);
      else pull(box, drag.side, across, down, this.size);
      this.boxes = this.replaced(this.at, box.map(tidy));
      this.draw();
      this.selected();
    }
  }

  sketch(from, to) {
    const [height, width] = this.size, sides = corners(from, to, width, height);
    this.sketched = sides;
    this.outline ||= make("div", this.stage, { className: "box-sketch" });
    this.outline.style.setProperty("--tone", this.colour(this.current));
    const [left, top, right, bottom] = sides, shares = { left: left / width, top: top / height, width: (right - left) / width, height: (bottom - top) / height };
    for (const [side, share] of Object.entries(shares)) this.outline.style[side] = `${100 * share}%`;
  }

  released(event) {
    const drag = this.drag, sides = this.sketched;
    this.dropped();
    if (!drag) return;
    if (!drag.moved) this.clicked(drag);
    else if (drag.kind === "draw") {
      if (sides && sides[2] - sides[0] >= LEAST && sides[3] - sides[1] >= LEAST) this.add(sides);
      else this.announce("Too small for a box.");
    } else {
      const after = this.boxes;
      this.boxes = drag.before;
      this.change(after);
      this.focus();
    }
    event.preventDefault();
  }

  clicked({ on, guess }) {
    if (guess) this.accept([this.guessed[Number(guess.dataset.guess)]]);
    else this.select(on);
  }

  dropped() {
    this.drag = null;
    this.sketched = null;
    this.outline?.remove();
    this.outline = null;
  }

  // Keys

  typed(event) {
    if (this.key(event)) { event.preventDefault(); return; }
    const guess = event.target.classList?.contains("guess");
    if (guess && (event.key === "Enter" || event.key === " ")) return; // a press of its button
    if (event.altKey) return;
    const step = event.ctrlKey || event.metaKey ? 1 : Math.max(1, Math.round(Math.max(...this.size) / 100));
    const ways = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
    if (event.key in ways && this.at >= 0) this.nudge(...ways[event.key], event.shiftKey);
    else if (event.ctrlKey || event.metaKey) return;
    else if (event.key === "Delete" || event.key === "Backspace") this.remove();
    else if (event.key === "Escape" && this.drag) { this.boxes = this.drag.before; this.dropped(); this.draw(); }
    else if (event.key === "Escape" && this.at >= 0) this.select(-1);
    else if (event.key === "+" || event.key === "=") this.zoomBy(1);
    else if (event.key === "-") this.zoomBy(-1);
    else return;
    event.preventDefault();
  }

  // Zoom: the place scrolls

  zoomBy(step, centre = [this.place.clientWidth / 2, this.place.clientHeight / 2]) {
    const next = ZOOMS[Math.max(0, Math.min(ZOOMS.length - 1, ZOOMS.indexOf(this.zoom) + step))];
    if (next === this.zoom) return;
    const x = (this.place.scrollLeft + centre[0]) / this.stage.clientWidth, y = (this.place.scrollTop + centre[1]) / this.stage.clientHeight;
    this.zoom = next;
    this.lay();
    this.place.scrollLeft = x * this.stage.clientWidth - centre[0];
    this.place.scrollTop = y * this.stage.clientHeight - centre[1];
    this.announce(`${Math.round(100 * next)}%`);
    this.selected();
  }

  wheeled(event) {
    if (!event.ctrlKey) return;
    event.preventDefault();
    const area = this.place.getBoundingClientRect();
    this.zoomBy(event.deltaY < 0 ? 1 : -1, [event.clientX - area.left, event.clientY - area.top]);
  }
}

const rounded = (side) => Math.round(10 * side) / 10;
const tidy = (each) => (typeof each === "number" ? rounded(each) : each);
const counted = (many) => (many === 1 ? "1 box" : `${many} boxes`);
const clamp = (value, most) => Math.max(0, Math.min(most, value));

function corners(from, to, width, height) {
  const [x, y] = [[from[0], to[0]], [from[1], to[1]]].map((pair) => pair.sort((one, other) => one - other));
  return [clamp(x[0], width), clamp(y[0], height), clamp(x[1], width), clamp(y[1], height)].map(rounded);
}

// Move a box, as far as the image goes
function shift(box, across, down, [height, width]) {
  const x = Math.max(-box[LEFT], Math.min(width - box[RIGHT], across)), y = Math.max(-box[TOP], Math.min(height - box[BOTTOM], down));
  box[LEFT] += x; box[RIGHT] += x; box[TOP] += y; box[BOTTOM] += y;
}

// Pull a side or a corner; it stops before the opposite one
function pull(box, side, across, down, [height, width]) {
  if (side.includes("w")) box[LEFT] = Math.min(box[RIGHT] - LEAST, clamp(box[LEFT] + across, width));
  if (side.includes("e")) box[RIGHT] = Math.max(box[LEFT] + LEAST, clamp(box[RIGHT] + across, width));
  if (side.includes("n")) box[TOP] = Math.min(box[BOTTOM] - LEAST, clamp(box[TOP] + down, height));
  if (side.includes("s")) box[BOTTOM] = Math.max(box[TOP] + LEAST, clamp(box[BOTTOM] + down, height));
}
