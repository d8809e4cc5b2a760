// The exported file, run in this page, beside what the same file answers on the machine. An ES module.
import { announce } from "./studio.js";

const place = document.querySelector("#in-browser");
const say = (text, wrong) => {
  const status = place.querySelector("[role=status]");
  status.textContent = text;
  status.classList.toggle("severe", Boolean(wrong));
};

function cell(text, kind = "td", name = "") {
  const made = document.createElement(kind);
  made.textContent = text;
  made.className = name;
  return made;
}

function largest(one, other) {
  let found = 0;
  for (let at = 0; at < one.length; at++) found = Math.max(found, Math.abs(Number(one[at]) - other[at]));
  return found;
}

// the place of the largest number of each row: the answer, where an output is a number a class
const answers = (values, width) => Array.from({ length: values.length / width }, (_, row) => {
  let best = 0;
  for (let at = 1; at < width; at++) if (Number(values[row * width + at]) > Number(values[row * width + best])) best = at;
  return best;
});

async function run() {
  const button = place.querySelector("button");
  button.disabled = true;
  try {
    say("The runtime is loaded …");
    const ort = await import("/browser-runtime/ort.wasm.min.mjs");
    ort.env.wasm.wasmPaths = "/browser-runtime/";
    ort.env.wasm.numThreads = 1;
    const [session, told] = await Promise.all([
      ort.InferenceSession.create(place.dataset.model),
      fetch(place.dataset.answered, { headers: { Accept: "application/json" } }).then((answer) => answer.json()),
    ]);
    if (told.error) throw new Error(told.error);
    say("The network answers …");
    const kinds = { uint8: Uint8Array, int32: Int32Array, float32: Float32Array, float64: Float64Array };
    const input = new ort.Tensor(told.type, kinds[told.type].from(told.values), told.shape);
    const began = performance.now();
    const found = await session.run({ [told.input]: input });
    show(found, told, performance.now() - began);
  } catch (error) {
    say(error.message, true);
  }
  button.disabled = false;
}

const written = (difference) => (difference ? difference.toExponential(1) : "0");

function show(found, told, milliseconds) {
  const rows = Object.entries(told.outputs).map(([name, expected]) => {
    const line = document.createElement("tr"), values = found[name].data;
    const width = expected.shape.slice(1).reduce((product, side) => product * side, 1);
    const [here, there] = [answers(values, width), answers(expected.values, width)];
    const same = here.filter((best, row) => best === there[row]).length;
    line.append(cell(name, "th"), cell(expected.shape.join("×")), cell(written(largest(values, expected.values)), "td", "num"));
    line.append(cell(width > 1 ? `${same} of ${here.length}` : "–", "td", "num"));
    return line;
  });
  place.querySelector("tbody").replaceChildren(...rows);
  place.querySelector(".found").hidden = false;
  const each = milliseconds / told.shape[0];
  say(`${told.shape[0]} inputs answered in this page, ${each.toFixed(each < 10 ? 2 : 0)} ms each.`);
  announce("The answers of the page stand beside those of the machine.");
}

place?.querySelector("button").addEventListener("click", run);
