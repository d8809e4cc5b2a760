// Projects: which runs are chosen survives each refresh of the table; remove with undo; tags.
import { announce, send } from "./studio.js";

const chosen = new Set();
const bar = document.querySelector("#chosen");
const toast = document.querySelector("#toast");
const filter = document.querySelector("#filter");

function show() {
  const there = new Set([...document.querySelectorAll("#rows tr[data-run]")].map((row) => row.dataset.run));
  for (const box of document.querySelectorAll('#rows input[name="run"]')) {
    box.checked = chosen.has(box.value);
    box.closest("tr").classList.toggle("chosen", box.checked);
  }
  const seen = [...chosen].filter((name) => there.has(name)).length;
  bar.hidden = !chosen.size;
  const hidden = chosen.size - seen;
  bar.querySelector(".count").textContent =
    `${chosen.size} run${chosen.size === 1 ? "" : "s"} chosen${hidden ? `, ${hidden} not in this list` : ""}`;
  const compare = document.querySelector("#compare");
  if (!compare) return;
  const fits = chosen.size >= 2 && chosen.size <= 5;
  compare.setAttribute("aria-disabled", String(!fits));
  compare.title = fits ? "" : "Choose two to five runs.";
  if (fits) compare.href = `/compare?${new URLSearchParams(runs())}`;
  else compare.removeAttribute("href");
}

function say(text, undo) {
  toast.hidden = false;
  toast.querySelector(".said").textContent = text;
  const button = toast.querySelector("button");
  button.hidden = !undo;
  button.onclick = undo;
  clearTimeout(say.timer);
  say.timer = setTimeout(() => (toast.hidden = true), undo ? 15000 : 5000);
}

async function change(address, values) {
  try {
    const answer = await send(address, values);
    document.body.dispatchEvent(new CustomEvent("studio-runs"));
    return answer;
  } catch (error) {
    say(error.message);
    return null;
  }
}

const runs = () => [...chosen].map((name) => ["run", name]);

if (bar) {
  document.addEventListener("change", ({ target }) => {
    if (target.name !== "run") return;
    target.checked ? chosen.add(target.value) : chosen.delete(target.value);
    show();
  });
  document.addEventListener("htmx:afterSwap", () => {
    const rows = document.querySelector("#rows");
    filter.elements.sort.value = rows.dataset.sort;
    filter.elements.turned.value = rows.dataset.turned;
    const query = new URLSearchParams(new FormData(filter));
    for (const [name, value] of [...query]) if (!value || value === "started") query.delete(name);
    history.replaceState(null, "", query.size ? `/?${query}` : "/");
    show();
  });
  document.querySelector("#none").addEventListener("click", () => {
    chosen.clear();
    show();
  });
  document.querySelector("#remove").addEventListener("click", async () => {
    const answer = await change("/projects/remove", runs());
    if (!answer) return;
    chosen.clear();
    show();
    say(answer.said, async () => {
      const back = await change("/projects/restore", answer.keys.map((key) => ["key", key]));
      if (back) say(back.said);
    });
  });
  document.querySelector("#tagging").addEventListener("submit", async (event) => {
    event.preventDefault();
    const field = document.querySelector("#add");
    const answer = await change("/projects/tag", [...runs(), ["add", field.value]]);
    if (!answer) return;
    field.value = "";
    say(answer.said);
  });
  document.addEventListener("click", async ({ target }) => {
    const button = target.closest("[data-drop]");
    if (!button) return;
    const name = button.closest("tr").dataset.run;
    const answer = await change("/projects/tag", [["run", name], ["drop", button.dataset.drop]]);
    if (answer) announce(answer.said);
  });
  show();
} else {
  // the first run appears: now there is a list
  let first = true;
  document.body.addEventListener("studio-runs", () => (first ? (first = false) : location.reload()));
}
