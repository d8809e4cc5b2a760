"""Schema: what the columns of a table mean, fitted on training rows; goes with a network wherever it goes."""

import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, cast

from saccade.core.errors import DataError
from saccade.core.safe_json import Json
from saccade.core.type_validation import checked

Kind = Literal["number", "category", "boolean"]
KINDS: tuple[Kind, ...] = ("number", "category", "boolean")

SHOWN_CATEGORIES = 4
_LONGEST_UNSEEN = 40  # letters of a category that is new
_LONGEST = 18  # letters of a category


@dataclass(frozen=True)
class Column:
    """One input of the network, and what is usual for it.

    All statistics are of the normal training rows, in encoded values: after the offset, 0 and 1 for a boolean.

    Attributes:
        name: as in the file.
        kind: "number", "category" or "boolean".
        categories: of a category, most frequent in training first; any other text has the code
            `len(categories)`.
        decimal: of a number: "," where the cells of its file have decimal commas, "." where commas stand between
            thousands, "" where they have no comma.
        unit: of a number: what the cells of its file carry before or behind it, such as "kg" or "%".
        offset: of a number: subtracted in float64 when it is encoded, where float32 would lose its spread.
        missing: training rows without a value.
        center: of a number or boolean: the mean; also what stands for a missing value.
        scale: of a number or boolean: the standard deviation, 1 where it is constant.
        low: of a number: the 1% quantile.
        middle: of a number: the median.
        high: of a number: the 99% quantile.
        counts: of a category: training rows a category, then those of all others; of a boolean: of 0 and of 1.
    """

    name: str
    kind: Kind
    categories: tuple[str, ...] = ()
    offset: float = 0.0
    missing: int = 0
    center: float = 0.0
    scale: float = 1.0
    low: float = 0.0
    middle: float = 0.0
    high: float = 0.0
    counts: tuple[int, ...] = ()
    decimal: str = ""
    unit: str = ""

    def shown(self, value: float, text: str | None = None) -> str:
        """Return an encoded value as a person would write it: "12.5", "ATM", "yes", "missing".

        Args:
            value: as encoded.
            text: of a category that has no code of its own, where it is known.
        """
        if text is not None:
            rare = bool(self.counts and self.counts[-1])  # some training rows have such a one too, perhaps this one
            return f"{short(text)}, {'rare or not' if rare else 'not'} seen in training"
        if math.isnan(value):
            return "missing"
        if self.kind == "number":
            return f"{value + self.offset:.{12 if self.offset else 6}g}"  # the offset's digits tell nothing
        if self.kind == "boolean":
            return "yes" if value else "no"
        return self.categories[int(value)] if int(value) < len(self.categories) else "other"

    def typical(self, rows: int) -> str:
        """Return what normal training rows have in it: "1.2 to 98.5, median 20", "ATM 60%, card 40%".

        Args:
            rows: the training rows that its statistics are of; 0 before they are fitted.
        """
        if self.kind == "category":
            return _categories(self, rows)
        if not rows:
            return ""
        if self.missing == rows:
            return "no value"
        if self.kind == "boolean":
            return f"yes {_share(self.center)}"
        low, middle, high = (number(value + self.offset) for value in (self.low, self.middle, self.high))
        return f"{low} to {high}, median {middle}" if low != high else low


@dataclass(frozen=True)
class Schema:
    """The columns of a table, and what each is for.

    Attributes:
        columns: the d inputs of the network, in this order.
        label: the label column, "" for none.
        normal: the label that means normal, where it is not told by a word such as 0, false or normal.
        time: the time column, "" for none.
        time_format: how its cells are read: "milliseconds", "day-first", "%d/%m/%y"; "" where they are written moments
            that can mean one thing only.
        ignored: columns of the file that are not used: because the user said so, or because they say nothing.
        rows: the normal training rows that the statistics are of; 0 before they are fitted.
        constants: name and value of the columns that are not used as they were the same in all rows; "" where all
            were empty.
        header: whether the first line of a CSV file names the columns; else they are column_1, column_2, …
    """

    columns: tuple[Column, ...]
    label: str = ""
    normal: str = ""
    time: str = ""
    ignored: tuple[str, ...] = ()
    rows: int = 0
    time_format: str = ""
    constants: tuple[tuple[str, str], ...] = ()
    header: bool = True

    @property
    def names(self) -> tuple[str, ...]:
        """The inputs' names, in order."""
        return tuple(column.name for column in self.columns)

    def to_dict(self) -> Json:
        """Return the schema as JSON can hold it."""
        found = cast(dict[str, Any], _plain(asdict(self)))
        # what is usual is not written: the hash of such a table stays what earlier versions made of it
        found["columns"] = [
            {name: value for name, value in column.items() if value or name not in ("decimal", "unit")}
            for column in found["columns"]
        ]
        defaults = {"time_format": "", "constants": [], "header": True}
        return {name: value for name, value in found.items() if name not in defaults or value != defaults[name]}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Schema":
        """Return the schema that `to_dict` wrote; raises DataError when it is damaged."""
        try:
            columns = tuple(Column(**_tuples(Column, column)) for column in values["columns"])
            constants = tuple((str(name), str(value)) for name, value in values.get("constants", ()))
            made = checked(cls(**{**_tuples(cls, values), "columns": columns, "constants": constants}))
            if len(set(made.names)) < len(made.names):
                raise ValueError("a column is there twice")
            return made
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise DataError(f"The schema of the columns is damaged ({error}). Train again, or export again.") from error


def numbers_only(count: int) -> Schema:
    """Return the schema of a table of so many numbers that nobody has seen yet."""
    return Schema(tuple(Column(f"column {place}", "number") for place in range(1, count + 1)), rows=1)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value


def _tuples(kind: type, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that a class knows, with lists as tuples: a later version may write more of them."""
    known = {field.name for field in fields(kind)}
    return {name: tuple(each) if isinstance(each, list) else each for name, each in values.items() if name in known}


def number(value: float) -> str:
    """Return a number short, but whole numbers in full: 1,234,567 and 0.00123."""
    short = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    return re.sub(r"^-", "−", "0" if short == "-0" else short)


def short(text: str) -> str:
    """Return a text in quotes, cut where it is long."""
    return f"'{text[:_LONGEST_UNSEEN]}…'" if len(text) > _LONGEST_UNSEEN else f"'{text}'"


def _categories(column: Column, rows: int) -> str:
    shown = [name if len(name) <= _LONGEST else f"{name[:_LONGEST]}…" for name in column.categories[:SHOWN_CATEGORIES]]
    more = len(column.categories) - len(shown)
    if rows:
        said = max(sum(column.counts), 1)
        shown = [f"{name} {_share(count / said)}" for name, count in zip(shown, column.counts, strict=False)]
    return ", ".join(shown) + (f", and {more} more" if more > 0 else "")


def _share(share: float) -> str:
    return f"{share:.0%}" if share == 0 or share >= 0.01 else "<1%"
