// Data: a grid of all images with filters; what comes later (splits, findings) is put in when it is there.
import { Grid } from "./grid.js";
import { largeImage } from "./large_image.js";

const find = (id) => document.querySelector(`#${id}`);
const page = find("data"), address = page.dataset.address;
let failed = false, grid = null, ofKey = "", seen = -1, names = [], classes = [], splits = [], labels = new Int16Array(0), parts = new Uint8Array(0), findings = [];

const describe = (row) => `${names[row] || `Image ${row + 1}`}, ${classes[labels[row]] || "no class"}${splits[parts[row]] ? `, ${splits[parts[row]]}` : ""}`;
const SHORT = { train: "", validation: "val", calibration: "cal", test: "test" };

async function update() {
  const stage = find("stage").dataset;
  if (stage.failed && !failed) find("otherwise").open = true; // once: who closes it wants it closed
  failed = Boolean(stage.failed);
  if (!Number(stage.count) || Number(stage.seen) === seen) return;
  seen = Number(stage.seen);
  find("grid-card").hidden = false;
  if (stage.key !== ofKey) make(stage); // thumbnails are kept by row: of a file that cannot be read there is none any more
  const answer = await fetch(`${address}/rows`);
  if (!answer.ok) return;
  const bytes = await answer.arrayBuffer(), long = new DataView(bytes).getUint32(0, true), count = Number(stage.count);
  ({ classes, splits } = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 4, long))));
  labels = new Int16Array(bytes.slice(4 + long, 4 + long + 2 * count));
  parts = new Uint8Array(bytes.slice(4 + long + 2 * count));
  options("class", classes, "All classes");
  options("split", splits.filter((split, at) => split && parts.includes(at)), "All splits");
  show();
  await drawn(); // names are long, and what is seen comes first
  page.dataset.ready = seen;
  [names, findings] = await Promise.all([`${address}/names`, `${address}/findings`].map(async (each) => (await fetch(each)).json()));
  const titles = [...document.querySelectorAll("[data-finding]")].map((button) => [button.dataset.finding, button.dataset.title]);
  find("finding").replaceChildren(new Option("All images", ""), ...titles.map(([at, title]) => new Option(title, at)));
  show({ keep: true });
}

function make(stage) {
  ofKey = stage.key;
  find("grid").replaceChildren();
  grid = new Grid(find("grid"), {
    address: `${address}/pixels`, side: Number(stage.side), height: Number(stage.height), channels: Number(stage.channels), label: "Images",
    describe, open: look, moved: () => (find("focused").textContent = grid.rows.length ? describe(grid.row()) : ""),
    mark: (row) => ({ text: classes[labels[row]] || "", tone: "", corner: SHORT[splits[parts[row]]] ?? "" }),
  });
  grid.size(Number(find("zoom").value));
  grid.show(Int32Array.from({ length: Number(stage.count) }, (_, row) => row)); // pixels are on their way before classes
}

async function drawn({ patience = 2000 } = {}) {
  for (const end = performance.now() + patience; !grid.drawn && performance.now() < end;) await new Promise((done) => setTimeout(done, 20));
}

function options(id, values, first) {
  const place = find(id), before = place.value;
  place.replaceChildren(new Option(first, ""), ...values.map((value) => new Option(value, value)));
  place.value = values.includes(before) ? before : "";
}

function show({ keep = false } = {}) {
  const label = classes.indexOf(find("class").value), split = splits.indexOf(find("split").value || "?"), text = find("text").value.trim().toLowerCase();
  const found = find("finding").value, rows = found === "" ? labels.keys() : findings[found] || [];
  const shown = [];
  for (const row of rows) if ((label < 0 || labels[row] === label) && (split < 0 || parts[row] === split) && (!text || (names[row] || "").toLowerCase().includes(text))) shown.push(row);
  grid.show(Int32Array.from(shown), { keep });
  find("shown").textContent = shown.length === labels.length ? `${labels.length.toLocaleString("en")} images` : `${shown.length.toLocaleString("en")} of ${labels.length.toLocaleString("en")} images`;
}

const look = largeImage({ grid: () => grid, address, name: (row) => names[row] || "", describe });

for (const id of ["split", "class", "finding"]) find(id).addEventListener("change", () => show());
find("text").addEventListener("input", () => show());
find("zoom").addEventListener("change", () => grid.size(Number(find("zoom").value)));
page.addEventListener("click", (event) => {
  const button = event.target.closest("[data-finding]"), image = event.target.closest("[data-row]");
  if (image) look(Number(image.dataset.row));
  if (find("records")) filterRecords(button?.dataset.finding, event.target.closest("[data-column]")?.dataset.column);
  if (!button || !grid) return;
  find("finding").value = button.dataset.finding;
  show();
  find("grid-card").scrollIntoView({ block: "start" });
  grid.box.focus();
});
// a finding on a table leads to its rows, or to the column that it is about
function filterRecords(finding, column) {
  if (finding === undefined && column === undefined) return;
  const form = find("record-filter"), wanted = finding === undefined ? { column, condition: "missing" } : { finding };
  for (const entry of form.elements) if (entry.name) entry.value = wanted[entry.name] ?? "";
  form.dispatchEvent(new Event("change", { bubbles: true }));
  find("records").scrollIntoView({ block: "start" });
  form.elements[0].focus({ preventScroll: true });
}

document.body.addEventListener("htmx:afterSwap", update);
await update();
