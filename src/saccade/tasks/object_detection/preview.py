"""A grid of sample images with their boxes drawn, as a PNG."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from saccade.core.errors import DataError
from saccade.tasks.object_detection import drawing
from saccade.tasks.object_detection.box_colours import colour_of
from saccade.tasks.object_detection.drawing import font_of
from saccade.tasks.object_detection.object_images import ObjectImages
from saccade.tasks.object_detection.placement import to_network

_SIDE = 256  # pixels of a drawn image
_GAP = 6
_MARGIN = 14
_INK, _PALE = (34, 34, 34), (119, 119, 119)
_LINE, _HEAD = 18, 46  # pixels of a line of text, and of the two at the top
_LONGEST_NAME = 28  # letters
_MOST_NAMED = 24  # classes


def draw_grid(
    dataset: ObjectImages, path: Path, *, split: str = "train", rows: int = 4, columns: int = 5, seed: int = 0
) -> None:
    """Draw sample images with their boxes as a PNG, a colour a class; ignored objects in grey.

    Args:
        dataset: with splits, or none.
        path: the file to write, whatever its ending.
        split: whose images; all images when the dataset has no splits yet.
        rows: the most lines of images.
        columns: images a line.
        seed: another seed, other images.

    Raises:
        DataError: the split has no images.
    """
    has_splits = bool((dataset.splits != "").any())
    members = dataset.rows(split) if has_splits else np.arange(len(dataset))
    if not len(members):
        raise DataError(f"{dataset.name} has no images in its {split} split.")
    chosen = np.sort(np.random.default_rng(seed).permutation(members)[: rows * columns])
    pictures = [drawn(dataset, int(row)) for row in chosen]
    caption = f"{split} split, " if has_splits else ""
    caption += f"{len(chosen)} of {len(members):,} images, chosen at random"
    _page(pictures, columns, dataset.name, caption, dataset.objects).save(path, format="PNG")


def drawn(dataset: ObjectImages, row: int) -> Image.Image:
    """Return an image of the data, 256 pixels a side, with its boxes."""
    pixels = dataset.images[row]
    there = dataset.numbers[row] >= 0
    placed = to_network(dataset.boxes[[row]], dataset.sizes[[row]], pixels.shape[:2], fit=dataset.fit)[0][there]
    scaled = placed * np.tile(_SIDE / np.array(pixels.shape[1::-1], np.float32), 2)
    numbers, ignored = dataset.numbers[row][there].tolist(), dataset.ignored[row][there].tolist()
    colours = [_PALE if skipped else colour_of(number) for number, skipped in zip(numbers, ignored, strict=True)]
    return drawing.drawn(drawing.at_size(pixels, (_SIDE, _SIDE)), scaled, colours, [""] * len(colours))


def _page(pictures: list[Image.Image], columns: int, title: str, caption: str, names: tuple[str, ...]) -> Image.Image:
    """Return the pictures in lines below a title and the names of the classes in their colours."""
    across = min(columns, len(pictures))
    lines = -(-len(pictures) // across)
    legend = _legend(names, max(across, 2) * (_SIDE + _GAP) - _GAP)
    width = 2 * _MARGIN + max(across, 2) * (_SIDE + _GAP) - _GAP
    top = _MARGIN + _HEAD + legend.height + _GAP
    page = Image.new("RGB", (width, top + lines * (_SIDE + _GAP) - _GAP + _MARGIN), "white")
    draw = ImageDraw.Draw(page)
    draw.text((_MARGIN, _MARGIN), title, fill=_INK, font=font_of(15))
    draw.text((_MARGIN, _MARGIN + 22), caption, fill=_PALE, font=font_of(12))
    page.paste(legend, (_MARGIN, _MARGIN + _HEAD))
    for number, picture in enumerate(pictures):
        line, column = divmod(number, across)
        page.paste(picture, (_MARGIN + column * (_SIDE + _GAP), top + line * (_SIDE + _GAP)))
    return page


def _legend(names: tuple[str, ...], width: int) -> Image.Image:
    """Return the names of the classes, each in its colour, in as many lines as they need."""
    shown = [name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…" for name in names[:_MOST_NAMED]]
    shown += [f"and {len(names) - _MOST_NAMED:,} more"] if len(names) > _MOST_NAMED else []
    font, left, line, places = font_of(13), 0, 0, list[tuple[int, int]]()
    for name in shown:
        needed = round(font.getlength(name)) + 2 * _LINE
        left, line = (0, line + 1) if left and left + needed > width else (left, line)
        places.append((left, line * _LINE))
        left += needed
    legend = Image.new("RGB", (width, (line + 1) * _LINE), "white")
    draw = ImageDraw.Draw(legend)
    for number, (name, (x, y)) in enumerate(zip(shown, places, strict=True)):
        draw.rectangle([x, y + 3, x + 10, y + 13], fill=colour_of(number))
        draw.text((x + 15, y), name, fill=_INK, font=font)
    return legend
