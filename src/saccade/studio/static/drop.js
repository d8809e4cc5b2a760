// Files that are dropped, or chosen: sent one after the other, straight to the disk, and then opened.
const find = (id) => document.querySelector(`#${id}`);
const place = find("drop"), says = find("drop-says");

for (const name of ["dragenter", "dragover"]) place.addEventListener(name, (event) => { event.preventDefault(); place.classList.add("over"); });
for (const name of ["dragleave", "drop"]) place.addEventListener(name, () => place.classList.remove("over"));
place.addEventListener("drop", async (event) => {
  event.preventDefault();
  const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  keep((await Promise.all(entries.map((entry) => within(entry, "")))).flat());
});
find("files").addEventListener("change", (event) => keep([...event.target.files].map((file) => [file.name, file])));

async function within(entry, above) {
  const name = `${above}${entry.name}`;
  if (entry.isFile) return [[name, await new Promise((resolve, refuse) => entry.file(resolve, refuse))]];
  const reader = entry.createReader(), found = [];
  for (;;) {
    const some = await new Promise((resolve, refuse) => reader.readEntries(resolve, refuse));
    if (!some.length) return found;
    found.push(...(await Promise.all(some.map((each) => within(each, `${name}/`)))).flat());
  }
}

async function keep(files) {
  let to = "", path = "";
  try {
    for (const [at, [name, file]] of files.entries()) {
      says.textContent = `${at + 1} of ${files.length}: ${name}`;
      const answer = await fetch(`/data/upload?to=${encodeURIComponent(to)}&name=${encodeURIComponent(name)}`, { method: "POST", body: file, headers: { Accept: "application/json" } });
      const said = await answer.json();
      if (!answer.ok) throw new Error(said.error);
      ({ to, path } = said);
    }
  } catch (error) {
    says.textContent = `Not kept: ${error.message}`;
    return;
  }
  if (!files.length) return;
  find("field-path").value = files.length === 1 ? `${path}/${files[0][0]}` : path;
  find("open-data").requestSubmit();
}
