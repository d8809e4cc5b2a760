"""Several labels an image: recognised wherever labels come from, and refused where one class is wanted."""

import json
import re
from collections.abc import Collection, Iterable
from itertools import chain
from pathlib import Path

from saccade.core.errors import DataError

PLURAL = {"labels", "tags", "classes", "categories", "attributes", "finding_labels", "targets"}
"""Columns called so hold lists more often than one label."""

_JOINTS = {"|": r"\|", ";": ";", ",": ",", "+": r"\+", "&": "&", " ": r"\s+"}


def refuse_label_lists(labels: Collection[str], *, where: str | Path, column: str = "") -> None:
    """Raise a DataError where distinct labels are lists of each other: "cat dog" beside "cat" and "dog"."""
    for joint, pattern in _JOINTS.items():
        split = {label: tuple(filter(None, map(str.strip, re.split(pattern, label)))) for label in labels}
        lists = {label: tokens for label, tokens in split.items() if len(set(tokens)) > 1}
        example = _example(lists, split, joint, column)
        if example:
            raise multi_label(where, f"the label '{example}' names {_named(lists[example])} together", hint=example)


def _example(
    lists: dict[str, tuple[str, ...]], split: dict[str, tuple[str, ...]], joint: str, column: str
) -> str | None:
    """Return a label that is a list: each of its tokens is a label too or, for strong signs, is in other lists."""
    alone = {tokens[0] for tokens in split.values() if len(tokens) == 1}
    found = next((label for label, tokens in lists.items() if alone.issuperset(tokens)), None)
    if found or not lists or (joint == " " and column not in PLURAL):
        return found
    counts = dict[str, int]()
    for token in chain.from_iterable(split.values()):
        counts[token] = counts.get(token, 0) + 1
    # "red circle, red square, blue circle": pairs of properties are classes; lists have no fixed length
    varied = len({len(tokens) for tokens in split.values()}) > 1
    return next((label for label, tokens in lists.items() if varied and all(counts[t] > 1 for t in tokens)), None)


def _named(tokens: Iterable[str]) -> str:
    return " and ".join(f"'{token}'" for token in dict.fromkeys(tokens))


def multi_label(where: str | Path, found: str, *, hint: str = "") -> DataError:
    """Return the error that says where images with several labels were found."""
    plain = re.sub(r"\W+", "_", hint)
    rename = f" If '{hint}' is one class, call it '{plain}'." if hint else ""
    return DataError(
        f"{where} has images with several labels: {found}. Here each image needs one class; a task of its own learns "
        f"several labels an image (multi-label), see saccade list tasks.{rename}"
    )


def one_label(cell: str, *, where: str | Path) -> str:
    """Return a label without the list or the choice around it: "cat" for "['cat']", other text as it is.

    Raises:
        DataError: the list holds several.
    """
    if not (cell.startswith("[") or cell.startswith('{"choices"')):
        return cell
    try:
        said = json.loads(cell if '"' in cell else cell.replace("'", '"'))
    except (ValueError, RecursionError):
        return cell
    labels = said.get("choices") if isinstance(said, dict) else said
    if isinstance(labels, list) and len(labels) > 1:
        raise multi_label(where, f"a row says {_named(map(str, labels))}")
    return str(labels[0]).strip() if isinstance(labels, list) and labels else ""
