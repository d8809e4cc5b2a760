// What the screens have in common on which one labels: classes (label.js) and boxes (boxes.js).

// Return a function that does `work`; asked for again while it is at it, it does it once more afterwards, never twice at once.
export function oneAtATime(work) {
  let going = false, again = false;
  return async function ask() {
    if (going) { again = true; return; }
    going = true;
    try { await work(); } finally {
      going = false;
      if (again) { again = false; ask(); }
    }
  };
}

// Call `refresh` when the server says something that is not in `state()` yet.
export function hearNews(state, refresh) {
  document.body.addEventListener("studio-label", ({ detail }) => {
    const known = state();
    if (["version", "suggested", "doing", "error"].some((each) => detail[each] !== known[each])) refresh();
  });
}

// The rows, of `count`, for which a test holds
export function rowsWhere(count, test) {
  const found = [];
  for (let row = 0; row < count; row++) if (test(row)) found.push(row);
  return Int32Array.from(found);
}

// Those of some rows whose name has what was typed
export function rowsNamed(rows, names, typed) {
  const text = typed.trim().toLowerCase();
  return text ? rows.filter((row) => (names[row] || "").toLowerCase().includes(text)) : rows;
}

// Say at the foot of the page what went wrong
export function toast(text) {
  document.querySelector(".toast")?.remove();
  const made = Object.assign(document.createElement("div"), { className: "toast", textContent: text });
  made.setAttribute("role", "alert");
  document.body.append(made);
  setTimeout(() => made.remove(), 8000);
}
