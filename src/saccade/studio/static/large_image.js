// One image of a grid, large, in a dialog in which the keys of the grid go on to the next.

// Returns what shows a row. `grid` gives the grid as it is now; `name` and `describe` give its file and all that is said of it, which begins with that name.
export function largeImage({ grid, address, name, describe }) {
  const find = (id) => document.getElementById(id);
  const dialog = find("large");

  function look(row) {
    find("large-image").src = `${address}/image/${row}`;
    find("large-image").alt = describe(row);
    find("large-name").textContent = name(row);
    find("large-says").textContent = describe(row).slice(name(row).length + 2);
    if (!dialog.open) dialog.showModal();
  }

  dialog.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === "Escape") return;
    grid().pressed(event);
    if (grid().rows.length) look(grid().row());
  });
  dialog.addEventListener("close", () => grid().box.focus());
  find("large-close").addEventListener("click", () => dialog.close());
  return look;
}
