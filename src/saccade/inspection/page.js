"use strict";
// The image stands in the page once; every card and the enlarged view show it again.
for (const image of document.querySelectorAll("[data-image]")) image.src = imageAddress;

for (const button of document.querySelectorAll(".unfold")) {
  button.onclick = () => { button.previousElementSibling.classList.remove("folded"); button.remove(); };
}

const chosenClass = document.getElementById("class");
if (chosenClass) chosenClass.onchange = () => {
  for (const views of document.querySelectorAll(".views")) views.hidden = views.dataset.class !== chosenClass.value;
};

const dialog = document.getElementById("enlarged");
const canvas = dialog.querySelector("canvas");
const said = dialog.querySelector("output");
const frame = dialog.querySelector(".field b");
const unpacked = new Map();
let shown = null; // {tile, tiles, values, height, width}

// Numbers are unpacked only when someone looks at them: a page may hold millions.
async function numbersOf(tiles) {
  const id = tiles.dataset.id;
  if (!unpacked.has(id)) {
    const packed = Uint8Array.from(atob(document.getElementById(id).textContent), letter => letter.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
    const bytes = await new Response(stream).arrayBuffer();
    const { exact, least, largest } = tiles.dataset;
    const step = (largest - least || 1) / 65535;
    unpacked.set(id, exact === "1" ? new Float32Array(bytes) : Float32Array.from(new Uint16Array(bytes), n => +least + n * step));
  }
  return unpacked.get(id);
}

async function enlarge(tile) {
  const tiles = tile.parentElement;
  const height = +tiles.dataset.height, width = +tiles.dataset.width;
  const numbers = await numbersOf(tiles);
  const position = [...tiles.children].indexOf(tile);
  const values = numbers.subarray(position * height * width, (position + 1) * height * width);
  shown = { tile, tiles, values, height, width };
  const card = tile.closest("article");
  dialog.querySelector("h3").textContent = card.querySelector("h3").textContent.trim().replace(/\s+/g, " ") + ": " + tile.dataset.name;
  said.textContent = `${height}×${width} numbers from ${number(min(values))} to ${number(max(values))}. Move over the map to read them.`;
  frame.hidden = true;
  paint(values, height, width, tiles.dataset);
  showOthers(tile, tiles);
  if (!dialog.open) dialog.showModal();
}

function paint(values, height, width, { low, high, palette }) {
  canvas.height = height;
  canvas.width = width;
  const colours = palettes[palette];
  const pixels = new ImageData(width, height);
  values.forEach((value, place) => {
    const share = Math.min(Math.max((value - low) / (high - low), 0), 1);
    pixels.data.set([...colours[Math.round(share * 255)], 255], 4 * place);
  });
  canvas.getContext("2d").putImageData(pixels, 0, 0);
}

// The filter of the same channel, and what excites it.
function showOthers(tile, tiles) {
  const others = dialog.querySelector(".others");
  others.replaceChildren();
  dialog.querySelector(".beside").hidden = tiles.dataset.kind !== "maps";
  for (const other of document.querySelectorAll(`.tiles[data-layer="${tiles.dataset.layer}"]`)) {
    const duplicate = other !== tiles && other.querySelector(`[data-name="${tile.dataset.name}"]`);
    if (!duplicate) continue;
    const words = document.createElement("p");
    words.textContent = { patches: "What excites it most:", filters: "Its filter:", maps: "Its map:" }[other.dataset.kind];
    others.append(words, duplicate.querySelector("i").cloneNode());
  }
}

function point(event) {
  const box = canvas.getBoundingClientRect();
  const inside = (place, count) => Math.min(Math.max(Math.floor(place * count), 0), count - 1);
  const row = inside((event.clientY - box.top) / box.height, shown.height);
  const column = inside((event.clientX - box.left) / box.width, shown.width);
  said.textContent = `row ${row}, column ${column}: ${number(shown.values[row * shown.width + column])}`;
  showField(row, column);
}

// The same sum as Field.box in Python: first pixel = start + place · stride.
function showField(row, column) {
  const { size, stride, start } = shown.tile.closest("article").dataset;
  frame.hidden = !size || shown.tiles.dataset.kind !== "maps";
  if (frame.hidden) return;
  const [top, bottom, left, right] = [row, column].flatMap((place, axis) => {
    const first = Math.floor(+start.split(" ")[axis] + place * stride.split(" ")[axis]);
    const most = imageSize[axis], begin = Math.min(Math.max(first, 0), most - 1);
    return [begin / most, Math.min(Math.max(first + +size.split(" ")[axis], begin + 1), most) / most];
  });
  Object.assign(frame.style, { left: `${100 * left}%`, top: `${100 * top}%`, width: `${100 * (right - left)}%`, height: `${100 * (bottom - top)}%` });
}

function move(by) {
  const names = [...shown.tiles.children];
  enlarge(names[(names.indexOf(shown.tile) + by + names.length) % names.length]);
}

const number = value => value === 0 ? "0" : String(+value.toPrecision(6));
const min = values => values.reduce((least, value) => Math.min(least, value), Infinity);
const max = values => values.reduce((most, value) => Math.max(most, value), -Infinity);

document.addEventListener("click", event => {
  const tile = event.target.closest("button.tile");
  if (tile) enlarge(tile);
});
for (const button of dialog.querySelectorAll("[data-move]")) {
  button.onclick = () => +button.dataset.move ? move(+button.dataset.move) : dialog.close();
}
dialog.addEventListener("click", event => { if (event.target === dialog) dialog.close(); });
dialog.addEventListener("close", () => shown.tile.focus());
dialog.addEventListener("keydown", event => {
  const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (by) { event.preventDefault(); move(by); }
});
canvas.addEventListener("pointermove", point);
canvas.addEventListener("pointerdown", point);
