// What every page does: hears the server's one stream, copies commands, and tells readers of screens what changed.

// One stream a page; closed while the page is hidden, since a browser opens six connections to a place at most.
const address = document.body.dataset.events;
let stream = null;

function listen() {
  if (!address || stream || document.hidden) return;
  stream = new EventSource(address);
  const names = (document.body.dataset.hears || "jobs").split(" ");
  for (const name of [...names, "closed"]) {
    stream.addEventListener(name, (message) => {
      const detail = JSON.parse(message.data);
      document.body.dispatchEvent(new CustomEvent(`studio-${name}`, { detail, bubbles: true }));
      if (name === "closed") stop();
    });
  }
}

function stop() {
  stream?.close();
  stream = null;
}

document.addEventListener("visibilitychange", () => (document.hidden ? stop() : listen()));
addEventListener("pagehide", stop);
addEventListener("pageshow", listen);
listen();

// Where a page draws a part of itself anew ("morph"), what is the same stays the same element: a click meant for it still
// reaches it, the focus and the place of a list are kept, and so is what a person opened or closed.
Idiomorph.defaults.callbacks.beforeAttributeUpdated = (name, { tagName }) => !(name === "open" && tagName === "DETAILS");

// What runs, in the header
document.body.addEventListener("studio-jobs", ({ detail }) => {
  const place = document.querySelector("#activity");
  place.hidden = !detail.text;
  place.querySelector("a").href = detail.address;
  place.querySelector("span.text").textContent = detail.text;
});

// Copying: <button data-copy="text">
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  announce("Copied.");
  const before = button.textContent;
  button.textContent = "Copied";
  setTimeout(() => (button.textContent = before), 1500);
});

// Say something to those who do not see the page: announce("Saved.")
export function announce(text) {
  document.querySelector("#announced").textContent = text;
}

// Send something to the server: await send("/runs/x/tags", { tags: "a b" }) gives the answer, or throws its sentence.
// Several values of one name: [["run", "a"], ["run", "b"]].
export async function send(to, values = {}) {
  const answer = await fetch(to, {
    method: "POST",
    body: new URLSearchParams(values),
    headers: { Accept: "application/json" },
  });
  const content = await answer.json();
  if (!answer.ok) throw new Error(content.error);
  return content;
}
