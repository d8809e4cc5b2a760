"""Arrays of images and labels, in the forms in use → uint8 pixels and class numbers; says which form was taken."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade.core.errors import DataError
from saccade.modalities.images import listing
from saccade.modalities.images.listing import Listing
from saccade.modalities.images.multi_label import multi_label

Array = NDArray[Any]
Arrays = Mapping[str, Array]

_AT_ONCE = 1024  # images that are converted at once, so that float64 copies stay small


def of_arrays(images: Arrays, labels: Arrays, *, names: Sequence[str] = (), where: str | Path) -> Listing:
    """Return the listing of images that come as arrays.

    Args:
        images: by split ("" where there is none): (n, h, w) or (n, h, w, c) or (n, c, h, w), of numbers from 0 to 255
            or from 0 to 1, or booleans.
        labels: by split: (n,) or (n, 1) whole numbers or text, or one-hot (n, classes).
        names: class names in the order of numbered labels; left out, a class is called by its label.
        where: what to call the data in errors.

    Raises:
        DataError: another shape, kind or range; or several labels an image.
    """
    for split, array in images.items():
        if len(array) != len(labels[split]):
            raise DataError(
                f"{where} has {len(array)} {split or 'images'}{' images' if split else ''} but {len(labels[split])} "
                "labels for them: the arrays do not belong together."
            )
    pixels, notes = _pixels(images, where)
    numbers, classes, more = _class_numbers(labels, names, where)
    found = listing.of_pixels(pixels, numbers, classes)
    return listing.noted(found, (*notes, *more))


def _pixels(images: Arrays, where: str | Path) -> tuple[dict[str, NDArray[np.uint8]], list[str]]:
    ordered, notes = {}, list[str]()
    for split, array in images.items():
        ordered[split], note = _channels_last(array, where)
        notes += [note] if note and note not in notes else []
    shapes = {array.shape[1:] for array in ordered.values()}
    if len(shapes) > 1:
        found = " and ".join("×".join(map(str, shape)) for shape in sorted(shapes))
        raise DataError(f"The images of {where} have different shapes: {found}. All splits need the same.")
    scale, note = _scale(ordered, where)
    return {split: _bytes(array, scale) for split, array in ordered.items()}, [*notes, *([note] if note else [])]


def _channels_last(array: Array, where: str | Path) -> tuple[Array, str]:
    """Return (n, h, w, c) with 1 or 3 channels (4: with transparency), and what to say of it."""
    if array.dtype.kind not in "uifb":
        raise DataError(f"The images of {where} hold {array.dtype}, not numbers. Expected 0 to 255, or 0 to 1.")
    if not array.size:
        raise DataError(f"The images of {where} are empty: their shape is {array.shape}.")
    if array.ndim == 3:
        return array[..., None], ""
    if array.ndim == 4 and (array.shape[3] in {1, 3} or (array.shape[3] == 4 and array.shape[1] not in {1, 3})):
        return array, ""
    if array.ndim == 4 and array.shape[1] in {1, 3}:
        return array.transpose(0, 2, 3, 1), f"The images of shape {array.shape[1:]} were read as channels first."
    raise DataError(
        f"The images of {where} have the shape {array.shape}. Expected (images, height, width) for grey ones or "
        "(images, height, width, channels) with 1, 3 or 4 channels."
    )


def _scale(images: Arrays, where: str | Path) -> tuple[float, str]:
    """Return what the values have to be multiplied by to run from 0 to 255, and what to say of it."""
    lowest = min(float(array.min()) for array in images.values())
    highest = max(float(array.max()) for array in images.values())
    kind = next(iter(images.values())).dtype
    span = f"from {lowest:.4g} to {highest:.4g}"
    if not np.isfinite(lowest + highest):
        raise DataError(f"The images of {where} hold NaN or infinite values. Expected 0 to 255, or 0 to 1.")
    if lowest < 0:
        raise DataError(
            f"The values of the images of {where} run {span}: they were shifted or standardised, and nobody can say "
            "what is black and white. Save the pixels as they were, 0 to 255 or 0 to 1."
        )
    if highest <= 1:
        return 255, f"The values of the images run {span}: 0 was taken for black, 1 for white."
    if highest <= 255:
        return 1, "" if kind == np.uint8 else f"The values of the images run {span}: 255 was taken for white."
    if kind == np.uint16:
        return 1 / 257, f"The values of the images run {span}: 65535 was taken for white."
    raise DataError(f"The values of the images of {where} run {span}. Expected 0 to 255, or 0 to 1.")


def _bytes(array: Array, scale: float) -> NDArray[np.uint8]:
    """Return (n, h, w, c) as uint8 of 1 or 3 channels; what is transparent lies on white."""
    depth = min(array.shape[3], 3)
    if array.dtype == np.uint8 and scale == 1 and array.shape[3] == depth:
        return np.ascontiguousarray(array)
    result = np.empty((*array.shape[:3], depth), np.uint8)
    for start in range(0, len(array), _AT_ONCE):
        values = array[start : start + _AT_ONCE].astype(np.float64) * scale
        if values.shape[3] > depth:
            opaque = values[..., 3:] / 255
            values = values[..., :3] * opaque + 255 * (1 - opaque)
        result[start : start + _AT_ONCE] = np.rint(values)
    return result


def _class_numbers(
    labels: Arrays, names: Sequence[str], where: str | Path
) -> tuple[dict[str, NDArray[np.int64]], tuple[str, ...], list[str]]:
    """Return positions in the classes by split, the class names, and what to say of them."""
    plain = {split: _one_a_row(array, where) for split, array in labels.items()}
    together = np.concatenate(list(plain.values()))
    if names and together.dtype.kind in "iu":
        first, notes = _counted_from(together, names, where)
        return {split: array.astype(np.int64) - first for split, array in plain.items()}, tuple(names), notes
    words = {split: array.astype(np.str_) for split, array in plain.items()}
    classes = listing.in_order({str(name) for array in words.values() for name in np.unique(array)})
    position = {name: number for number, name in enumerate(classes)}
    numbers = {split: np.array([position[name] for name in array.tolist()], np.int64) for split, array in words.items()}
    return numbers, classes, []


def _counted_from(labels: Array, names: Sequence[str], where: str | Path) -> tuple[int, list[str]]:
    """Return the number of the first class, 0 or 1, and what to say of it."""
    lowest, highest = int(labels.min()), int(labels.max())
    if lowest >= 0 and highest < len(names):
        return 0, []
    if lowest == 1 and highest == len(names):
        return 1, [f"The labels run from 1 to {highest}: 1 was taken for '{names[0]}'."]
    raise DataError(f"The labels of {where} run from {lowest} to {highest}, and {len(names)} classes have names.")


def _one_a_row(array: Array, where: str | Path) -> Array:
    """Return (n,) whole numbers or text; raises DataError for several labels an image, or none."""
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.dtype.kind == "S":
        array = np.char.decode(array, "utf-8", "replace")
    if array.dtype.kind == "O" and array.ndim == 1 and all(isinstance(each, str) for each in array.tolist()):
        array = array.astype(np.str_)  # as pandas holds text
    if array.ndim == 2 and array.dtype.kind in "uifb" and bool(np.isin(array, (0, 1)).all()):
        counts = np.count_nonzero(array, axis=1)
        if counts.max(initial=0) > 1:
            raise multi_label(where, f"{np.count_nonzero(counts > 1)} rows of the labels have more than one 1")
        if counts.min(initial=1) < 1:
            raise DataError(f"{np.count_nonzero(counts < 1)} images of {where} have no label: their row has no 1.")
        numbers: Array = array.argmax(axis=1)
        return numbers
    if array.ndim != 1 or array.dtype.kind not in "uifbU":
        raise DataError(
            f"The labels of {where} have the shape {array.shape} and hold {array.dtype}. Expected one whole number or "
            "text an image, or one-hot rows of 0 and 1."
        )
    if array.dtype.kind == "f" and not bool((array == np.rint(array)).all()):
        raise DataError(f"The labels of {where} are no classes: they hold {array[array != np.rint(array)][0]}.")
    return array.astype(np.int64) if array.dtype.kind in "fb" else array
