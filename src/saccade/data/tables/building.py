"""What was collected becomes the columns, labels and rows of a table."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from saccade.data.listing import PART_NAMES
from saccade.data.table import UNKNOWN
from saccade.data.tables import cells, labels
from saccade.data.tables.collecting import EMPTY, MOST_TEXTS, Collected, Numbers, Texts
from saccade.data.tables.encoding import objection
from saccade.errors import DataError
from saccade.schema import Column, Schema

GIVEN_PARTS = {**PART_NAMES, "calibration": "calibration", "": ""}
"""What a column called split may say, in small letters, and what we call it."""

_AT_ONCE = 1 << 16  # rows
_SHOWN = 5  # columns in a note
_TIME_NAMES = frozenset({"time", "timestamp", "datetime", "date", "created_at"})
_FEW = 10  # rows; so few may stand in order by chance
_DECIMAL_COMMA = re.compile(r"-?\d+,\d+")

Row = NDArray[np.float64]


@dataclass(frozen=True)
class Chosen:
    """What becomes of the columns.

    Attributes:
        schema: its statistics are not fitted yet.
        positions: of the schema's columns among those that were collected.
        codes: what a collected code becomes, for columns of text.
        split: the position of the column that says the parts, or None.
        notes: a sentence each.
    """

    schema: Schema
    positions: tuple[int, ...]
    codes: dict[int, Row]
    split: int | None
    notes: tuple[str, ...]


def choose(
    found: Collected,
    source: str,
    *,
    normal: str,
    ignored: tuple[str, ...],
    apart: Mapping[str, str],
    said: Mapping[str, str],
) -> Chosen:
    """Return which columns are inputs and of which kind, and what normal is called.

    Args:
        found: all rows, collected.
        source: for messages.
        normal: the label that means normal, or "".
        ignored: columns that were not read.
        apart: those of them that nobody asked to ignore, and why they were.
        said: what the user says of columns.

    Raises:
        DataError: no column can be used, a column looks like the label, or nobody can know which label is normal.
    """
    plan = found.plan
    normal, label_note = _normal(found, normal)
    columns, codes, useless, split = dict[int, Column](), dict[int, Row](), dict[str, list[str]](), None
    for name, why in apart.items():
        useless.setdefault(why, []).append(name)
    for position, (name, held) in enumerate(found.columns.items()):
        if split is None and isinstance(held, Texts) and name not in said and _says_parts(name, held):
            split = position
            continue
        why = "" if name in said else _says_nothing(held, len(found.numbers))
        if why:
            useless.setdefault(why, []).append(name)
            continue
        columns[position] = _column(name, held, said.get(name, ""), plan.offsets.get(name, 0.0))
        if isinstance(held, Texts):
            codes[position] = _codes(columns[position], held)
    _refuse_hidden_label(found, columns, source, said=said)
    if not columns:
        raise DataError(f"{source} has no column that could be an input. {' '.join(_not_used(useless))}".rstrip())
    schema = Schema(
        tuple(columns.values()),
        label=plan.label,
        normal=normal,
        time=plan.time,
        ignored=tuple(dict.fromkeys([*ignored, *(name for names in useless.values() for name in names)])),
    )
    notes = (*found.notes, label_note, *_not_used(useless), *_many_texts(found.columns), _forgotten_time(found, said))
    return Chosen(schema, tuple(columns), codes, split, tuple(filter(None, notes)))


def _normal(found: Collected, normal: str) -> tuple[str, str]:
    if not found.plan.label:
        return "", "You named what is normal, but no label column: it is not used." if normal else ""
    if not found.label_texts.said:
        return normal, f"The label column '{found.plan.label}' is empty: no row has a label."
    return labels.decide(found.label_texts.by_text(), normal=normal, column=found.plan.label)


def _says_parts(name: str, held: Texts) -> bool:
    return name.casefold() == "split" and held.said > 0 and all(text.lower() in GIVEN_PARTS for text in held.codes)


def _says_nothing(held: Numbers | Texts, rows: int) -> str:
    """Return why a column cannot tell rows apart, or ""."""
    if held.missing >= rows or (isinstance(held, Texts) and not held.said):
        return "without any value"
    if isinstance(held, Numbers):
        if held.low == held.high and not held.missing:
            return "the same in all rows"
        counts_rows = rows > _FEW and held.steps[0] == held.steps[1] and not held.missing
        return "only counting the rows" if counts_rows else ""
    if len(held.codes) == 1 and not held.missing:
        return "the same in all rows"
    if all(_DECIMAL_COMMA.fullmatch(text) for text in held.codes):
        return "numbers with a decimal comma (write 1.5 for 1,5)"
    mostly_different = max(len(held.codes) - 2, held.beyond) > held.said / 2
    return "text that is different in most rows" if mostly_different else ""


def _column(name: str, held: Numbers | Texts, said: str, offset: float) -> Column:
    if isinstance(held, Numbers):
        return Column(name, "number", offset=offset)
    words = list(held.codes)
    kind: Literal["boolean", "category"] = "boolean" if not held.beyond and _all_words(words) else "category"
    if said == "boolean" or (kind == "boolean" and said != "category"):
        return Column(name, "boolean")
    return Column(name, "category", categories=tuple(words))


def _all_words(words: list[str]) -> bool:
    return all(not np.isnan(cells.truth(word)) for word in words)


def _codes(column: Column, held: Texts) -> Row:
    """Return the encoded value of each collected code, and of texts beyond."""
    if column.kind == "category":
        return np.arange(len(held.codes) + 1, dtype=np.float64)
    return np.array([*(cells.truth(word) for word in held.codes), np.nan])


def _refuse_hidden_label(
    found: Collected, columns: Mapping[int, Column], source: str, *, said: Mapping[str, str]
) -> None:
    """Refuse a label among the inputs: the network would be told the answer.

    A note would be overlooked, and everything that follows would look too good; the way out is one word.
    """
    if found.plan.label:
        return
    for column in columns.values():
        held = found.columns[column.name]
        zero_and_one = isinstance(held, Numbers) and (held.low, held.high) == (0, 1)
        values = len(held.codes) if isinstance(held, Texts) else 2 * zero_and_one
        if column.name not in said and labels.looks_like_labels(column.name, values):
            raise DataError(
                f"The column '{column.name}' of {source} looks like the label, and as an input it would give the "
                f"answer away. Name it: --label {column.name}. Or say what it is: --column {column.name}=ignore, or "
                f"--column {column.name}={column.kind} if it is an input after all."
            )


def _not_used(useless: Mapping[str, list[str]]) -> list[str]:
    return [f"Not used, {why}: {listed(names)}." for why, names in useless.items()]


def listed(names: list[str]) -> str:
    """Return the first few names in quotes, and how many more there are."""
    shown = ", ".join(f"'{name}'" for name in names[:_SHOWN])
    return f"{shown} and {len(names) - _SHOWN} more" if len(names) > _SHOWN else shown


def _many_texts(columns: Mapping[str, Numbers | Texts]) -> list[str]:
    return [
        f"'{name}' has more than {MOST_TEXTS:,} different texts: {held.beyond:,} rows count as other."
        for name, held in columns.items()
        if isinstance(held, Texts) and 0 < held.beyond <= held.said / 2
    ]


def _forgotten_time(found: Collected, said: Mapping[str, str]) -> str:
    """Return a note on a column that is probably the time, though nobody named it."""
    names = [name for name in found.columns if name.casefold() in _TIME_NAMES and name not in said]
    if found.plan.time or not names:
        return ""
    return f"'{names[0]}' looks like the time. With --time {names[0]} the split is by time, and it is no input."


def build(found: Collected, chosen: Chosen, raw: Path, folder: Path, source: str) -> None:
    """Write the table's arrays: values.f32 and rows.npz, and table.json beside them.

    Rows whose label or boolean cannot be read are put aside now; raises DataError when none is left.
    """
    own = _labels(found, chosen.schema.normal)
    kept, parts, shape = list[NDArray[np.int64]](), list[NDArray[np.str_]](), (len(found.numbers), len(found.columns))
    digest = hashlib.sha256(json.dumps(chosen.schema.to_dict(), sort_keys=True).encode())
    with (folder / "values.f32").open("wb") as output:
        for start, block in _blocks(raw, shape):
            numbers = found.numbers[start : start + len(block)]
            values, faults = _decoded(block, chosen, found)
            if own is not None:
                _blame_labels(faults, own[start : start + len(block)], found, start)
            good = np.ones(len(block), np.bool_)
            good[list(faults)] = False
            found.aside.add(numbers, faults)
            kept.append(np.flatnonzero(good) + start)
            parts.append(_parts(block[good], chosen, found))
            output.write(np.ascontiguousarray(values[good]).data)
            digest.update(np.ascontiguousarray(values[good]).data)
    rows = np.concatenate([*kept, np.zeros(0, np.int64)])
    if not len(rows):
        raise found.none_left(source)
    final = np.full(len(rows), UNKNOWN, np.int64) if own is None else own[rows].astype(np.int64)
    times = None if found.times is None else found.times[rows]
    cut = np.concatenate([*parts, np.zeros(0, "<U11")])
    for array in (final, times, cut):
        digest.update(b"" if array is None else np.ascontiguousarray(array).tobytes())
    moments = {} if times is None else {"times": times}
    with (folder / "rows.npz").open("wb") as file:
        np.savez(file, allow_pickle=False, labels=final, numbers=found.numbers[rows], parts=cut, **moments)
    about = {
        "schema": chosen.schema.to_dict(),
        "content_hash": digest.hexdigest(),
        "aside": found.aside.count,
        "set_aside": [[row.name, row.reason] for row in found.aside.first],
        "notes": chosen.notes,
    }
    (folder / "table.json").write_text(json.dumps(about), encoding="utf-8")


def _blocks(raw: Path, shape: tuple[int, int]) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Yield the collected rows some thousand at a time, with the position of the first."""
    with raw.open("rb") as file:
        for start in range(0, shape[0], _AT_ONCE):
            block = np.fromfile(file, np.float32, count=_AT_ONCE * shape[1])
            yield start, block.reshape(-1, shape[1])


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


def _labels(found: Collected, normal: str) -> Row | None:
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


def _blame_labels(faults: dict[int, str], own: Row, found: Collected, start: int) -> None:
    assert found.labels is not None
    texts = list(found.label_texts.codes)
    for row in np.flatnonzero(np.isnan(own)):
        code = int(found.labels[start + row])
        shown = texts[code] if code < len(texts) else "another text"
        faults.setdefault(int(row), f"its label '{found.plan.label}' is '{shown}', neither normal nor anomaly.")


def _parts(block: NDArray[np.float32], chosen: Chosen, found: Collected) -> NDArray[np.str_]:
    """Return what the source says of each row's part."""
    if chosen.split is None:
        return np.full(len(block), "", "<U11")
    held = list(found.columns.values())[chosen.split]
    assert isinstance(held, Texts)
    known = np.array([*(GIVEN_PARTS[text.lower()] for text in held.codes), ""], "<U11")
    codes = block[:, chosen.split]
    return known[np.where(np.isnan(codes), len(held.codes), codes).astype(np.int64)]
