"""What the collected columns are good for: inputs of some kind, the splits, or nothing."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from saccade.core.errors import DataError
from saccade.core.shell_words import shell_word
from saccade.core.split_names import USUAL, splits_of
from saccade.modalities.tables import cells, labels
from saccade.modalities.tables.datetime_formats import are_dates
from saccade.modalities.tables.first_pass import MOST_TEXTS, Collected, Numbers, Plan, Texts
from saccade.modalities.tables.messages import listed
from saccade.modalities.tables.number_parsing import PLAIN, Verdict, Written
from saccade.modalities.tables.schema import Column, Schema
from saccade.modalities.tables.type_inference import column_verdict

_TIME_NAMES = frozenset({"time", "timestamp", "datetime", "date", "created_at"})
_EXAMPLES = 5  # columns, or cells, in a note
_FEW = 10  # rows; so few may stand in order by chance

Row = NDArray[np.float64]


@dataclass(frozen=True)
class Chosen:
    """What becomes of the columns.

    Attributes:
        schema: its statistics are not fitted yet.
        positions: of the schema's columns among those that were collected.
        codes: what a collected code becomes, for columns of text.
        split: the position of the column that says the splits, or None.
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
    header: bool = True,
) -> Chosen:
    """Return which columns are inputs and of which kind, and what normal is called.

    Args:
        found: all rows, collected.
        source: for messages.
        normal: the label that means normal, or "".
        ignored: columns that were not read.
        apart: those of them that nobody asked to ignore, and why they were.
        said: what the user says of columns.
        header: whether the first line of the file names the columns.

    Raises:
        DataError: no column can be used, a column looks like the label, or nobody can know which label is normal.
    """
    plan, (normal, label_note) = found.plan, _normal(found, normal)
    split = next(
        (place for place, name in enumerate(found.columns) if name not in said and _says_splits(found, name)), None
    )
    verdicts = {name: column_verdict(held, said.get(name, "")) for name, held in found.columns.items()}
    _refuse_unclear(verdicts, source)
    columns, useless = _inputs(found, split, said=said, apart=apart)
    _refuse_hidden_label(found, columns, source, said=said, header=header)
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
        header=header,
    )
    notes = (
        *found.notes,
        label_note,
        *not_used,
        *_how_read(found.columns, plan, verdicts),
        *_many_texts(found.columns),
        _forgotten_time(found, said),
        _split_note(found, split),
    )
    return Chosen(schema, tuple(columns), _coded(found, columns), split, tuple(filter(None, notes)))


def _inputs(
    found: Collected, split: int | None, *, said: Mapping[str, str], apart: Mapping[str, str]
) -> tuple[dict[int, Column], dict[str, list[str]]]:
    """Return the columns that are inputs by their place, and the names of those that are not by the reason why."""
    columns, useless = dict[int, Column](), _grouped(apart)
    for place, (name, held) in enumerate(found.columns.items()):
        why = "" if name in said else _says_nothing(held, len(found.numbers))
        if place == split:
            continue
        if why:
            useless.setdefault(why, []).append(name)
        else:
            columns[place] = _column(name, held, said.get(name, ""), found.plan)
    return columns, useless


def _coded(found: Collected, columns: Mapping[int, Column]) -> dict[int, Row]:
    """Return the codes of each column of texts, by its place."""
    return {
        place: _codes(columns[place], held)
        for place, held in enumerate(found.columns.values())
        if place in columns and isinstance(held, Texts)
    }


def _grouped(apart: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the columns by why they are not used."""
    return {why: [name for name, own in apart.items() if own == why] for why in apart.values()}


def _normal(found: Collected, normal: str) -> tuple[str, str]:
    if not found.plan.label:
        return "", "You named what is normal, but no label column: it is not used." if normal else ""
    if not found.label_texts.said:
        return normal, f"The label column '{found.plan.label}' is empty: no row has a label."
    return labels.decide(found.label_texts.by_text(), normal=normal, column=found.plan.label)


def _says_splits(found: Collected, name: str) -> bool:
    held = found.columns[name]
    if not isinstance(held, Texts) or not held.said or held.beyond:
        return False
    kinds = set(given_splits(held.codes).values())
    return "" not in kinds and (name.casefold() == "split" or (len(kinds) > 1 and "train" in kinds))


def given_splits(texts: Iterable[str]) -> dict[str, str]:
    """Return the split that each text of a column called split says, "" for none."""
    return {
        text: "calibration" if text.casefold().startswith("calib") else part for text, part in splits_of(texts).items()
    }


def _split_note(found: Collected, split: int | None) -> str:
    """Return a note on the column that says the splits, unless it is written as expected."""
    if split is None:
        return ""
    name, held = list(found.columns.items())[split]
    assert isinstance(held, Texts)
    splits = given_splits(held.codes)
    if name.casefold() == "split" and all(text.lower() in USUAL or text == part for text, part in splits.items()):
        return ""
    said = ", ".join(f"'{text}' as {part}" for text, part in splits.items())
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
    if isinstance(held, Texts) and are_dates(held.codes):
        return "dates, of which new rows have others"
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


def _refuse_unclear(verdicts: Mapping[str, Verdict], source: str) -> None:
    """Refuse columns of which only the user can know what they are: a wrong guess would be seen by nobody."""
    unclear = {name: verdict.why for name, verdict in verdicts.items() if verdict.kind == "unclear"}
    if unclear:
        name, why = next(iter(unclear.items()))
        others = f" Likewise unclear: {listed(list(unclear)[1:])}." if len(unclear) > 1 else ""
        asked = why.replace("NAME", name)
        raise DataError(
            f"The column '{name}' of {source}: {asked}. Or leave it out: "
            f"{shell_word(f'columns.{name}=ignore')}.{others}"
        )


def _how_read(columns: Mapping[str, Numbers | Texts], plan: Plan, verdicts: Mapping[str, Verdict]) -> Iterator[str]:
    """Yield what a person would not expect of how the cells were read; what is alike in many columns is said once."""
    numbers = {name: held for name, held in columns.items() if isinstance(held, Numbers)}
    for written in dict.fromkeys(plan.written.values()):
        names = [name for name in numbers if plan.written.get(name) == written]
        example = numbers[names[0]].evidence.example(written.unit) if names and written != PLAIN else ""
        if example:
            yield f"Numbers with {_marked(written)}, such as '{example}': {listed(names)}."
    words = {name: held.words.total() for name, held in numbers.items() if held.words}
    if words:
        said = ", ".join(
            f"'{word}'" for word in list(dict.fromkeys(w for name in words for w in numbers[name].words))[:5]
        )
        yield f"Cells that stand for a missing number ({said}): {_counted(words)}."
    for name, (text, value) in [(name, each) for name, held in numbers.items() for each in held.odd.items()][
        :_EXAMPLES
    ]:
        yield f"In '{name}', '{text}' is read as {value:.12g}."
    skipped = {name: held.unreadable for name, held in numbers.items() if held.unreadable}
    if skipped:
        yield f"Rows skipped because a cell is no number that can be read: {_counted(skipped)}."
    for name, verdict in verdicts.items():
        if verdict.why and name not in numbers:
            way = shell_word(f"columns.{name}=number")
            yield f"'{name}' is {verdict.why}: it is taken for text. If it is a number: {way}."


def _counted(cells: Mapping[str, int]) -> str:
    """Return "81 in 'acid', 1 in 'price'", and how many columns more."""
    shown = ", ".join(f"{count:,} in '{name}'" for name, count in list(cells.items())[:_EXAMPLES])
    return shown + (f" and more in {len(cells) - _EXAMPLES} other columns" if len(cells) > _EXAMPLES else "")


def _marked(written: Written) -> str:
    mark = {"": "", ",": "a decimal comma", ".": "commas between thousands"}[written.decimal]
    return " and ".join(filter(None, (mark, f"the unit {written.unit} (left off)" if written.unit else "")))


def _column(name: str, held: Numbers | Texts, said: str, plan: Plan) -> Column:
    if isinstance(held, Numbers):
        written = plan.written.get(name, PLAIN)
        offset = plan.offsets.get(name, 0.0)
        return Column(name, "number", offset=offset, decimal=written.decimal, unit=written.unit)
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
    found: Collected, columns: Mapping[int, Column], source: str, *, said: Mapping[str, str], header: bool
) -> None:
    """Refuse a label among the inputs: the network would be told the answer.

    A note would be overlooked, and everything that follows would look too good; the way out is one word.
    """
    edges = {max(columns, default=0), *(() if header else (min(columns, default=0),))}
    for place, column in columns.items():
        values, name = _different(found.columns[column.name]), column.name
        is_coordinate = name.casefold() == "y" and len(values) > 2 and {"x", "X"} & set(found.columns)
        at_edge = place in edges and not found.plan.label
        if name in said or is_coordinate:
            continue
        if labels.looks_like_labels(name, values, last=at_edge, headless=not header):
            a_label = "a second label" if found.plan.label else "the label"
            named = "" if found.plan.label else f"Name it: --label {shell_word(name)}. Or say"
            raise DataError(
                f"The column '{name}' of {source} looks like {a_label}, and as an input it would give the answer away. "
                f"{named or 'Say'} what it is: {shell_word(f'columns.{name}=ignore')}, or "
                f"{shell_word(f'columns.{name}={column.kind}')} if it is an "
                "input after all."
            )


def _different(held: Numbers | Texts) -> list[str]:
    """Return the different values of a column as text; none of numbers that are many."""
    return list(held.codes) if isinstance(held, Texts) else [f"{each:.15g}" for each in held.levels or ()]


def _many_texts(columns: Mapping[str, Numbers | Texts]) -> list[str]:
    return [
        f"'{name}' has more than {MOST_TEXTS:,} different texts: {held.beyond:,} rows count as other."
        for name, held in columns.items()
        if isinstance(held, Texts) and 0 < held.beyond <= held.said / 2
    ]


def _forgotten_time(found: Collected, said: Mapping[str, str]) -> str:
    """Return a note on a column that is probably the time, though nobody named it."""
    names = [
        name
        for name, held in found.columns.items()
        if name not in said and (name.casefold() in _TIME_NAMES or (isinstance(held, Texts) and are_dates(held.codes)))
    ]
    if found.plan.time or not names:
        return ""
    option = f"--time {shell_word(names[0])}"
    return f"'{names[0]}' looks like the time. With {option} the split is by time, and it is no input."
