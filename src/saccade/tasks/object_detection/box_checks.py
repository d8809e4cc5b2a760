"""What is wrong with boxes: drawn twice, too small to be seen, of a class with few others, in no image of a split."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from saccade.core.dataset import SPLITS
from saccade.core.finding import Finding, plural
from saccade.tasks.object_detection.input_size import SMALL_OBJECT
from saccade.tasks.object_detection.object_images import ObjectImages
from saccade.tasks.object_detection.placement import Boxes, to_network

FEW, VERY_FEW = 50, 10
"""Objects of a class in training: with fewer it is hardly found, with very few not at all."""

SAME = 0.9
"""IoU from which on two boxes of a class are taken for one object that was drawn twice."""

TINY = 1.5
"""Pixels of the source, a slip of the mouse: boxes of one pixel."""

MANY_SMALL = 0.1
"""The share of objects that the network can hardly see from which on it is a warning."""

SHOWN = 30


def box_findings(dataset: ObjectImages) -> Iterator[Finding]:
    """Yield what is wrong with the boxes of images in their splits."""
    yield from _few(dataset)
    yield from _doubled(dataset)
    yield from _tiny(dataset)
    yield from _unseen(dataset)
    yield from _background(dataset)


def _few(dataset: ObjectImages) -> Iterator[Finding]:
    """Yield a finding on classes with few objects in training, and one on those that another split lacks."""
    counts = dataset.counts()
    train = {name: counts["train"][name] for name in dataset.objects}
    few = {name: count for name, count in train.items() if count < FEW}
    if few:
        least = min(few.values())
        named = ", ".join(f"{name} {count:,}" for name, count in sorted(few.items(), key=lambda each: each[1])[:SHOWN])
        yield Finding(
            kind="few_objects",
            severity="warning" if least < VERY_FEW else "note",
            title=f"Few objects to learn from in training: {named}.",
            advice="Draw more of them: from about 50 a class a detector begins to find them, hundreds are usual.",
            share=len(few) / len(train),
            values={"objects": few},
        )
    for split in SPLITS[1:]:
        missing = [name for name in dataset.objects if split in counts and not counts[split][name]]
        if missing:
            yield Finding(
                kind="classes_without_objects",
                severity="warning",
                title=f"The {split} split has no objects of {', '.join(missing[:SHOWN])}.",
                advice="How well they are found cannot be said. Give it images with them, or cut another split.",
                share=len(missing) / len(dataset.objects),
                values={"split": split, "classes": missing},
            )


def _doubled(dataset: ObjectImages) -> Iterator[Finding]:
    """Yield a finding on boxes that lie on others of their class."""
    rows = [row for row in range(len(dataset)) if _has_double(dataset, row)]
    if rows:
        yield Finding(
            kind="doubled_boxes",
            severity="warning",
            title=f"Objects that were drawn twice, in {plural(len(rows), 'image', 'images')}.",
            advice=f"Delete one of two boxes of a class that share {SAME:.0%} of their area: the network can find one.",
            share=len(rows) / len(dataset),
            values={"images": len(rows)},
            examples=tuple((str(dataset.names[row]),) for row in rows[:SHOWN]),
            count=len(rows),
        )


def _has_double(dataset: ObjectImages, row: int) -> bool:
    there = dataset.is_object[row]
    boxes, numbers = dataset.boxes[row][there], dataset.numbers[row][there]
    same = (numbers[:, None] == numbers) & (pairwise_overlaps(boxes) > SAME)
    return bool(np.triu(same, 1).any())


def pairwise_overlaps(boxes: Boxes) -> NDArray[np.float64]:
    """Return (k, k), the IoU of boxes (k, 4) with each other."""
    low = np.maximum(boxes[:, None, :2], boxes[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], boxes[None, :, 2:])
    inner = np.clip(high - low, 0, None).prod(axis=-1).astype(np.float64)
    area = (boxes[:, 2:] - boxes[:, :2]).prod(axis=-1).astype(np.float64)
    return np.asarray(inner / np.maximum(area[:, None] + area - inner, 1e-9))


def _tiny(dataset: ObjectImages) -> Iterator[Finding]:
    """Yield a finding on boxes of a pixel."""
    sides = (dataset.boxes[..., 2:] - dataset.boxes[..., :2]).min(axis=-1)
    found = dataset.is_object & (sides <= TINY)
    if found.any():
        yield _on_objects(
            dataset,
            found,
            kind="boxes_of_a_pixel",
            severity="warning",
            title=f"{plural(int(found.sum()), 'box is', 'boxes are')} a pixel wide or high.",
            advice="They are slips of the mouse: delete them.",
        )


def _unseen(dataset: ObjectImages) -> Iterator[Finding]:
    """Yield a finding on objects that are too small in what the network sees."""
    height, width, _ = dataset.image_shape
    placed = to_network(dataset.boxes, dataset.sizes, (height, width), fit=dataset.fit)
    sides = (placed[..., 2:] - placed[..., :2]).min(axis=-1)
    found = dataset.is_object & (sides < SMALL_OBJECT)
    share = found.sum() / max(1, dataset.is_object.sum())
    if found.any():
        yield _on_objects(
            dataset,
            found,
            kind="objects_too_small",
            severity="warning" if share > MANY_SMALL else "note",
            title=(
                f"{plural(int(found.sum()), 'object has', 'objects have')} less than {SMALL_OBJECT} pixels in images "
                f"of {width}×{height}: {share:.1%} of all."
            ),
            advice="They are hardly found. Try a larger --image-size, or cut the photos into pieces before.",
        )


def _on_objects(
    dataset: ObjectImages, found: NDArray[np.bool_], *, kind: str, severity: str, title: str, advice: str
) -> Finding:
    rows = np.flatnonzero(found.any(axis=1))
    return Finding(
        kind=kind,
        severity=severity,
        title=title,
        advice=advice,
        share=float(found.sum() / max(1, dataset.is_object.sum())),
        values={"objects": int(found.sum()), "images": len(rows)},
        examples=tuple((str(dataset.names[row]),) for row in rows[:SHOWN]),
        count=len(rows),
    )


def _background(dataset: ObjectImages) -> Iterator[Finding]:
    """Yield a finding on images without objects."""
    rows = np.flatnonzero(~dataset.is_object.any(axis=1))
    if len(rows):
        yield Finding(
            kind="images_without_objects",
            severity="warning" if len(rows) > len(dataset) / 2 else "note",
            title=f"{plural(len(rows), 'image has', 'images have')} no object: {len(rows) / len(dataset):.1%}.",
            advice="As background they teach what is none. If some have objects, draw boxes on them.",
            share=len(rows) / len(dataset),
            values={"images": len(rows)},
            examples=tuple((str(dataset.names[row]),) for row in rows[:SHOWN]),
            count=len(rows),
        )
