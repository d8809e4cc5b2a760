// Pictures of what a training has learnt so far: drawn there only while a page like this is open, and changed in place.
const place = document.querySelector("#pictures");
const [moment, said, list] = [".moment", ".said", ".live"].map((each) => place.querySelector(each));

function figure() {
  const made = document.createElement("figure");
  const title = document.createElement("h3");
  const caption = document.createElement("figcaption");
  caption.className = "small pale";
  made.append(title, document.createElement("img"), caption);
  return made;
}

// the old picture stays until the new one can be shown
async function fill(made, { title, caption, alt, width, height, source }) {
  const [head, before, words] = made.children;
  const image = Object.assign(new Image(width, height), { alt, src: source });
  if (before.src) await image.decode().catch(() => {});
  head.textContent = title;
  words.textContent = caption;
  before.replaceWith(image);
}

let asked = 0;
async function update() {
  const number = (asked += 1);
  const answer = await fetch(place.dataset.address, { headers: { Accept: "application/json" } });
  if (!answer.ok || number !== asked) return; // it is being written, or asked for again meanwhile
  const found = await answer.json();
  place.hidden = !found.said && !found.pictures.length;
  moment.textContent = found.moment;
  said.textContent = found.said;
  said.hidden = !found.said;
  while (list.children.length > found.pictures.length) list.lastChild.remove();
  while (list.children.length < found.pictures.length) list.append(figure());
  await Promise.all(found.pictures.map((each, at) => fill(list.children[at], each)));
}

for (const name of ["pictures", "training"]) document.body.addEventListener(`studio-${name}`, update);
update();
