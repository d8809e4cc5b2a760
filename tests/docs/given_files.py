"""What the pages take for granted: a reader's own folders, tables and images, drawn under the names they have there."""

import csv
import shutil
from pathlib import Path

import numpy as np
from PIL import Image

from saccade.modalities.ratings import invented_films

SIDE = 24


def lay_out(folder):
    """Put everything that pages name into a folder."""
    rng = np.random.default_rng(0)
    photos(folder / "photos", rng, count=60)
    photos(folder / "other-photos", rng, count=6)
    new_photos(folder, rng)
    bottles(folder, rng)
    boxes(folder / "boxes", rng)
    tables_of_images(folder, rng)
    transactions(folder / "transactions.csv", rng, count=2600)
    transactions(folder / "new.csv", rng, count=200)
    prices(folder / "prices.csv", rng)
    ratings(folder)


def photos(folder, rng, *, count):
    """Draw cats with lying and dogs with standing stripes."""
    for name in ("cat", "dog"):
        (folder / name).mkdir(parents=True)
        for number in range(count):
            striped(rng, standing=name == "dog").save(folder / name / f"{number}.jpg")


def striped(rng, *, standing):
    """Return a noisy photo of stripes."""
    lines = (np.arange(SIDE) // 3 + rng.integers(2)) % 2 * rng.integers(80, 140)
    stripes = np.broadcast_to(lines if standing else lines[:, None], (SIDE, SIDE))
    return Image.fromarray((stripes[..., None] + rng.integers(0, 100, (SIDE, SIDE, 3))).astype(np.uint8))


def new_photos(folder, rng):
    """Draw photos without labels, alone, in a folder and in an archive."""
    (folder / "new-photos").mkdir()
    for number in range(4):
        striped(rng, standing=number % 2).save(folder / "new-photos" / f"new-{number}.jpg")
    shutil.make_archive(str(folder / "photos"), "zip", folder / "new-photos")
    striped(rng, standing=True).save(folder / "photo.jpg")


def bottles(folder, rng):
    """Draw smooth discs, and some with a scratch."""
    for name, count in (("train/good", 60), ("test/good", 12), ("test/scratch", 12)):
        (folder / "bottle" / name).mkdir(parents=True)
        for number in range(count):
            bottle(rng, scratched="scratch" in name).save(folder / "bottle" / name / f"{number}.png")
    (folder / "new-bottles").mkdir()
    for number in range(3):
        bottle(rng, scratched=number == 2).save(folder / "new-bottles" / f"{number}.png")
    bottle(rng, scratched=True).save(folder / "scratch.png")


def bottle(rng, *, scratched):
    """Return a disc of one grey with little noise, in a light of its own: no two are near-duplicates."""
    rows, columns = np.indices((32, 32)) - 16 + rng.integers(-2, 3)
    light = rng.normal(0, 20, (4, 4)).repeat(8, axis=0).repeat(8, axis=1)
    pixels = 60 + 120 * (rows**2 + columns**2 < 120) + light + rng.normal(0, 4, (32, 32))
    if scratched:
        start = rng.integers(8, 20)
        pixels[start : start + 3, 6:26] = 255
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def boxes(folder, rng):
    """Draw a bright square on each photo, with its box in Pascal VOC."""
    folder.mkdir()
    for number in range(40):
        pixels = rng.integers(0, 80, (64, 64, 3), dtype=np.uint8)
        left, top = rng.integers(0, 44, 2).tolist()
        pixels[top : top + 20, left : left + 20] = 220
        Image.fromarray(pixels).save(folder / f"{number}.png")
        sides = {"xmin": left + 1, "ymin": top + 1, "xmax": left + 20, "ymax": top + 20}
        box = "".join(f"<{name}>{side}</{name}>" for name, side in sides.items())
        marked = f"<object><name>square</name><bndbox>{box}</bndbox></object>"
        (folder / f"{number}.xml").write_text(f"<annotation>{marked}</annotation>")


def tables_of_images(folder, rng):
    """Write tables that name images: their class, an age (how bright), and labels."""
    (folder / "faces").mkdir()
    ages, tags, labels = [], [], []
    for number in range(90):
        standing, age = number % 2, int(rng.integers(10, 90))
        image = np.asarray(striped(rng, standing=bool(standing)), float) * 0.4 + age
        Image.fromarray(image.clip(0, 255).astype(np.uint8)).save(folder / "faces" / f"{number}.png")
        path = f"faces/{number}.png"
        ages.append((path, age))
        labels.append((path, ("lying", "standing")[standing]))
        tags.append((path, "|".join([("lying", "standing")[standing], *(["bright"] if age > 50 else [])])))
    write(folder / "ages.csv", ("path", "age"), ages)
    write(folder / "labels.csv", ("path", "label"), labels)
    write(folder / "tags.csv", ("path", "labels"), tags)


def transactions(path, rng, *, count):
    """Write rows in time, a twentieth of them fraudulent."""
    rows = []
    for number in range(count):
        fraud = rng.random() < 0.05
        amount, age = rng.normal(400 if fraud else 40, 12), rng.normal(25 if fraud else 45, 6)
        kind = rng.choice(["shop", "online", "cash"], p=[0.2, 0.7, 0.1] if fraud else [0.6, 0.3, 0.1])
        when = np.datetime64("2025-03-01T00:00") + np.timedelta64(number * 30, "m")
        rows.append((str(when).replace("T", " "), f"{amount:.2f}", f"{age:.1f}", kind, int(fraud)))
    write(path, ("when", "amount", "age", "kind", "is_fraud"), rows)


def prices(path, rng):
    """Write numbers that can be read in two ways."""
    write(path, ("price", "weight"), [(f"{rng.integers(1, 9)},{rng.integers(100, 999)}", f"{n}.5") for n in range(60)])


def ratings(folder):
    """Write what invented people rated, with titles, and the ratings of two new ones."""
    made = invented_films.build().ratings
    given = zip(made.user.tolist(), made.item.tolist(), made.rating.tolist(), made.time.tolist(), strict=True)
    rows = [(made.users[u], made.items[i], f"{rating:g}", when, made.titles[i]) for u, i, rating, when in given]
    write(folder / "ratings.csv", ("user", "item", "rating", "timestamp", "title"), rows)
    write(folder / "new-ratings.csv", ("user", "item", "rating"), [("zoe", 5, 5), ("zoe", 31, 1), ("max", 9, 4)])


def write(path: Path, header, rows):
    """Write a CSV file."""
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
