// Label: keys give classes; the model's suggestions come in while one labels; what is on the screen stays where it is.
import { Grid } from "./grid.js";
import { hearNews, oneAtATime, rowsNamed, rowsWhere, toast } from "./labelling.js";
import { largeImage } from "./large_image.js";
import { announce } from "./studio.js";

const LABELLED = 1, SEALED = 2, DOUBTED = 4;
const find = (id) => document.querySelector(`#${id}`);
const page = find("label"), address = page.dataset.address, count = Number(page.dataset.count);
let state = { classes: [], counts: {}, version: -1, suggested: -1 };
let labels = new Int16Array(count).fill(-1), guesses = labels.slice(), sure = new Uint8Array(count), flags = new Uint8Array(count), order = new Int32Array(0);
let names = [], past = [], pending = 0, camera = null;

const grid = new Grid(find("grid"), {
  address: `${address}/pixels`, side: 64, channels: 3, label: `Images of ${page.dataset.address}`,
  describe, mark, open: (row) => look(row), key: pressed, moved: tools,
});
grid.box.setAttribute("aria-label", "Images to label");
grid.size(Number(find("zoom").value));

function describe(row) {
  const said = labels[row] >= 0 ? `labelled ${state.classes[labels[row]]}` : "no label";
  const guess = guesses[row] >= 0 && labels[row] < 0 ? `, the model says ${state.classes[guesses[row]]}, ${percent(row)}` : "";
  const doubt = flags[row] & DOUBTED ? `, the model rather says ${state.classes[guesses[row]]}` : "";
  return `${names[row] || `Image ${row + 1}`}, ${said}${guess}${doubt}${flags[row] & SEALED ? ", test split" : ""}`;
}

function mark(row) {
  const corner = flags[row] & SEALED ? "test" : "";
  if (flags[row] & DOUBTED) return { text: `${state.classes[labels[row]]}, not ${state.classes[guesses[row]]}?`, short: `${state.classes[labels[row]]}?`, tone: "doubt", corner };
  if (labels[row] >= 0) return { text: state.classes[labels[row]], tone: "label", corner };
  if (guesses[row] >= 0) return { text: `${state.classes[guesses[row]]} ${percent(row)}`, tone: "guess", corner };
  return corner ? { corner } : null;
}

const percent = (row) => `${Math.round((100 * sure[row]) / 255)}%`;

// What the server says

async function load() {
  const answer = await fetch(`${address}/rows`);
  if (!answer.ok) return;
  const bytes = await answer.arrayBuffer(), long = new DataView(bytes).getUint32(0, true);
  const said = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 4, long)));
  if (pending) return; // a newer answer is on its way
  let at = 4 + long;
  const take = (Kind, many) => { const found = new Kind(bytes.slice(at, at + many * Kind.BYTES_PER_ELEMENT)); at += many * Kind.BYTES_PER_ELEMENT; return found; };
  state = said;
  labels = take(Int16Array, count);
  guesses = take(Int16Array, count);
  sure = take(Uint8Array, count);
  flags = take(Uint8Array, count);
  order = take(Int32Array, (bytes.byteLength - at) / 4);
  settle();
}

const refresh = oneAtATime(load);
hearNews(() => state, refresh);

// Which images, in which order

const every = (test) => rowsWhere(count, test);
const VIEWS = {
  useful: () => order,
  all: () => every((row) => true),
  labelled: () => every((row) => labels[row] >= 0),
  doubted: () => every((row) => flags[row] & DOUBTED),
  sure: () => every((row) => labels[row] < 0 && guesses[row] >= 0).sort((one, other) => sure[other] - sure[one]),
  sealed: () => every((row) => flags[row] & SEALED),
};
const SAYS = {
  useful: "Images of which the model is least sure and which differ most come first. What is on the screen stays; what is below is put in order after each label.",
  doubted: "Labels that a model doubts which had not learnt from them: some are wrong, some are hard.",
  sure: "Suggestions of the model. Accept them by key, or all at once where it is sure.",
  sealed: "Drawn by their content, and sealed: the model neither learns from them nor says anything of them. Your labels on them are what the score will be measured by.",
};

function rowsOf() {
  const view = find("view").value;
  const rows = view.startsWith("class:") ? every((row) => state.classes[labels[row]] === view.slice(6)) : VIEWS[view]();
  return rowsNamed(rows, names, find("text").value);
}

function renew() { grid.show(rowsOf()); settle(); }

function settle() {
  classes();
  if (!grid.rows.length) grid.show(rowsOf());
  else if (find("view").value === "useful") grid.reorder(rowsOf());
  grid.soon();
  grid.say();
  tools();
}

let listed = "";
function classes() {
  const now = JSON.stringify([state.classes, state.counts]), list = find("classes");
  if (now === listed) return; // a button that has the focus keeps it
  listed = now;
  list.replaceChildren(...state.classes.map((name, at) => {
    const item = document.createElement("li"), button = document.createElement("button"), key = document.createElement("kbd"), text = document.createElement("span"), number = document.createElement("span");
    key.textContent = at < 9 ? at + 1 : "";
    key.hidden = at > 8;
    text.textContent = name;
    text.className = "grow";
    number.textContent = (state.counts[name] || 0).toLocaleString("en");
    number.className = "num pale";
    button.type = "button";
    button.append(key, text, number);
    button.addEventListener("click", () => { give(name); grid.box.focus(); });
    item.append(button);
    return item;
  }));
  const view = find("view"), chosen = view.value;
  for (const option of view.querySelectorAll("option[value^='class:']")) option.remove();
  for (const name of state.classes) view.append(new Option(`Class: ${name}`, `class:${name}`));
  view.value = [...view.options].some((option) => option.value === chosen) ? chosen : "useful";
  find("camera-classes").replaceChildren(...state.classes.map((name) => new Option(name)));
}

function accepted() {
  const least = 255 * Number(find("sure").value);
  return every((row) => labels[row] < 0 && guesses[row] >= 0 && sure[row] >= least);
}

function tools() {
  const labelled = state.labelled || 0, many = accepted().length, view = find("view").value;
  find("progress").textContent = `${labelled.toLocaleString("en")} of ${count.toLocaleString("en")}`;
  find("undo").disabled = !past.length;
  find("clear").disabled = !grid.rows.length;
  find("accept").disabled = !many;
  find("accept").textContent = many ? `Accept all ${many.toLocaleString("en")}` : "Accept all";
  find("shown").textContent = grid.selected.size ? `${grid.selected.size.toLocaleString("en")} selected of ${grid.rows.length.toLocaleString("en")}` : `${grid.rows.length.toLocaleString("en")} ${grid.rows.length === 1 ? "image" : "images"}`;
  find("view-says").textContent = SAYS[view] || "";
  find("view-says").hidden = !SAYS[view];
  find("renew").hidden = view !== "useful";
  find("model-says").textContent = modelSays();
}

function modelSays() {
  if (state.error) return state.error;
  if (state.doing) return `${state.doing} …`;
  if (state.accuracy === null || state.accuracy === undefined) return (state.labelled || 0) ? "With two classes it begins to suggest; with some 16 labels it says how often it is right." : "No labels yet. Give a few images of two classes a label, and it begins to suggest.";
  const doubt = state.doubted ? ` It doubts ${state.doubted} ${state.doubted === 1 ? "label" : "labels"}.` : "";
  return `Right on ${Math.round(100 * state.accuracy)}% of labelled images that it had not learnt from, which are the hard ones.${doubt}${state.current ? "" : " Learning …"}`;
}

// Giving labels

async function say(words, { remember = true } = {}) {
  if (!words.length) return;
  const before = words.map(([row]) => [row, labels[row] >= 0 ? state.classes[labels[row]] : null]);
  for (const [row, name] of words) put(row, name);
  grid.soon();
  pending++;
  try {
    const answer = await fetch(`${address}/words`, { method: "POST", body: JSON.stringify({ words }), headers: { Accept: "application/json", "Content-Type": "application/json" } });
    const said = await answer.json();
    if (!answer.ok) throw new Error(said.error);
    if (remember) past.push(before);
  } catch (error) {
    for (const [row, name] of before) put(row, name);
    toast(`Not kept: ${error.message}`);
  } finally {
    pending--;
    if (!pending) refresh();
  }
}

function put(row, name) {
  if (name && !state.classes.includes(name)) { state.classes.push(name); state.counts[name] = 0; }
  if (labels[row] >= 0) { state.counts[state.classes[labels[row]]]--; state.labelled--; }
  labels[row] = name ? state.classes.indexOf(name) : -1;
  flags[row] = (flags[row] & SEALED) | (name ? LABELLED : 0);
  if (name) { state.counts[name]++; state.labelled = (state.labelled || 0) + 1; }
}

function give(name) {
  const rows = grid.chosen(), one = !grid.selected.size;
  if (!rows.length) return;
  say(rows.map((row) => [row, name]));
  announce(`${rows.length === 1 ? names[rows[0]] || "Image" : `${rows.length} images`}: ${name || "no label"}`);
  classes();
  if (one) grid.go(grid.at + 1);
  else {
    const last = Math.max(...rows.map((row) => grid.rows.indexOf(row)));
    grid.go(last + 1);
  }
}

async function undo() {
  const words = past.pop();
  if (!words) return;
  await say(words, { remember: false });
  const at = grid.rows.indexOf(words[0][0]);
  if (at >= 0) grid.go(at);
  announce(`Undone: ${words.length === 1 ? names[words[0][0]] : `${words.length} images`}`);
  tools();
}

function pressed(event) {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z") { undo(); return true; }
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  if (event.key === "0" || event.key === "Delete") { give(null); return true; }
  if (/^[1-9]$/.test(event.key) && state.classes[event.key - 1]) { give(state.classes[event.key - 1]); return true; }
  if (event.key.toLowerCase() === "y" && guesses[grid.row()] >= 0) { give(state.classes[guesses[grid.row()]]); return true; }
  if (event.key === "/" || event.key.toLowerCase() === "n") { find("class-name").focus(); return true; }
  return false;
}

// One image, large

const look = largeImage({ grid: () => grid, address, name: (row) => names[row] || "", describe });

// The camera, where there is one

navigator.mediaDevices?.enumerateDevices?.().then((devices) => (find("camera").hidden = !devices.some((each) => each.kind === "videoinput")), () => {});
find("camera").addEventListener("click", async () => {
  try {
    camera = await navigator.mediaDevices.getUserMedia({ video: { width: 640, height: 480 } });
  } catch (error) {
    toast(`The camera cannot be used: ${error.message}. Allow it for this page.`);
    return;
  }
  find("video").srcObject = camera;
  find("camera-class").value ||= state.classes[0] || "";
  find("camera-box").showModal();
});
let taken = 0;
find("take").addEventListener("click", async () => {
  const label = find("camera-class").value.trim(), video = find("video");
  if (!label) { find("camera-says").textContent = "Name a class first."; return; }
  const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
  canvas.getContext("2d").drawImage(video, 0, 0);
  const photo = await canvas.convertToBlob({ type: "image/jpeg", quality: 0.92 });
  const answer = await fetch(`${address}/captured?label=${encodeURIComponent(label)}`, { method: "POST", body: photo, headers: { Accept: "application/json" } });
  const said = await answer.json();
  find("camera-says").textContent = answer.ok ? `${++taken} kept, the last as ${label}.` : said.error;
});
find("camera-close").addEventListener("click", () => find("camera-box").close());
find("camera-box").addEventListener("close", () => {
  for (const track of camera?.getTracks() || []) track.stop();
  if (taken) location.assign(`${address}/again`);
});

// Controls

find("new-class").addEventListener("submit", (event) => {
  event.preventDefault();
  const name = find("class-name").value.trim();
  if (!name) return;
  give(name);
  find("class-name").value = "";
  grid.box.focus();
});
find("undo").addEventListener("click", undo);
find("clear").addEventListener("click", () => { give(null); grid.box.focus(); });
find("accept").addEventListener("click", () => {
  const rows = [...accepted()];
  say(rows.map((row) => [row, state.classes[guesses[row]]]));
  announce(`${rows.length} suggestions accepted. Undo takes them back.`);
});
find("renew").addEventListener("click", () => { renew(); grid.box.focus(); });
for (const id of ["view", "text"]) find(id).addEventListener(id === "text" ? "input" : "change", renew);
find("sure").addEventListener("change", tools);
find("zoom").addEventListener("change", () => grid.size(Number(find("zoom").value)));
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, select, textarea, dialog");
  if (!typing && event.target !== grid.box && (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z") { event.preventDefault(); undo(); }
});

fetch(`${address}/names`).then(async (answer) => { names = await answer.json(); grid.say(); });
await load();
const wanted = new URLSearchParams(location.search).get("text");
if (wanted) { // from the answers of a run: this one image
  find("text").value = wanted;
  find("view").value = "all";
  if (!names.length) names = await (await fetch(`${address}/names`)).json();
}
grid.show(rowsOf());
settle();
grid.box.focus({ preventScroll: true });
page.dataset.ready = "yes";
