"""Which columns, array or folders say the labels of an image, and what they say."""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import numpy as np

from saccade.core.arrays import Array
from saccade.core.errors import DataError
from saccade.modalities.images.image_tables.cells import Cells
from saccade.modalities.images.image_tables.columns import plain
from saccade.modalities.images.multi_label import PLURAL
from saccade.tasks.image_labels import Reading, Written, one_array

JOINT = "|"
"""Stands between labels where they are kept as one text."""

JOINTS = {"|": r"\|", ";": ";", ",": ",", "+": r"\+", "&": "&"}
"""What may stand between labels in data; a space too, in a column that is called by a plural."""

NONE = ("none", "nothing", "no label", "no labels", "no finding", "no_finding")
"""How data say that an image has none of the labels."""

TRUTH = {"0": False, "1": True, "0.0": False, "1.0": True, "-1": False, "false": False, "true": True}


def joined(labels: Collection[str]) -> str:
    """Return labels as one text, each once, in alphabetical order."""
    return JOINT.join(sorted({label.replace(JOINT, "/") for label in labels}))


def separate(texts: Sequence[str], *, spaces: bool = False) -> list[list[str]]:
    """Return the labels in each text: "cat|dog", "cat, dog", '["cat", "dog"]'; what stands between is found."""
    lists = [_as_list(text) for text in texts]
    plain_texts = [text for text, found in zip(texts, lists, strict=True) if found is None]
    counts = {joint: sum(joint in text for text in plain_texts) for joint in JOINTS}
    joint = max(counts, key=lambda each: counts[each])
    pattern = JOINTS[joint] if counts[joint] else r"\s+" if spaces else r"(?!)"
    both = zip(texts, lists, strict=True)
    return [_without_none(_split(text, pattern) if found is None else found) for text, found in both]


def _as_list(text: str) -> list[str] | None:
    if not text.startswith("["):
        return None
    try:
        found = json.loads(text if '"' in text else text.replace("'", '"'))
    except (ValueError, RecursionError):
        return None
    return [str(each).strip() for each in found] if isinstance(found, list) else None


def _split(text: str, pattern: str) -> list[str]:
    return [label for each in re.split(pattern, text) if (label := each.strip())]


def _without_none(labels: list[str]) -> list[str]:
    return [label for label in labels if label.lower() not in NONE]


def _in_table(cells: Cells, names: Sequence[str], label: str, path: Path) -> Written:
    """Return the asked column of lists, one that is called so, or columns of 0 and 1."""
    column = _list_column(cells, names, label)
    if column:
        written = cells.column(column)
        lists = separate(written, spaces=plain(column) in PLURAL)
        texts = [joined(labels) if text else None for text, labels in zip(written, lists, strict=True)]
        return Written(texts, f"'{column}'", [column])
    columns = [name for name in names if {text.lower() for text in cells.column(name)} <= TRUTH.keys()]
    if not columns:
        raise DataError(
            f"{path} names images, and nothing says their labels. Found: {', '.join(names) or 'no other column'}. "
            "Expected a column with names such as cat|dog (--label NAME), or a column of 0 and 1 for each label."
        )
    rows = zip(*(cells.column(name) for name in columns), strict=True)
    ones = [[name for name, text in zip(columns, row, strict=True) if TRUTH[text.lower()]] for row in rows]
    never = sorted(set(columns) - {name for each in ones for name in each})
    left_out = f" (no image has {', '.join(never)})" if never else ""
    described = f"the {len(columns)} columns '{columns[0]}' to '{columns[-1]}'{left_out}"
    return Written([joined(each) for each in ones], described, columns)


def _list_column(cells: Cells, names: Sequence[str], label: str) -> str:
    if label:
        return next(name for name in names if label == name or plain(label) == plain(name))
    called = [name for name in names if plain(name) in PLURAL | {"label"} and not _is_truth(cells.column(name))]
    others = [name for name in names if not _is_truth(cells.column(name))]
    return called[0] if called else others[0] if len(names) == 1 and others else ""


def _is_truth(texts: Sequence[str]) -> bool:
    return {text.lower() for text in texts} <= TRUTH.keys()


def _in_arrays(arrays: Mapping[str, Array], label: str, path: Path) -> Written:
    """Return rows of 0 and 1, (n, k), as MedMNIST has them, or a text an image."""
    name, array = one_array(arrays, label, path)
    if array.dtype.kind in "US" and array.ndim == 1:
        texts = array.astype(np.str_).tolist()
        return Written([joined(labels) for labels in separate(texts)], f"'{name}'", [name])
    if array.ndim != 2 or not bool(np.isin(array, (0, 1)).all()):
        raise DataError(
            f"{path} has the labels '{name}' of shape {array.shape}, {array.dtype}. Expected rows of 0 and 1, a column "
            "for each label, or one text an image such as cat|dog."
        )
    return Written([joined([str(at) for at in np.flatnonzero(row)]) for row in array], f"'{name}'", [name])


LABELS = Reading(noun="labels", table=_in_table, arrays=_in_arrays)
