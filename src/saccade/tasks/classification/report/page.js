"use strict";
// Shows the images behind a cell, enlarges an image, sorts tables. Everything it adds is text, never markup.
const told = JSON.parse(document.getElementById("told").textContent);
const images = told.images.map(([name, truth, said, sure, source]) => ({ name, truth, said, sure, source }));
for (const button of document.querySelectorAll("button[data-image]")) {
  images[button.dataset.image].source = button.querySelector("img")?.src ?? "";
}

function make(kind, text = "", name = "") {
  const made = document.createElement(kind);
  made.textContent = text;
  made.className = name;
  return made;
}

// as pages.file_name writes it: never broken within its ending
function fileName(kind, name, style = "") {
  const made = make(kind, "", style);
  const [, start, end] = name.match(/^(.*?)([^/]{0,4}\.[^./]+)$/s) ?? ["", name, ""];
  made.append(start, make("span", end, "file-end"));
  return made;
}

// as tables.sureness writes it
const percent = (share) => (share >= 0.99995 ? "over 99.99%" : (100 * share).toFixed(share >= 0.99 ? 2 : 1) + "%");

function tile(number) {
  const { name, truth, said, sure, source } = images[number];
  const button = make("button", "", "tile");
  button.type = "button";
  button.dataset.image = number;
  if (source) {
    const image = make("img");
    image.src = source;
    image.alt = "";
    button.append(image);
  }
  button.append(make("b", `says ${told.classes[said]}`), make("span", `is ${told.classes[truth]}`));
  button.append(make("span", `${percent(sure)} sure`), fileName("small", name));
  return button;
}

const panel = document.getElementById("cell");
function showCell(button) {
  const [truth, said] = button.dataset.cell.split(",").map(Number);
  const numbers = told.cells[button.dataset.cell] ?? [];
  const count = Number(button.dataset.count);
  for (const other of document.querySelectorAll("[data-cell]")) {
    other.setAttribute("aria-pressed", other.dataset.cell === button.dataset.cell);
  }
  const what = truth === said ? `${told.classes[truth]}, recognised` : `${told.classes[truth]}, taken for ${told.classes[said]}`;
  const few = numbers.length < count ? `${numbers.length} of ${count.toLocaleString("en")} shown; all are in predictions.csv.` : "";
  const heading = make("h3", `${what}: ${count.toLocaleString("en")} image${count === 1 ? "" : "s"}`);
  heading.tabIndex = -1;
  const tiles = make("div", "", "tiles");
  tiles.append(...numbers.map(tile));
  panel.replaceChildren(heading, make("p", few, "pale"), tiles);
  panel.hidden = false;
  panel.scrollIntoView({ block: "nearest" });
  heading.focus({ preventScroll: true }); // is read aloud, and the next tab is its first image
}

const enlarged = document.getElementById("enlarged");
function enlarge(number) {
  const { name, truth, said, sure, source } = images[number];
  const lines = [make("p", `The network says ${told.classes[said]}, ${percent(sure)} sure.`), make("p", `Its name in the data is ${told.classes[truth]}.`), fileName("p", name, "pale")];
  if (source) {
    const image = make("img");
    image.src = source;
    image.alt = `an image of ${told.classes[truth]}`;
    lines.unshift(image);
  }
  enlarged.querySelector("div").replaceChildren(...lines);
  enlarged.showModal();
}

// numbers by size, names by their letters; what is not defined comes last
function sortBy(header) {
  const table = header.closest("table");
  const column = [...header.parentElement.children].indexOf(header);
  const down = header.getAttribute("aria-sort") === "ascending" || (!header.hasAttribute("aria-sort") && header.dataset.first === "down");
  const key = (row) => row.children[column].dataset.value ?? row.children[column].textContent;
  const compare = (one, other) => {
    const [a, b] = [key(one), key(other)];
    if (a === "" || b === "") return (a === "") - (b === "");
    const order = header.hasAttribute("data-number") ? a - b : a.localeCompare(b, "en", { numeric: true });
    return down ? -order : order;
  };
  for (const other of header.parentElement.children) other.removeAttribute("aria-sort");
  header.setAttribute("aria-sort", down ? "descending" : "ascending");
  table.tBodies[0].append(...[...table.tBodies[0].rows].sort(compare));
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (event.target === enlarged || button?.dataset.close !== undefined) enlarged.close();
  else if (button?.dataset.cell !== undefined) showCell(button);
  else if (button?.dataset.image !== undefined) enlarge(Number(button.dataset.image));
  else if (button?.closest("th")) sortBy(button.closest("th"));
});

// on paper everything is open
let closed = [];
window.addEventListener("beforeprint", () => {
  closed = [...document.querySelectorAll("details:not([open])")];
  for (const each of closed) each.open = true;
});
window.addEventListener("afterprint", () => closed.forEach((each) => (each.open = false)));
