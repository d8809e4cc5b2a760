"""A classical detector: a linear classifier of oriented gradients and colours in a window that slides over all sizes.

Dalal and Triggs 2005; the classifier is a linear discriminant (Hariharan et al. 2012), which needs no hard negatives.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import uniform_filter
from scipy.special import expit
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from saccade.core.recipe import Recipe
from saccade.tasks.object_detection.detections import MOST, Detections, interpreted
from saccade.tasks.object_detection.matching import iou
from saccade.tasks.object_detection.object_images import ObjectImages
from saccade.tasks.object_detection.placement import Boxes, to_network

CELL, BINS = 8, 9
"""Pixels a cell, and directions of gradients, as Dalal and Triggs have them."""

INNER, MARGIN = 4, 1
"""Cells across a square object in the window, and around it."""

STEP = 2**0.5
LARGEST_SCALE = 2.0

MOST_PIXELS = 150_000_000
"""Of all images that are looked at; with more, it would take minutes."""

MOST_TRAINED = 300
"""Training images, and objects of a class; of more, a sample."""

CANDIDATES = 200
"""Windows of a class in an image that are looked at for overlaps."""

OVERLAP = 0.5

Features = NDArray[np.float32]
"""(rows, columns, d): a vector a cell."""


@dataclass(frozen=True)
class Window:
    """The classifier of a class.

    Attributes:
        number: of the class.
        weights: (rows, columns, d), of the cells.
        bias: added to their sum.
    """

    number: int
    weights: Features
    bias: float


def is_quick(dataset: ObjectImages, rows: NDArray[np.int64]) -> bool:
    """Say whether looking at some images takes seconds and not minutes."""
    height, width, _ = dataset.image_shape
    return bool(len(rows) * height * width * len(dataset.objects) ** 0.5 <= MOST_PIXELS)


def find(dataset: ObjectImages, rows: NDArray[np.int64], recipe: Recipe) -> list[Detections]:
    """Return what a window finds in some images after it has learnt from the training split.

    Args:
        dataset: the images.
        rows: (n,), which of them to look at.
        recipe: how they were made to fit.
    """
    train = dataset.rows("train")
    train = np.sort(np.random.default_rng(0).permutation(train)[:MOST_TRAINED])
    side = dataset.image_shape[:2]
    boxes = to_network(dataset.boxes[train], dataset.sizes[train], side, fit=recipe.fit)
    scales = _scales(boxes[dataset.is_object[train]])
    windows = list(_learnt(dataset, train, boxes, scales))
    found = [_found(dataset.images[row], windows, scales) for row in rows.tolist()]
    own, scores, numbers = (np.stack(each) for each in zip(*found, strict=True))
    return interpreted(own, scores, numbers, dataset.sizes[rows], side, fit=recipe.fit)


def _scales(boxes: Boxes) -> list[float]:
    """Return how images are to be resized so that most boxes (n, 4) fill the window once."""
    sides = np.sqrt(np.maximum((boxes[:, 2:] - boxes[:, :2]).prod(axis=1), 1))
    small, large = np.quantile(sides, (0.05, 0.95)).tolist()
    first, last = min(LARGEST_SCALE, INNER * CELL / small), INNER * CELL / large
    count = max(1, round(np.log(max(first / last, 1)) / np.log(STEP)) + 1)
    return [first / STEP**at for at in range(count)]


def _learnt(dataset: ObjectImages, train: NDArray[np.int64], boxes: Boxes, scales: Sequence[float]) -> Iterator[Window]:
    """Yield a classifier for each class with enough objects."""
    rng = np.random.default_rng(0)
    real = dataset.is_object[train]
    ground = [_pyramid(dataset.images[row], scales) for row in train[:: max(1, len(train) // 60)].tolist()]
    for number in range(len(dataset.objects)):
        at, place = np.nonzero(real & (dataset.numbers[train] == number))
        if len(at) < 5:
            continue
        kept = rng.permutation(len(at))[:MOST_TRAINED]
        own = boxes[at[kept], place[kept]]
        cells = _cells(own)
        pairs = zip(train[at[kept]].tolist(), own, strict=True)
        positive = np.stack([_cropped(dataset.images[row], box, cells) for row, box in pairs])
        negative = _elsewhere(ground, cells, rng)
        features = np.concatenate([positive, negative]).reshape(len(positive) + len(negative), -1)
        labels = np.repeat([1, 0], [len(positive), len(negative)])
        fitted = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto").fit(features, labels)
        weights = fitted.coef_[0].reshape(positive.shape[1:]).astype(np.float32)
        yield Window(number, weights, float(fitted.intercept_[0]))


def _cells(boxes: Boxes) -> tuple[int, int]:
    """Return rows and columns of cells in a window for boxes of such shapes."""
    width, height = np.median(np.maximum(boxes[:, 2:] - boxes[:, :2], 1), axis=0).tolist()
    shape = (height / width) ** 0.5
    rows, columns = (int(np.clip(round(INNER * each), 2, 8)) + 2 * MARGIN for each in (shape, 1 / shape))
    return rows, columns


def _cropped(pixels: NDArray[np.uint8], box: NDArray[np.float32], cells: tuple[int, int]) -> Features:
    """Return the cells of a box and the margin around it."""
    rows, columns = cells
    (left, top), (right, bottom) = box[:2], box[2:]
    across, down = (right - left) / (columns - 2 * MARGIN), (bottom - top) / (rows - 2 * MARGIN)
    size = (columns * CELL, rows * CELL)
    # edges of the image are continued, so that a box at its side has no black margin
    pad = int(np.ceil(max(across, down) * MARGIN)) + 1
    wide, high = float(across) * MARGIN, float(down) * MARGIN
    start = float(left) - wide + pad, float(top) - high + pad
    end = float(right) + wide + pad, float(bottom) + high + pad
    padded = np.pad(pixels, ((pad, pad), (pad, pad), (0, 0)), mode="edge")
    image = Image.fromarray(padded[..., 0] if padded.shape[-1] == 1 else padded)
    shrunk = image.resize(size, Image.Resampling.BILINEAR, box=(*start, *end))
    return cell_features(np.asarray(shrunk).reshape(size[1], size[0], -1))


def _elsewhere(
    ground: Sequence[Sequence[Features]], cells: tuple[int, int], rng: np.random.Generator
) -> NDArray[np.float32]:
    """Return windows drawn at random from images, at all scales; few of them are on an object."""
    drawn = []
    for levels in ground:
        for features in levels:
            room = features.shape[0] - cells[0], features.shape[1] - cells[1]
            if min(room) < 0:
                continue
            for _ in range(12):
                row, column = rng.integers(0, room[0] + 1), rng.integers(0, room[1] + 1)
                drawn.append(features[row : row + cells[0], column : column + cells[1]])
    return np.stack(drawn)


def _pyramid(pixels: NDArray[np.uint8], scales: Sequence[float]) -> list[Features]:
    """Return the cells of an image at each scale."""
    image = Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)
    height, width, channels = pixels.shape
    sizes = [(max(CELL, round(width * scale)), max(CELL, round(height * scale))) for scale in scales]
    resized = [np.asarray(image.resize(size, Image.Resampling.BILINEAR, reducing_gap=2)) for size in sizes]
    return [cell_features(each.reshape(*each.shape[:2], channels)) for each in resized]


def cell_features(pixels: NDArray[np.uint8]) -> Features:
    """Return of each cell of 8×8 pixels how strong the edges of 9 directions are, and its mean colour.

    Args:
        pixels: (h, w, c).
    """
    rows, columns = pixels.shape[0] // CELL, pixels.shape[1] // CELL
    whole = pixels[: rows * CELL, : columns * CELL].astype(np.float32) / 255
    down, across = np.gradient(whole @ np.full(whole.shape[2], 1 / whole.shape[2], np.float32))
    bins = np.minimum((np.arctan2(down, across) % np.pi / np.pi * BINS).astype(np.int64), BINS - 1)
    cell = np.arange(rows * CELL)[:, None] // CELL * columns + np.arange(columns * CELL)[None] // CELL
    edges = np.bincount((cell * BINS + bins).ravel(), np.hypot(down, across).ravel(), rows * columns * BINS)
    edges = edges.reshape(rows, columns, BINS)
    around = uniform_filter((edges**2).sum(axis=2), 3, mode="nearest")
    colours = whole.reshape(rows, CELL, columns, CELL, -1).sum(axis=1).sum(axis=2) / CELL**2
    normed = np.minimum(edges / np.sqrt(9 * around + 1e-2)[..., None], 0.4)
    return np.concatenate([normed, colours], axis=2).astype(np.float32)


def _found(
    pixels: NDArray[np.uint8], windows: Sequence[Window], scales: Sequence[float]
) -> tuple[Boxes, NDArray[np.float32], NDArray[np.int32]]:
    """Return boxes (100, 4), scores (100,) and classes (100,) in an image, the surest first; a score of 0 is none."""
    levels = _pyramid(pixels, scales)
    parts = [_of_class(levels, window, pixels.shape) for window in windows]
    boxes, scores, numbers = np.zeros((MOST, 4), np.float32), np.zeros(MOST, np.float32), np.zeros(MOST, np.int32)
    if not parts:
        return boxes, scores, numbers
    every = np.concatenate([score for _, score in parts])
    order = np.argsort(-every, kind="stable")[:MOST]
    of = np.concatenate([np.full(len(score), window.number) for window, (_, score) in zip(windows, parts, strict=True)])
    boxes[: len(order)] = np.concatenate([box for box, _ in parts])[order]
    scores[: len(order)], numbers[: len(order)] = every[order], of[order]
    return boxes, scores, numbers


def _of_class(levels: Sequence[Features], window: Window, shape: tuple[int, ...]) -> tuple[Boxes, NDArray[np.float32]]:
    """Return the windows (k, 4) that a class is most likely in, without those that overlap a surer one, and scores."""
    rows, columns, _ = window.weights.shape
    boxes, scores = [np.empty((0, 4), np.float64)], list[NDArray[np.float64]]()
    for features in levels:
        if features.shape[0] < rows or features.shape[1] < columns:
            continue
        view = sliding_window_view(features, (rows, columns), axis=(0, 1))
        sums = np.tensordot(view, window.weights.transpose(2, 0, 1), axes=3) + window.bias
        best = np.argsort(-sums, axis=None)[:CANDIDATES]
        row, column = np.unravel_index(best, sums.shape)
        # a level is a whole number of pixels, and its cells may leave some over
        down, across = shape[0] / features.shape[0], shape[1] / features.shape[1]
        corners = np.stack([column + MARGIN, row + MARGIN, column + columns - MARGIN, row + rows - MARGIN], axis=1)
        boxes.append(np.asarray(corners * np.array([across, down, across, down]), np.float64))
        scores.append(np.asarray(sums.ravel()[best], np.float64))
    every = np.concatenate([np.empty(0), *scores])
    order = np.argsort(-every, kind="stable")[:CANDIDATES]
    kept = not_overlapping(np.concatenate(boxes)[order].astype(np.float32))
    return np.concatenate(boxes)[order][kept].astype(np.float32), expit(every[order][kept]).astype(np.float32)


def not_overlapping(boxes: Boxes) -> NDArray[np.int64]:
    """Return the boxes (n, 4), the surest first, that overlap no surer one that is kept."""
    overlaps, left_out = iou(boxes, boxes) > OVERLAP, np.zeros(len(boxes), np.bool_)
    kept = []
    for at in range(len(boxes)):
        if not left_out[at]:
            kept.append(at)
            left_out |= overlaps[at]
    return np.array(kept, np.int64)
