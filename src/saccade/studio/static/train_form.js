// The form of a training: data, recipe and task bring the settings that fit; the command grows as one types.
const CHOOSING = ["data", "recipe", "task"];
const word = (text) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'"'"'`)}'`);

function line(form) {
  const given = Object.fromEntries([...new FormData(form)].filter(([, text]) => text.trim()).map(([name, text]) => [name, text.trim()]));
  const { data, recipe, task } = given;
  const settings = Object.entries(given).filter(([name]) => name.startsWith("set:"));
  const named = recipe ? [recipe, ...(data ? [`data=${data}`] : [])] : data ? [data] : [];
  const words = [...named, ...(task ? [`task=${task}`] : []), ...settings.map(([name, text]) => `${name.slice(4)}=${text}`)];
  const where = (document.querySelector("#line").dataset.where ??= document.querySelector("#line").textContent.match(/ --runs .*$/)?.[0] ?? "");
  return ["saccade train", ...words.map(word)].join(" ") + where;
}

document.addEventListener("input", ({ target }) => {
  const form = target.closest("#training");
  if (!form) return;
  const text = line(form);
  document.querySelector("#line").textContent = text;
  document.querySelector("#copy").dataset.copy = text;
});

document.addEventListener("change", ({ target }) => {
  const form = target.closest("#training");
  if (!form || !CHOOSING.includes(target.name)) return;
  const query = new URLSearchParams([...new FormData(form)].filter(([, text]) => text.trim()));
  htmx.ajax("GET", `/train/fields?${query}`, { target: "#training", swap: "outerHTML" }).then(() => {
    document.querySelector(`#field-${target.name}`)?.focus();
  });
});

document.body.addEventListener("htmx:afterSwap", ({ detail }) => {
  const wrong = document.querySelector("#training .alert.severe, #training .wrong input");
  if (detail.requestConfig?.verb === "post" && detail.requestConfig.path === "/train/start") wrong?.scrollIntoView({ block: "center" });
});
