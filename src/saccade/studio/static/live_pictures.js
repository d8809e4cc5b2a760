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

function put(made, { title, caption }, image) {
  const [head, before, words] = made.children;
  head.textContent = title;
  words.textContent = caption;
  made.classList.toggle("wide", image.width > 420);
  before.replaceWith(image);
}

let asked = 0;
async function update() {
  const number = (asked += 1);
  const answer = await fetch(place.dataset.address, { headers: { Accept: "application/json" } });
  if (!answer.ok || number !== asked) return; // it is being written, or asked for again meanwhile
  const found = await answer.json();
  const images = found.pictures.map(({ width, height, alt, source }) => Object.assign(new Image(width, height), { alt, src: source }));
  await Promise.allSettled(images.map((each) => each.decode())); // the old ones stay until the new ones can be shown
  if (number !== asked) return;
  place.hidden = !found.said && !found.pictures.length;
  moment.textContent = found.moment;
  said.textContent = found.said;
  said.hidden = !found.said;
  while (list.children.length > images.length) list.lastChild.remove();
  while (list.children.length < images.length) list.append(figure());
  for (const [at, image] of images.entries()) put(list.children[at], found.pictures[at], image);
}

for (const name of ["pictures", "training"]) document.body.addEventListener(`studio-${name}`, update);
update();
