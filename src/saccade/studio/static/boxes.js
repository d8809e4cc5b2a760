// Boxes: one photo to draw on, the others in a strip below; what is drawn goes to the disk at once, and can be undone.
import { BoxEditor, colourOf } from "./box_editor.js";
import { Grid } from "./grid.js";
import { hearNews, oneAtATime, rowsNamed, rowsWhere, toast } from "./labelling.js";
import { announce } from "./studio.js";

const SOON = 300, TOGETHER = 1500, AGAIN = 3000; // milliseconds: until keys that move a box are kept, undone as one, and kept again after a failure
const find = (id) => document.querySelector(`#${id}`);
const page = find("boxes"), address = page.dataset.address, count = Number(page.dataset.count), key = page.dataset.key;
let state = { classes: [], counts: {}, version: -1, suggested: -1 };
let boxes = new Int32Array(count).fill(-1), guessed = boxes.slice(), sealed = new Set(), order = new Int32Array(0), doubted = order, names = [];
let shown = { row: -1, word: null, sealed: false }, extra = [], past = [], future = [];

const editor = new BoxEditor(find("editor"), { changed, selected: tools, key: pressed, announce });
const grid = new Grid(find("grid"), {
  address: `${address}/pixels`, side: 64, channels: 3, describe, mark,
  open: () => editor.focus(), key: pressedInGrid, moved: () => { tools(); show(grid.row()); },
});
grid.box.setAttribute("aria-label", "Photos");
grid.size(64);

const counted = (many) => (many === 1 ? "1 box" : `${many.toLocaleString("en")} boxes`);
const said = (many) => (many > 0 ? counted(many) : many === 0 ? "nothing in it" : "");

function describe(row) {
  const guess = boxes[row] < 0 && guessed[row] > 0 ? `, ${counted(guessed[row])} suggested` : "";
  return `${names[row] || `Photo ${row + 1}`}, ${said(boxes[row]) || "nothing said yet"}${guess}${sealed.has(row) ? ", test split" : ""}`;
}

function mark(row) {
  const corner = sealed.has(row) ? "test" : "";
  if (boxes[row] >= 0) return { text: boxes[row] ? counted(boxes[row]) : "nothing", short: boxes[row] ? `${boxes[row]}` : "0", tone: "label", corner };
  if (guessed[row] > 0) return { text: `${guessed[row]} suggested`, short: `${guessed[row]}?`, tone: "guess", corner };
  return corner ? { corner } : null;
}

// What the server says

async function load() {
  const before = kept, answer = await fetch(`${address}/rows`);
  if (!answer.ok) return;
  const content = await answer.json();
  if (pending.size || before !== kept) return; // a newer answer is on its way
  ({ state } = content);
  boxes = Int32Array.from(content.boxes);
  guessed = Int32Array.from(content.guessed);
  sealed = new Set(content.sealed);
  order = Int32Array.from(content.order);
  doubted = Int32Array.from(content.doubted);
  settle();
}

const refresh = oneAtATime(async () => { await load(); await renewShown(); });
hearNews(() => state, refresh);

// The photo that is shown, as somebody else has it by now, with the suggestions of by now
async function renewShown() {
  const { row } = shown, before = kept;
  if (row < 0 || editor.drag) return;
  const answer = await fetch(`${address}/at/${row}`);
  if (!answer.ok) return;
  const found = await answer.json();
  if (row !== shown.row || editor.drag || pending.size || unnamed() || before !== kept) return; // ours is newer
  shown.word = found.boxes;
  const same = JSON.stringify(found.boxes || []) === JSON.stringify(editor.boxes) && JSON.stringify(found.guessed) === JSON.stringify(editor.guessed);
  if (!same) editor.put(found.boxes, found.guessed);
}

// Which photos, in which order

const every = (test) => rowsWhere(count, test);
const VIEWS = {
  useful: () => order,
  all: () => every(() => true),
  without: () => every((row) => boxes[row] < 0),
  labelled: () => every((row) => boxes[row] > 0),
  nothing: () => every((row) => boxes[row] === 0),
  guessed: () => every((row) => boxes[row] < 0 && guessed[row] > 0),
  doubted: () => doubted.filter((row) => !sealed.has(row)),
  sealed: () => every((row) => sealed.has(row)),
};
const SAYS = {
  doubted: "The detector finds something here that is not drawn, the surest first: boxes that were forgotten, or its own mistakes.",
  useful: "Photos without boxes; those of which a trained detector is least sure come first, until there is one by chance.",
  sealed: "Drawn by their content, and sealed: no network learns from them or says anything of them. Your boxes on them are what the score will be measured by.",
};

function rowsOf() {
  return rowsNamed(VIEWS[find("view").value](), names, find("text").value);
}

function renew() { grid.show(rowsOf()); show(grid.row()); settle(); }

function settle() {
  classes();
  if (!grid.rows.length) { grid.show(rowsOf()); show(grid.row()); } else if (find("view").value === "useful") grid.reorder(rowsOf());
  grid.soon();
  grid.say();
  tools();
}

async function show(row) {
  if (row === shown.row) return;
  if (unnamed()) announce("The box without a class was left out.");
  shown = { row, word: null, sealed: sealed.has(row) };
  find("empty").hidden = row >= 0;
  editor.place.hidden = row < 0;
  if (row < 0) { tools(); return; }
  const had = editor.place.contains(document.activeElement);
  await flush();
  const answer = await fetch(`${address}/at/${row}`);
  if (row !== shown.row) return;
  const found = await answer.json();
  if (!answer.ok) { toast(found.error); return; }
  shown.word = pending.has(row) ? pending.get(row) : found.boxes;
  shown.sealed = found.sealed;
  editor.classes = known();
  editor.show({ ...found, boxes: shown.word }, source(row));
  page.dataset.shown = row;
  if (had) editor.focus();
  const next = grid.rows[grid.at + 1];
  if (next !== undefined) new Image().src = source(next);
  tools();
}

const source = (row) => `${address}/image/${row}?key=${key}`;

function go(step) {
  if (!grid.rows.length) return;
  const inGrid = document.activeElement === grid.box, at = grid.at;
  grid.go(grid.at + step);
  if (at === grid.at) announce(step > 0 ? "This is the last photo." : "This is the first photo.");
  else if (!inGrid) announce(`${describe(grid.row())}, ${grid.at + 1} of ${grid.rows.length}`);
}

// Classes

// in the order in which they came up, as long as the page is open: keys keep their class
function known() {
  extra.push(...state.classes.filter((name) => !extra.includes(name)));
  return extra;
}

let listed = "";
function classes() {
  const all = known();
  editor.classes = all;
  if (!editor.current && all.length) editor.current = all[0];
  const active = editor.boxes[editor.at]?.[0] || editor.current, now = JSON.stringify([all, state.counts, active]);
  if (now === listed) return; // a button that has the focus keeps it
  listed = now;
  editor.draw();
  const had = find("classes").contains(document.activeElement) ? document.activeElement.dataset.name : null;
  find("classes").replaceChildren(...all.map((name, at) => {
    const item = document.createElement("li"), button = document.createElement("button"), kbd = document.createElement("kbd"), dot = document.createElement("span"), text = document.createElement("span"), number = document.createElement("span");
    kbd.textContent = at < 9 ? at + 1 : "";
    kbd.hidden = at > 8;
    dot.className = "tone-dot";
    dot.style.setProperty("--tone", colourOf(at));
    text.textContent = name;
    text.className = "grow";
    number.textContent = (state.counts[name] || 0).toLocaleString("en");
    number.className = "num pale";
    button.type = "button";
    button.dataset.name = name;
    button.setAttribute("aria-pressed", name === active);
    button.append(kbd, dot, text, number);
    button.addEventListener("click", () => { pick(name); editor.focus(); });
    item.append(button);
    return item;
  }));
  if (had !== null) [...find("classes").querySelectorAll("button")].find((button) => button.dataset.name === had)?.focus();
}

function pick(name) {
  if (!editor.rename(name)) announce(`The next box is ${name}.`);
  classes();
  tools();
}

find("new-class").addEventListener("submit", (event) => {
  event.preventDefault();
  const name = find("class-name").value.trim();
  if (!name) return;
  if (!known().includes(name)) extra.push(name);
  editor.classes = extra;
  find("class-name").value = "";
  const waiting = editor.boxes.findIndex((box) => !box[0]);
  if (waiting >= 0) editor.select(waiting, { focus: false });
  pick(name);
  editor.focus();
});

// Keeping: the last word on a photo that is not on the disk yet

const pending = new Map();
let timer = 0, turn = Promise.resolve(), kept = 0; // how often something was to be kept: what was asked for before that is old

function keep(words, wait = 0) {
  kept++;
  for (const [row, word] of words) {
    pending.set(row, word);
    boxes[row] = word === null ? -1 : word.length;
  }
  grid.soon();
  clearTimeout(timer);
  timer = setTimeout(flush, wait);
  tools();
}

// One after the other, so that the last word is the last
function flush() {
  clearTimeout(timer);
  turn = turn.then(() => pending.size && send([...pending]));
  return turn;
}

async function send(words) {
  try {
    const answer = await fetch(`${address}/words`, { method: "POST", body: JSON.stringify({ words }), headers: { Accept: "application/json", "Content-Type": "application/json" } });
    const content = await answer.json();
    if (!answer.ok) throw new Error(content.error);
    for (const [row, word] of words) if (pending.get(row) === word) pending.delete(row);
    find("kept").textContent = "";
    state = { ...content, version: -1 }; // the lists of all photos follow
    if (!pending.size) refresh();
    classes();
    tools();
  } catch (error) {
    find("kept").textContent = `Not kept yet: ${error.message}`;
    timer = setTimeout(flush, AGAIN);
  }
}

addEventListener("beforeunload", (event) => { if (pending.size) { flush(); event.preventDefault(); } });

// Changes and undoing them

const unnamed = () => editor.boxes.some((box) => !box[0]);

function changed(before, after, step) {
  if (unnamed()) {
    announce("Name the class of this box.");
    setTimeout(() => find("class-name").focus());
    return;
  }
  const word = after.length ? after : null, { row } = shown;
  remember([[row, shown.word, word]], step);
  shown.word = word;
  keep([[row, word]], step ? SOON : 0);
  if (!word) announce("No box is left. Press 0 if there is nothing in it.");
}

function remember(words, step = "") {
  const last = past.at(-1), now = performance.now();
  const together = step && last?.step === step && last.words[0][0] === words[0][0] && now - last.time < TOGETHER;
  if (together) { last.words[0][2] = words[0][2]; last.time = now; } else past.push({ words, step, time: now });
  future = [];
}

function apply(words) {
  const mine = words.find(([row]) => row === shown.row);
  if (mine) {
    [, shown.word] = mine;
    editor.put(shown.word);
  } else {
    const at = grid.rows.indexOf(words[0][0]);
    if (at >= 0) grid.go(at);
  }
  keep(words);
}

function undo() {
  if (unnamed()) { editor.put(shown.word); return; }
  const entry = past.pop();
  if (!entry) return;
  future.push(entry);
  apply(entry.words.map(([row, before]) => [row, before]));
  announce("Undone.");
}

function redo() {
  const entry = future.pop();
  if (!entry) return;
  past.push({ ...entry, step: "" });
  apply(entry.words.map(([row, , after]) => [row, after]));
  announce("Done again.");
}

function nothing(rows) {
  if (!rows.length || rows[0] < 0) return;
  const words = rows.map((row) => [row, row === shown.row ? shown.word : null, []]);
  const others = rows.filter((row) => row !== shown.row && boxes[row] > 0);
  if (others.length) { toast(`${others.length === 1 ? "A photo has" : `${others.length} photos have`} boxes: delete them one by one.`); return; }
  remember(words);
  for (const [row] of words) if (row === shown.row) { shown.word = []; editor.put([]); }
  keep(words.map(([row]) => [row, []]));
  announce(`Nothing in ${rows.length === 1 ? names[rows[0]] || "this photo" : `${rows.length} photos`}.`);
  const last = Math.max(...rows.map((row) => grid.rows.indexOf(row)));
  grid.go(last + 1);
}

// Keys

function common(event) {
  const letter = event.key.toLowerCase();
  if (event.ctrlKey || event.metaKey) {
    if (letter === "z") { if (event.shiftKey) redo(); else undo(); return true; }
    if (letter === "y") { redo(); return true; }
    return false;
  }
  if (event.altKey) return false;
  if (/^[1-9]$/.test(event.key) && known()[event.key - 1]) { pick(known()[event.key - 1]); return true; }
  if (event.key === "/") { find("class-name").focus(); return true; }
  if (letter === "s") { find("suggestions").click(); return true; }
  return false;
}

function pressed(event) {
  if (common(event)) return true;
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  const letter = event.key.toLowerCase(), guess = event.target.classList?.contains("guess");
  const ways = { Enter: 1, PageDown: 1, "]": 1, PageUp: -1, "[": -1, ...(editor.at < 0 && editor.zoom === 1 ? { ArrowRight: 1, ArrowLeft: -1 } : {}) };
  if (event.key in ways && !(guess && event.key === "Enter")) { go(ways[event.key]); return true; }
  if (letter === "n" || event.key === "Insert") { editor.addInTheMiddle(); return true; }
  if (letter === "y") { editor.accept(); return true; }
  if (event.key === "0") { nothing([shown.row]); return true; }
  return false;
}

function pressedInGrid(event) {
  if (common(event)) return true;
  if (event.key === "0" && !event.ctrlKey) { nothing(grid.chosen()); return true; }
  return false;
}

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, select, textarea, dialog");
  if (typing || editor.place.contains(event.target) || event.target === grid.box) return;
  const plain = event.key === "Enter" || event.key === " ";
  if (!plain && (event.target === document.body || event.ctrlKey || event.metaKey) && common(event)) event.preventDefault();
});

// Tools

function tools() {
  classes();
  const box = editor.boxes[editor.at], guesses = shown.row < 0 ? [] : editor.openGuesses(), labelled = boxes.reduce((sum, many) => sum + (many >= 0), 0);
  find("progress").textContent = `${labelled.toLocaleString("en")} of ${count.toLocaleString("en")}`;
  find("undo").disabled = !past.length && !unnamed();
  find("redo").disabled = !future.length;
  find("delete").disabled = !box;
  for (const id of ["new-box", "nothing", "previous", "next"]) find(id).disabled = shown.row < 0;
  find("previous").disabled ||= grid.at === 0;
  find("next").disabled ||= grid.at >= grid.rows.length - 1;
  find("accept").disabled = !guesses.length;
  find("accept-says").textContent = guesses.length ? `Accept ${guesses.length.toLocaleString("en")}` : "Accept";
  find("shown").textContent = `${grid.rows.length.toLocaleString("en")} ${grid.rows.length === 1 ? "photo" : "photos"}${grid.selected.size ? `, ${grid.selected.size} selected` : ""}`;
  const view = find("view").value;
  find("view-says").textContent = SAYS[view] || "";
  find("view-says").hidden = !SAYS[view];
  find("renew").hidden = view !== "useful";
  find("model-says").textContent = modelSays();
  find("here").textContent = here(box);
  find("test-here").hidden = !shown.sealed;
}

function here(box) {
  if (shown.row < 0) return "";
  const many = said(shown.word === null ? -1 : shown.word.length) || "nothing said yet";
  const one = box ? ` · ${box[0] || "no class"}: ${Math.round(box[3] - box[1])} × ${Math.round(box[4] - box[2])} px` : "";
  return `${names[shown.row] || ""} · ${many}${one}${editor.zoom > 1 ? ` · ${Math.round(100 * editor.zoom)}%` : ""}`;
}

function modelSays() {
  if (state.error) return state.error;
  if (state.doing) return `${state.doing} …`;
  if (state.detector) return `${state.detector} suggests the dashed boxes, and puts photos in front of which it is unsure. Train again and open this page anew for better ones.`;
  return "Once a detector is trained on these boxes, it suggests more of them, and shows first what would teach it most.";
}

const actions = {
  undo, redo,
  delete: () => editor.remove(),
  "new-box": () => editor.addInTheMiddle(),
  nothing: () => nothing(grid.selected.size ? grid.chosen() : [shown.row]),
  accept: () => editor.accept(),
  previous: () => go(-1),
  next: () => go(1),
  "zoom-in": () => editor.zoomBy(1),
  "zoom-out": () => editor.zoomBy(-1),
  renew: () => { renew(); grid.box.focus(); },
};
for (const [id, act] of Object.entries(actions)) find(id).addEventListener("click", act);
for (const id of ["view", "text"]) find(id).addEventListener(id === "text" ? "input" : "change", renew);
find("suggestions").addEventListener("change", () => { editor.showsGuesses = find("suggestions").checked; editor.draw(); tools(); });

names = await (await fetch(`${address}/names`)).json();
await load();
const wanted = new URLSearchParams(location.search).get("text");
if (wanted) { // from the answers of a run: this one photo
  find("text").value = wanted;
  find("view").value = "all";
}
if (!order.length && !wanted) find("view").value = "all"; // all is said already: to be corrected
grid.show(rowsOf());
settle();
await show(grid.row());
editor.focus();
page.dataset.ready = "yes";
