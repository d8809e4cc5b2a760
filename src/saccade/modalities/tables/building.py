"""What was collected becomes the rows, labels and parts of a table, on the disk."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from saccade.core.arrays import Array
from saccade.modalities.tables import labels
from saccade.modalities.tables.column_roles import Chosen, given_splits
from saccade.modalities.tables.first_pass import MOST_TEXTS, Collected, Texts
from saccade.modalities.tables.messages import EMPTY, objection
from saccade.modalities.tables.table import UNKNOWN

_AT_ONCE = 1 << 16  # rows


def build(found: Collected, chosen: Chosen, raw: Path, folder: Path, source: str) -> None:
    """Write the table's arrays: values.f32 and rows.npz, and table.json beside them.

    Rows whose label, boolean or time cannot be read are skipped now; raises DataError when none is left.
    """
    own = _labels(found, chosen.schema.normal)
    digest = hashlib.sha256(json.dumps(chosen.schema.to_dict(), sort_keys=True).encode())
    rows, splits = list[NDArray[np.int64]](), list[NDArray[np.str_]]()
    with (folder / "values.f32").open("wb") as output:
        for start, block in _blocks(raw, len(found.columns)):
            values, faults = _decoded(block, chosen, found)
            if own is not None:
                _blame_labels(faults, own[start : start + len(block)], found, start)
            _blame_times(faults, found, start, len(block))
            found.skipped_count.add(found.numbers[start : start + len(block)], faults)
            good = np.delete(np.arange(len(block)), list(faults))
            rows.append(good + start)
            splits.append(_splits(block[good], chosen, found))
            kept = np.ascontiguousarray(values[good])
            output.write(kept.data)
            digest.update(kept.data)
    left = np.concatenate(rows)
    if not len(left):
        raise found.none_left(source)
    arrays = _beside(found, own, left, np.concatenate(splits))
    for name, array in arrays.items():
        digest.update(b"" if name == "numbers" else array.tobytes())
    with (folder / "rows.npz").open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)
    about = {
        "schema": chosen.schema.to_dict(),
        "content_hash": digest.hexdigest(),
        "aside": found.skipped_count.count,
        "skipped_items": [[row.name, row.reason] for row in found.skipped_count.first],
        "notes": chosen.notes,
    }
    (folder / "table.json").write_text(json.dumps(about), encoding="utf-8")


def _beside(
    found: Collected, own: NDArray[np.float64] | None, left: NDArray[np.int64], splits: NDArray[np.str_]
) -> dict[str, Array]:
    """Return what is known of the rows beside their values."""
    unknown = np.full(len(left), UNKNOWN, np.int64)
    arrays: dict[str, Array] = {
        "labels": unknown if own is None else own[left].astype(np.int64),
        "splits": splits,
    }
    if found.times is not None:
        arrays["times"] = found.times.seconds[left]
    return {**arrays, "numbers": found.numbers[left]}


def _blocks(raw: Path, width: int) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Yield the collected rows some thousand at a time, with the position of the first."""
    start = 0
    with raw.open("rb") as file:
        while len(block := np.fromfile(file, np.float32, count=_AT_ONCE * width)):
            yield start, block.reshape(-1, width)
            start += len(block) // width


def _decoded(
    block: NDArray[np.float32], chosen: Chosen, found: Collected
) -> tuple[NDArray[np.float32], dict[int, str]]:
    """Return the chosen columns with their final codes, and why some rows cannot be used."""
    values, faults = block[:, chosen.positions], dict[int, str]()
    for place, position in enumerate(chosen.positions):
        if position not in chosen.codes:
            continue
        codes = block[:, position]
        there = ~np.isnan(codes)
        values[there, place] = chosen.codes[position][codes[there].astype(np.int64)]
        column = chosen.schema.columns[place]
        for row in np.flatnonzero(there & np.isnan(values[:, place])):
            faults.setdefault(int(row), objection(column.name, column.kind, _text(found, position, codes[row])))
    for row in np.flatnonzero(np.isnan(values).all(axis=1)):
        faults.setdefault(int(row), EMPTY)
    return values, faults


def _text(found: Collected, position: int, code: float) -> str:
    held = list(found.columns.values())[position]
    assert isinstance(held, Texts)
    return next((text for text, own in held.codes.items() if own == code), "another text")


def _labels(found: Collected, normal: str) -> NDArray[np.float64] | None:
    """Return -1, 0 or 1 a row, NaN where the label cannot be read; None when there is no label column."""
    if found.labels is None:
        return None
    judged = [labels.judge(text, normal) for text in found.label_texts.codes]
    meaning = np.full(MOST_TEXTS + 1, np.nan if not normal else 1.0)  # of many texts, one is normal: among the known
    meaning[: len(judged)] = [np.nan if each is None else each for each in judged]
    there = ~np.isnan(found.labels)
    result = np.full(len(found.labels), float(UNKNOWN))
    result[there] = meaning[found.labels[there].astype(np.int64)]
    return result


def _blame_labels(faults: dict[int, str], own: NDArray[np.float64], found: Collected, start: int) -> None:
    assert found.labels is not None
    texts = list(found.label_texts.codes)
    for row in np.flatnonzero(np.isnan(own)):
        code = int(found.labels[start + row])
        shown = texts[code] if code < len(texts) else "another text"
        faults.setdefault(int(row), f"its label '{found.plan.label}' is '{shown}', neither normal nor anomaly.")


def _blame_times(faults: dict[int, str], found: Collected, start: int, rows: int) -> None:
    """Note which rows' time means nothing once all times are known."""
    if found.times:
        for row in np.flatnonzero(np.isnan(found.times.seconds[start : start + rows])).tolist():
            faults.setdefault(row, found.times.faults[start + row])


def _splits(block: NDArray[np.float32], chosen: Chosen, found: Collected) -> NDArray[np.str_]:
    """Return what the source says of each row's split."""
    if chosen.split is None:
        return np.full(len(block), "", "<U11")
    held = list(found.columns.values())[chosen.split]
    assert isinstance(held, Texts)
    known = np.array([*given_splits(held.codes).values(), ""], "<U11")
    codes = block[:, chosen.split]
    return known[np.where(np.isnan(codes), len(held.codes), codes).astype(np.int64)]
