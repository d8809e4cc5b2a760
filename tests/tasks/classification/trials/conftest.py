"""Generated images whose labels do, or do not, survive being mirrored, turned or given other colours."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from saccade.modalities.images.dataset import ImageDataset

SIDE = 28
FONT = ImageFont.load_default(size=20)


def _canvas(random):
    image = Image.new("RGB", (SIDE, SIDE), tuple(random.integers(0, 90, 3).tolist()))
    return image, ImageDraw.Draw(image), random.integers(-3, 4, 2)


def letter(text, random):
    image, draw, (x, y) = _canvas(random)
    draw.text((SIDE // 2 + x, SIDE // 2 + y), text, font=FONT, fill="white", anchor="mm")
    return image


def arrow(way, random):
    image, draw, (x, y) = _canvas(random)
    draw.line((6 + x, 14 + y, 22 + x, 14 + y), fill="white", width=2)
    tip = {"left": (6, 12), "right": (22, 16)}[way]
    for end in (9, 19):
        draw.line((tip[0] + x, 14 + y, tip[1] + x, end + y), fill="white", width=2)
    return image


def wire(colour, random):
    image, draw, _ = _canvas(random)
    ends = random.integers(0, SIDE, 4).tolist()
    draw.line((ends[0], 0, ends[1], SIDE), fill={"orange": (230, 110, 20), "amber": (230, 160, 20)}[colour], width=4)
    return image


def shape(kind, random):
    image, draw, (x, y) = _canvas(random)
    size, fill = int(random.integers(5, 9)), tuple(random.integers(120, 255, 3).tolist())
    box = (14 + x - size, 14 + y - size, 14 + x + size, 14 + y + size)
    if kind == "disc":
        draw.ellipse(box, fill=fill)
    elif kind == "frame":
        draw.rectangle(box, outline=fill, width=2)
    else:
        draw.line((box[0], box[1], box[2], box[3]), fill=fill, width=3)
        draw.line((box[0], box[3], box[2], box[1]), fill=fill, width=3)
    return image


def slope(kind, random):
    """A line that lies or stands a little askew: turned, the one is the other."""
    image, draw, (x, y) = _canvas(random)
    rise = {"rising": -3, "falling": 3}[kind]
    draw.line((3 + x, 14 - rise + y, 25 + x, 14 + rise + y), fill="white", width=2)
    return image


DRAWN = {
    "b and d": (letter, ("b", "d")),
    "3 and E": (letter, ("3", "E")),
    "arrows": (arrow, ("left", "right")),
    "wires": (wire, ("orange", "amber")),
    "shapes": (shape, ("disc", "frame", "cross")),
    "slopes": (slope, ("rising", "falling")),
}


def drawn(name, *, count=240, share=None):
    """Return a data set of generated images; `share` of the first class, or all alike."""
    random = np.random.default_rng(0)
    draw, classes = DRAWN[name]
    chances = None if share is None else [share, *[(1 - share) / (len(classes) - 1)] * (len(classes) - 1)]
    labels = random.choice(len(classes), count, p=chances)
    images = np.stack([np.asarray(draw(classes[label], random)) for label in labels])
    noisy = np.clip(images + random.normal(0, 8, images.shape), 0, 255).astype(np.uint8)
    return ImageDataset(
        name=name,
        source=name,
        images=noisy,
        labels=labels.astype(np.int64),
        classes=classes,
        names=np.array([f"{row:04d}" for row in range(count)]),
        splits=np.full(count, "train", "<U10"),
        content_hash=f"{name} {count} {share}",
    )


@pytest.fixture
def make_drawn():
    return drawn
