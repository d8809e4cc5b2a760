"""What the collected columns are good for: inputs of some kind, the parts, or nothing."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from saccade.data.split_names import USUAL, splits_of
from saccade.data.tables import cells, labels
from saccade.data.tables.collecting import MOST_TEXTS, Collected, Numbers, Texts
from saccade.data.tables.wording import listed
from saccade.errors import DataError
from saccade.schema import Column, Schema

_TIME_NAMES = frozenset({"time", "timestamp", "datetime", "date", "created_at"})
_FEW = 10  # rows; so few may stand in order by chance
WITH_COMMA = "numbers with a decimal comma"
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
    plan, (normal, label_note) = found.plan, _normal(found, normal)
    split = next(
        (place for place, name in enumerate(found.columns) if name not in said and _says_parts(found, name)), None
    )
    columns, useless = dict[int, Column](), _grouped(apart)
    for place, (name, held) in enumerate(found.columns.items()):
        why = "" if name in said else _says_nothing(held, len(found.numbers))
        if place == split:
            continue
        if why:
            useless.setdefault(why, []).append(name)
        else:
            columns[place] = _column(name, held, said.get(name, ""), plan.offsets.get(name, 0.0))
    if WITH_COMMA in useless:
        raise DataError(
            f"{source} has {WITH_COMMA} in {listed(useless[WITH_COMMA])}. Write 1.5 for 1,5 (a spreadsheet can export "
            "it so), or leave them out: columns.NAME=ignore."
        )
    _refuse_hidden_label(found, columns, source, said=said)
    not_used = [f"Not used, {why}: {listed(names)}." for why, names in useless.items()]
    if not columns:
        raise DataError(f"{source} has no column that could be an input. {' '.join(not_used)}".rstrip())
    left_out = dict.fromkeys([*ignored, *(name for names in useless.values() for name in names)])
    schema = Schema(
        tuple(columns.values()),
        label=plan.label,
        normal=normal,
        time=plan.time,
        time_format=found.times.time_format if found.times else "",
        ignored=tuple(left_out),
        constants=_constants(found, columns, split),
    )
    notes = (
        *found.notes,
        label_note,
        *not_used,
        *_many_texts(found.columns),
        _forgotten_time(found, said),
        _split_note(found, split),
    )
    codes = {
        place: _codes(columns[place], held)
        for place, held in enumerate(found.columns.values())
        if place in columns and isinstance(held, Texts)
    }
    return Chosen(schema, tuple(columns), codes, split, tuple(filter(None, notes)))


def _grouped(apart: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the columns by why they are not used."""
    return {why: [name for name, own in apart.items() if own == why] for why in apart.values()}


def _normal(found: Collected, normal: str) -> tuple[str, str]:
    if not found.plan.label:
        return "", "You named what is normal, but no label column: it is not used." if normal else ""
    if not found.label_texts.said:
        return normal, f"The label column '{found.plan.label}' is empty: no row has a label."
    return labels.decide(found.label_texts.by_text(), normal=normal, column=found.plan.label)


def _says_parts(found: Collected, name: str) -> bool:
    held = found.columns[name]
    if not isinstance(held, Texts) or not held.said or held.beyond:
        return False
    kinds = set(given_parts(held.codes).values())
    return "" not in kinds and (name.casefold() == "split" or (len(kinds) > 1 and "train" in kinds))


def given_parts(texts: Iterable[str]) -> dict[str, str]:
    """Return the part that each text of a column called split says, "" for none."""
    return {
        text: "calibration" if text.casefold().startswith("calib") else part for text, part in splits_of(texts).items()
    }


def _split_note(found: Collected, split: int | None) -> str:
    """Return a note on the column that says the splits, unless it is written as expected."""
    if split is None:
        return ""
    name, held = list(found.columns.items())[split]
    assert isinstance(held, Texts)
    parts = given_parts(held.codes)
    if name.casefold() == "split" and all(text.lower() in USUAL or text == part for text, part in parts.items()):
        return ""
    said = ", ".join(f"'{text}' as {part}" for text, part in parts.items())
    return f"'{name}' says the split of each row and is no input: {said}."


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
        return WITH_COMMA
    mostly_different = max(len(held.codes) - 2, held.beyond) > held.said / 2
    return "text that is different in most rows" if mostly_different else ""


def _constants(found: Collected, columns: Mapping[int, Column], split: int | None) -> tuple[tuple[str, str], ...]:
    """Return the columns that are left out as they are the same in all rows, and what they say; "" where nothing."""
    constants = dict[str, str]()
    for place, (name, held) in enumerate(found.columns.items()):
        if place in columns or place == split:
            continue
        if isinstance(held, Numbers) and (held.low == held.high or not np.isfinite(held.low)):
            constants[name] = f"{held.low:.15g}" if np.isfinite(held.low) else ""
        elif isinstance(held, Texts) and len(held.codes) <= 1:
            constants[name] = next(iter(held.codes), "")
    return tuple(constants.items())


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
        words = held.codes if isinstance(held, Texts) else ()
        if column.name not in said and labels.looks_like_labels(column.name, values, words):
            raise DataError(
                f"The column '{column.name}' of {source} looks like the label, and as an input it would give the "
                f"answer away. Name it: --label {column.name}. Or say what it is: columns.{column.name}=ignore, or "
                f"columns.{column.name}={column.kind} if it is an input after all."
            )


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
