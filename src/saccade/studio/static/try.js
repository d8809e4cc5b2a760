// What was shown to the network in the frame can be looked into: a button for each image that it has answered.
const place = document.querySelector("#look");
const frame = document.querySelector("iframe.try");
const MOST = 6;

function button(file) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "small";
  made.textContent = `Look inside ${file.name || "this image"}`;
  made.addEventListener("click", () => look(file));
  return made;
}

async function look(file) {
  const said = place.querySelector(".said");
  for (const each of place.querySelectorAll("button")) each.disabled = true;
  said.textContent = `${file.name || "The image"} is being opened …`;
  try {
    const to = `${place.dataset.address}?${new URLSearchParams({ name: file.name || "image.png" })}`;
    const answer = await fetch(to, { method: "POST", body: file, headers: { Accept: "application/json" } });
    const content = await answer.json();
    if (!answer.ok) throw new Error(content.error);
    location.href = content.address;
  } catch (error) {
    said.textContent = error.message;
    for (const each of place.querySelectorAll("button")) each.disabled = false;
  }
}

addEventListener("message", ({ data, origin, source }) => {
  if (!place || origin !== location.origin || source !== frame?.contentWindow || !Array.isArray(data?.answered)) return;
  const files = data.answered.filter((each) => each instanceof Blob).slice(0, MOST);
  if (files.length) place.querySelector(".files").replaceChildren(...files.map(button));
});
