"""Overriding: a table of corrected labels is put over the data; without the table, all is as before."""

import csv
import hashlib
import io
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, replace
from difflib import get_close_matches
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade.core.atomic_files import write_text
from saccade.core.errors import DataError, unknown
from saccade.modalities.images.dataset import ImageDataset, Override

COLUMNS = ("path", "old", "new")
LEFT_OUT = "left out by overrides.csv"


def read(path: str | Path) -> tuple[Override, ...]:
    """Return the corrections of a CSV file with the columns path, old and new.

    Raises:
        DataError: the file cannot be read, lacks a column or a cell, or names an image twice.
    """
    found = [_override(row, where) for row, where in read_rows(path, COLUMNS)]
    twice = next((name for name, count in Counter(each.path for each in found).items() if count > 1), None)
    if twice is not None:
        raise DataError(f"{path} names {twice} more than once. Keep one row an image.")
    return tuple(found)


def read_rows(path: str | Path, columns: Sequence[str]) -> list[tuple[dict[str, str], str]]:
    """Return the rows of a CSV file with some columns, each with where it stands, for errors.

    Raises:
        DataError: the file cannot be read, or lacks a column or a cell.
    """
    try:
        with Path(path).expanduser().open(newline="", encoding="utf-8-sig") as file:  # Excel starts with a mark
            table = csv.DictReader(file, strict=True)
            _refuse_other_columns(table.fieldnames or (), path, columns)
            return [_cells(row, f"Line {table.line_num} of {path}", columns) for row in table]
    except OSError as error:
        raise DataError(f"Cannot read the overrides {path}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not text in UTF-8. Save it as 'CSV UTF-8'.") from error
    except csv.Error as error:
        raise DataError(f"{path} cannot be read as CSV: {error}.") from error


def _expected(columns: Sequence[str]) -> str:
    return f"Expected the columns {','.join(columns)}, separated by commas."


def _refuse_other_columns(found: Sequence[str], path: str | Path, columns: Sequence[str]) -> None:
    for name in columns:
        if name not in found:
            near = get_close_matches(name, found, n=1, cutoff=0.5)
            hint = f" Rename '{near[0]}' to '{name}'?" if near else ""
            raise DataError(
                f"{path} lacks the column '{name}'. Found: {', '.join(found) or 'nothing'}.{hint} {_expected(columns)}"
            )


def _cells(row: Mapping[str | None, str | None], where: str, columns: Sequence[str]) -> tuple[dict[str, str], str]:
    cells = [row[name] for name in columns]
    if None in cells or None in row:
        raise DataError(f"{where} has not as many cells as there are columns. {_expected(columns)}")
    return {name: str(cell) for name, cell in zip(columns, cells, strict=True)}, where


def _override(row: Mapping[str, str], where: str) -> Override:
    override = Override(*row.values())
    if not override.path or not override.old:
        raise DataError(f"{where} has no {'old class' if override.path else 'path'}. Only 'new' may be empty.")
    return override


def apply(dataset: ImageDataset, overrides: Sequence[Override], *, where: str | Path) -> ImageDataset:
    """Return the data with corrected labels; images without a new one are in no split any more.

    Args:
        dataset: with splits. They stay as they are, and so do scores on images that are not corrected.
        overrides: at most one a row.
        where: the file they came from, for errors.

    Raises:
        DataError: an image is not there or has another label than the old one, or a class is left without
            training images.
        UnknownNameError: a new class does not exist; names the nearest.
    """
    row_of = {name: row for row, name in enumerate(dataset.names.tolist())}
    refuse_other_images([each.path for each in overrides], dataset, row_of, where)
    for each in overrides:
        _refuse_misfit(each, dataset, row_of, where)
    overrides = tuple(each for each in overrides if each.new != each.old)
    rows = np.array([row_of[each.path] for each in overrides], np.int64)
    changed = np.array([bool(each.new) for each in overrides], np.bool_)
    labels, splits = dataset.labels.copy(), dataset.splits.copy()
    labels[rows[changed]] = [dataset.classes.index(each.new) for each in overrides if each.new]
    splits[rows[~changed]] = ""
    reasons = np.where(
        splits == dataset.splits, dataset.splits if dataset.reasons is None else dataset.reasons, LEFT_OUT
    )
    corrected = replace(
        dataset,
        labels=labels,
        splits=splits,
        reasons=reasons,
        content_hash=corrected_hash(dataset.content_hash, overrides),
        notes=(*dataset.notes, *_notes(dataset, rows, changed)),
        overrides=overrides,
    )
    _refuse_lost_classes(dataset, corrected, where)
    return corrected


def merged(earlier: Iterable[Override], later: Iterable[Override]) -> tuple[Override, ...]:
    """Return the corrections that do at once what first `earlier` and then `later` do."""
    found = {each.path: each for each in earlier}
    for each in later:
        old = found[each.path].old if each.path in found else each.old
        found[each.path] = Override(each.path, old, each.new)
    return tuple(each for each in found.values() if each.new != each.old)


def write(path: Path, overrides: Iterable[Any], *, columns: Sequence[str] = COLUMNS) -> None:
    """Write corrections as CSV, all or nothing.

    Raises:
        DataError: the file cannot be written.
    """
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([columns, *map(astuple, overrides)])
    write_text(path, text.getvalue())


def corrected_hash(content_hash: str, overrides: Sequence[Any]) -> str:
    """Return the hash of data, with that of what was corrected behind a plus."""
    if not overrides:
        return content_hash
    text = json.dumps(sorted(map(astuple, overrides)))
    return f"{content_hash}+{hashlib.sha256(text.encode()).hexdigest()[:32]}"


def refuse_other_images(
    paths: Iterable[str], dataset: ImageDataset, row_of: Mapping[str, int], where: str | Path
) -> None:
    """Raise DataError where an image that is corrected is not there; names the nearest."""
    for path in paths:
        if path not in row_of:
            raise DataError(f"{where} names {path}, which {dataset.name} does not have. {_near(path, row_of)}")


def _refuse_misfit(override: Override, dataset: ImageDataset, row_of: Mapping[str, int], where: str | Path) -> None:
    found = dataset.classes[dataset.labels[row_of[override.path]]]
    if found != override.old:
        raise DataError(
            f"{where} expects the label '{override.old}' of {override.path}, which is '{found}' in {dataset.source}. "
            f"Delete that row if the label is right now, or write '{found}' as its old class."
        )
    if override.new and override.new not in dataset.classes:
        raise unknown("class", override.new, dataset.classes)


def _near(path: str, names: Mapping[str, int]) -> str:
    """Return a hint at the image that may be meant: a file of that name in another folder, or one named alike."""
    file_name = PurePosixPath(path).name
    moved = [name for name in names if PurePosixPath(name).name == file_name]
    near = get_close_matches(path, moved or names, n=1, cutoff=0.5)
    return f"Did you mean {near[0]}?" if near else f"Its images are named like {next(iter(names))}."


def _notes(dataset: ImageDataset, rows: NDArray[np.int64], changed: NDArray[np.bool_]) -> list[str]:
    number, left_out = int(changed.sum()), int((~changed).sum())
    sealed = int((dataset.splits[rows] == "test").sum())
    within = f", {sealed:,} of them in the test split" if sealed else ""
    done = [f"{number:,} {'label' if number == 1 else 'labels'} changed"] if number else []
    done += [f"{left_out:,} {'image' if left_out == 1 else 'images'} left out"] if left_out else []
    return [f"{' and '.join(done)} by overrides.csv{within}."] if done else []


def _refuse_lost_classes(before: ImageDataset, after: ImageDataset, where: str | Path) -> None:
    lost = sorted(set(before.labels[before.rows("train")].tolist()) - set(after.labels[after.rows("train")].tolist()))
    if lost:
        names = ", ".join(f"'{before.classes[label]}'" for label in lost)
        raise DataError(
            f"{where} leaves no training image of {names}: the network could never answer that. Remove some of its "
            "rows, or remove the class from the data."
        )
