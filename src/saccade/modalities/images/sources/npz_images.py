"""An NPZ file with arrays of images and labels: x_train, y_train; train_images, train_labels; or images, labels."""

import re
from pathlib import Path

import numpy as np

from saccade.core.arrays import Array
from saccade.core.errors import DataError
from saccade.core.shell_words import shell_word
from saccade.core.split_names import split_of
from saccade.modalities.images import image_arrays, npz
from saccade.modalities.images.listing import Listing, noted

ENDINGS = (".npz",)
LABELS_OPTIONAL = True

_LABEL_WORDS = {"y", "label", "labels", "target", "targets"}
_CLASS_NAMES = {"classes", "class_names", "label_names", "names", "categories"}

Arrays = dict[str, Array]


def recognises(path: Path) -> bool:
    """Say whether it is an NPZ file with images in it."""
    return path.name.lower().endswith(ENDINGS) and path.is_file() and npz.holds_images(path)


def read(path: Path, *, quiet: bool = False, label: str = "", labelled: bool = True) -> Listing:
    """Return the images, in the splits that the arrays are named after.

    Args:
        path: the file.
        quiet: takes no time that a progress bar would show.
        label: the array of labels, where there are several; of several splits what their names share: "fine_labels".
        labelled: false: labels are not needed, and left out.

    Raises:
        DataError: it is damaged, or images and labels cannot be told or used.
    """
    del quiet
    arrays = npz.arrays(path)
    images = _by_split([name for name, array in arrays.items() if array.ndim > 2], path)
    names = {name: array for name, array in arrays.items() if name.lower() in _CLASS_NAMES and array.dtype.kind in "US"}
    if not labelled:
        nothing = {split: np.full(len(arrays[name]), "") for split, name in images.items()}
        return image_arrays.of_arrays({split: arrays[name] for split, name in images.items()}, nothing, where=path)
    others = {name: array for name, array in arrays.items() if name not in {*images.values(), *names}}
    labels = {split: _labels_of(name, split, arrays, others, label, path) for split, name in images.items()}
    known = {split: name for split, name in labels.items() if name}
    if not known or ("train" in labels and "train" not in known):
        raise DataError(
            f"{path} has images in '{next(iter(images.values()))}' but no labels for them. {_found(arrays)}"
        )
    classes = [str(name) for array in names.values() for name in array.ravel().astype(np.str_).tolist()]
    listing = image_arrays.of_arrays(
        {split: arrays[images[split]] for split in known},
        {split: arrays[name] for split, name in known.items()},
        names=classes,
        where=path,
    )
    return noted(listing, _said(images, known, others))


def _by_split(names: list[str], path: Path) -> dict[str, str]:
    """Return the array of images by split; raises DataError when two are for the same."""
    found = dict[str, str]()
    for name in names:
        if (other := found.setdefault(_split(name), name)) != name:
            raise DataError(
                f"{path} has images in '{other}' and in '{name}', and nothing says which to take. Expected x_train, "
                "y_train, x_test, y_test; or train_images, train_labels, …; or images, labels."
            )
    return found


def _words(name: str) -> list[str]:
    return re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower())


def _split(name: str) -> str:
    """Return the split that an array's name says: "train" for x_train, train_images and ytrain."""
    found = (split_of(word) or split_of(word[1:]) for word in _words(name))
    return next(filter(None, found), "")


def _labels_of(name: str, split: str, arrays: Arrays, others: Arrays, label: str, path: Path) -> str:
    """Return the array with the labels of an array of images; "" when there is none."""
    same = [other for other in others if _split(other) == split and others[other].ndim in {1, 2}]
    asked = [other for other in same if label.lower() in other.lower()]
    called = [other for other in asked if _LABEL_WORDS & {*_words(other), other[:1].lower()}]
    fitting = (
        called if len(called) == 1 else [each for each in called or asked if len(others[each]) == len(arrays[name])]
    )
    if len(fitting) > 1:
        raise DataError(
            f"{path} has several arrays that may be the labels of '{name}': {', '.join(fitting)}. "
            f"Say which: --label {shell_word(fitting[0])}"
        )
    return fitting[0] if fitting else ""


def _found(arrays: Arrays) -> str:
    return "Found: " + ", ".join(f"{name} {array.shape}" for name, array in arrays.items()) + "."


def _said(images: dict[str, str], labels: dict[str, str], others: Arrays) -> list[str]:
    pairs = ", ".join(f"'{images[split]}' with the labels '{labels[split]}'" for split in labels)
    unused = [name for split, name in images.items() if split not in labels]
    unused += [name for name in others if name not in labels.values()]
    rest = f" Not used: {', '.join(repr(name) for name in unused)}." if unused else ""
    return [f"Images from {pairs}.{rest}"]
