"""How numbers are written in text: 8,7 and 1,940, (5), −3, 12 kg; and what stands for no number."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

NO_NUMBER = frozenset(
    {
        *("na", "n/a", "n.a.", "n.a", "#na", "#n/a", "#n/a n/a", "<na>", "nan", "-nan", "nat", "null", "<null>"),
        *("(null)", "n.d.", "nd"),
        *("[null]", "\\n", "nil", "none", "(none)", "<none>", "missing", "<missing>", "(missing)", "unknown", "unk"),
        *("not available", "not applicable", "no data", "nodata", "undefined", "blank", "(blank)", "empty", "(empty)"),
        *("#div/0!", "#value!", "#ref!", "#name?", "#num!", "#null!", "1.#qnan", "-1.#ind", "1.#ind", "-1.#qnan"),
    }
)
"""What stands in a column of numbers for a missing one, in small letters; so do dashes, dots, stars and ?."""

_INFINITE = r"(?i)^[+-]?inf(inity)?$"
_DASHES = r"^[-–—−.*?_]+$"
_GROUPS = "[ \u00a0\u2007\u2009\u202f'’_]"  # between groups of three digits, whatever the decimal mark is
_CURRENCY = "$€£¥₹₽₩₺₪₫฿₴₦₱¢"
_CODES = "USD|EUR|GBP|CHF|JPY|CNY|INR|AUD|CAD|NZD|SEK|NOK|DKK|PLN|CZK|HUF|BRL|MXN|ZAR|TRY|RUB|KRW|SGD|HKD|THB|ILS"
_CELL = (
    r"^(?<open>\()?\s*(?<before>[+\-−–])?\s*"
    rf"(?<prefix>[A-Z]{{0,3}}[{_CURRENCY}]|(?:{_CODES}|Rs\.?|kr\.?|Fr\.?))?\s*(?<behind>[+\-−–])?\s*"
    rf"(?<core>[0-9](?:(?:[0-9.,]|{_GROUPS})*[0-9])?\.?|[.,][0-9]+)(?<power>[eE][+\-]?[0-9]+)?"
    rf"\s*(?<suffix>[\pL%‰％°+'″′{_CURRENCY}][\pL%/°²³^.+ {_CURRENCY}]{{0,14}})?\s*(?<minus>[\-−])?(?<close>\))?$"
)
_ONE = re.compile(rf"[(+\-−–]?\s*[{_CURRENCY}]?\s*-?[0-9.,](?:[0-9.,]|{_GROUPS})*(?:[eE][+-]?[0-9]+)?\s*%?\)?")

_GROUPED = rf"^[0-9]{{1,3}}(?:{_GROUPS}[0-9]{{3}})+(?:[.,][0-9]*)?$"
_INDIAN = r"[0-9]{1,2}(?:,[0-9]{2})+,[0-9]{3}"
_MARKS = {
    "whole": r"^[0-9]+$",
    "point?": r"^[1-9][0-9]{0,2}\.[0-9]{3}$",
    "point": r"^[0-9]*\.[0-9]*$",
    "points": r"^[1-9][0-9]{0,2}(?:\.[0-9]{3}){2,}$",
    "comma?": r"^[1-9][0-9]{0,2},[0-9]{3}$",
    "comma": r"^[0-9]*,[0-9]+$",
    "commas": rf"^(?:[1-9][0-9]{{0,2}}(?:,[0-9]{{3}}){{2,}}|{_INDIAN})$",
    "comma point": rf"^(?:[1-9][0-9]{{0,2}}(?:,[0-9]{{3}})+|{_INDIAN})\.[0-9]*$",
    "point comma": r"^[1-9][0-9]{0,2}(?:\.[0-9]{3})+,[0-9]*$",
}
"""What is between a number's digits; with ? it can be a decimal mark or stand between thousands."""

_ADDRESS = r"^(?:(?:25[0-5]|2[0-4][0-9]|[01]?[0-9]?[0-9])(?:\.|$)){4}$"  # 192.168.100.200 is no number

_READ = {
    "": ("whole", "point?", "point"),
    ".": ("whole", "point?", "point", "comma?", "commas", "comma point"),
    ",": ("whole", "comma?", "comma", "point?", "points", "point comma"),
}
"""Which of these can be read, by the decimal mark."""

UNITS = frozenset(
    {
        *("%", "‰", "g", "kg", "mg", "µg", "t", "lb", "lbs", "oz", "m", "km", "cm", "mm", "µm", "mi", "ft", "in"),
        *("yd", "s", "sec", "seconds", "ms", "µs", "us", "ns", "min", "minutes", "h", "hr", "hrs", "hour", "hours"),
        *("d", "day", "days", "week", "weeks", "month", "months", "year", "years", "yr", "yrs", "B", "kB", "KB"),
        *("MB", "GB", "TB", "KiB", "MiB", "GiB", "kb", "Mb", "Gb", "°C", "°F", "°K", "K", "k", "M", "bn", "mn"),
        *("mio", "mln", "Mio", "T", "V", "mV", "kV", "W", "kW", "MW", "kWh", "Wh", "mA", "Hz", "kHz", "MHz", "GHz"),
        *("Pa", "kPa", "hPa", "bar", "mbar", "psi", "l", "ml", "L", "mL", "dl", "km/h", "m/s", "mph", "kmh", "kn"),
        *("rpm", "cal", "kcal", "J", "kJ", "N", "kN", "ppm", "ppb", "Rs", "kr", *_CURRENCY, *_CODES.split("|")),
    }
)
"""Units that are told apart from letters behind a number: 12A and 14C are seats."""

_MOSTLY = 0.95  # of a column's cells, then it holds numbers
_MANY = 0.8  # then it does not become a category without a word
_FEW = 10  # different texts: a category


def is_number(text: str) -> bool:
    """Say whether a text is a number, in whatever way it is written; "nan" is none."""
    return bool(_ONE.fullmatch(text)) and any(map(str.isdigit, text))


@dataclass(frozen=True)
class Written:
    """How a column's numbers are written where plain ones, such as 1234.5, are not all.

    Attributes:
        decimal: "," in 1.234,5; "." in 1,234.5; "" where no cell has a comma.
        unit: before or behind each number: "kg", "%", "$".
    """

    decimal: str = ""
    unit: str = ""

    @property
    def described(self) -> str:
        """What an unreadable cell is not."""
        mark = {",": "a decimal comma", ".": "a decimal point", "": ""}[self.decimal]
        splits = " and ".join(filter(None, (mark, f"the unit {self.unit}" if self.unit else "")))
        return f"no number with {splits}" if splits else ""


PLAIN = Written()


@dataclass
class Evidence:
    """How cells of a column are written.

    Attributes:
        marks: cells and an example by unit and by what is between the digits.
        others: cells that are no number in any way, by text; some hundreds of texts.
        other: all of these cells.
        words: cells that stand for a missing number, by text.
    """

    marks: dict[tuple[str, str], tuple[int, str]] = field(default_factory=dict)
    others: Counter[str] = field(default_factory=Counter)
    other: int = 0
    words: Counter[str] = field(default_factory=Counter)

    def add(self, text: pl.Series, counts: pl.Series | None = None) -> None:
        """Take cells into account; null says nothing. `counts` says how often each is there."""
        table = pl.DataFrame({"text": text, "count": pl.repeat(1, len(text), eager=True) if counts is None else counts})
        table = table.drop_nulls("text").group_by("text", maintain_order=True).agg(pl.col("count").sum())
        found = table.with_columns(_splits(table["text"])).with_columns(word=_stands_for_none(table["text"]))
        infinite = pl.col("text").str.contains(_INFINITE)  # a number, though none that can be used
        found = found.with_columns(
            mark=pl.when(infinite).then(pl.lit("whole")).otherwise("mark"),
            unit=pl.when(infinite).then(pl.lit("")).otherwise("unit"),
        )
        for word, count in found.filter("word").select("text", "count").iter_rows():
            self.words[word] += count
        rest = found.filter(~pl.col("word"))
        for unit, mark, count, example in (
            rest.drop_nulls("mark")
            .group_by("unit", "mark", maintain_order=True)
            .agg(pl.col("count").sum(), pl.col("text").first())
            .iter_rows()
        ):
            before = self.marks.get((unit, mark), (0, example))
            self.marks[unit, mark] = before[0] + count, before[1]
        others = rest.filter(pl.col("mark").is_null())
        self.other += int(others["count"].sum())
        for word, count in others.select("text", "count").head(500).iter_rows():
            self.others[word] += count

    def plain(self, count: int) -> None:
        """Count cells that are plain numbers."""
        if count:
            before = self.marks.get(("", "whole"), (0, ""))
            self.marks["", "whole"] = before[0] + count, before[1]

    def units(self) -> Counter[str]:
        """Return the numbers a unit, "" for none."""
        units = Counter[str]()
        for (unit, _), (count, _) in self.marks.items():
            units[unit] += count
        return units

    def example(self, unit: str) -> str:
        """Return a cell with this unit; if there is one, with something between its digits."""
        found = self.of_unit(unit)
        return next((text for mark, (_, text) in found.items() if mark != "whole"), found.get("whole", (0, ""))[1])

    def of_unit(self, unit: str) -> dict[str, tuple[int, str]]:
        """Return cells and an example of one unit, by what is between the digits."""
        return {mark: found for (own, mark), found in self.marks.items() if own == unit}


@dataclass(frozen=True)
class Verdict:
    """What a column's cells are.

    Attributes:
        kind: "number", "text", or "unclear" where only the user can know.
        written: how the numbers are written.
        why: what is unclear, a sentence or more; or how much of a text is numbers.
    """

    kind: str
    written: Written = PLAIN
    why: str = ""


def decide(evidence: Evidence, *, distinct: int, forced: bool = False, decimal: str = "") -> Verdict:
    """Return what a column is, from how its cells are written.

    Args:
        evidence: of all its cells, or of the first.
        distinct: how many different ones there are.
        forced: the user says that it is a number.
        decimal: the decimal mark that the user says.
    """
    units = evidence.units()
    said = units.total() + evidence.other
    if not units:
        nothing = not evidence.other and not evidence.words
        return Verdict("number" if forced or nothing else "text", Written(decimal))
    unit, most = units.most_common(1)[0]
    marks = evidence.of_unit(unit)
    if forced or most >= _MOSTLY * said:
        return _with_mark(marks, Written(decimal, unit), forced=forced)
    known = sum(count for each, count in units.items() if not each or each in UNITS)
    if len(units) > 1 and known >= _MOSTLY * said and distinct > _FEW and any(units):
        return Verdict("unclear", why=_several_units(units))
    if not unit and most > said / 2:
        share = f"a number in {most / said:.0%} of its cells; the others say {_shown(evidence)}"
        if most >= _MANY * said and distinct > _FEW:
            return Verdict("unclear", why=f"{share}. Say what it is: columns.NAME=number (the others are skipped)")
        return Verdict("text", why=share)
    return Verdict("text")


def _with_mark(marks: Mapping[str, tuple[int, str]], written: Written, *, forced: bool) -> Verdict:
    """Return the verdict on numbers of one unit: which of point and comma is the decimal mark."""
    counts = {mark: marks[mark][0] if mark in marks else 0 for mark in _MARKS}
    comma = counts["comma"] + counts["point comma"] + counts["points"]
    point = counts["point"] + counts["commas"] + counts["comma point"]
    if written.decimal or not (comma or counts["comma?"] or counts["commas"] or counts["comma point"]):
        return Verdict("number", written)
    said = sum(counts.values())
    if comma and point and min(comma, point) > (1 - _MOSTLY) * said and not forced:
        examples = [next(marks[mark][1] for mark in each if mark in marks) for each in _SIDES]
        return Verdict("unclear", why=_both_marks(*examples))
    if comma or point:
        return Verdict("number", Written("," if comma > point else ".", written.unit))
    return Verdict("unclear", why=_either(marks["comma?"][1]))


_SIDES = (("comma", "point comma", "points"), ("point", "commas", "comma point"))


def _either(example: str) -> str:
    core = re.sub(r"[^0-9,]", "", example)
    whole, point = core.replace(",", ""), core.replace(",", ".")
    return (
        f"'{example}' can be {whole} or {point}. If commas stand between thousands: columns.NAME=number-point. If they "
        "are decimal commas: columns.NAME=number-comma"
    )


def _both_marks(comma: str, point: str) -> str:
    return (
        f"some cells have a decimal comma ('{comma}'), others a decimal point ('{point}'). Write them alike, or say "
        "which to read, the others are skipped then: columns.NAME=number-comma or columns.NAME=number-point"
    )


def _several_units(units: Counter[str]) -> str:
    shown = ", ".join(f"{unit or 'none'} {count:,}" for unit, count in units.most_common(6))
    return (
        f"its numbers have several units ({shown}). Bring them to one, or take it for a category: columns.NAME=category"
    )


def _shown(evidence: Evidence) -> str:
    """Return the most frequent cells that are no plain number: "'abc' 17, 'x' 2 …"."""
    beside = {example: count for (unit, _), (count, example) in evidence.marks.items() if unit}
    others = (evidence.others + Counter(beside)).most_common(4)
    return ", ".join(f"'{text[:30]}' {count:,}" for text, count in others[:3]) + (" …" if len(others) > 3 else "")


# Reading


@dataclass(frozen=True)
class Read:
    """Cells of text, read as numbers.

    Attributes:
        values: (n,), float64, NaN where there is none.
        unreadable: (n,), which cells say something that is no number.
        words: what stands for a missing number, and how often.
        odd: an example of each unusual way to write a number, and its value.
    """

    values: NDArray[np.float64]
    unreadable: NDArray[np.bool_]
    words: Mapping[str, int] = field(default_factory=dict)
    odd: Mapping[str, float] = field(default_factory=dict)


def read_texts(text: pl.Series, written: Written) -> Read:
    """Return cells as numbers, written in a certain way; a cell's value depends on that cell alone.

    Only cells that are no plain number take long.
    """
    plain = text.cast(pl.Float64, strict=False)
    trouble = text.is_not_null() if written != PLAIN else text.is_not_null() & plain.is_null()
    if not trouble.any():
        return Read(plain.to_numpy(), np.zeros(len(text), np.bool_))
    places = trouble.arg_true()
    cells = text.gather(places)
    is_word = _stands_for_none(cells)
    splits = pl.DataFrame(_splits(cells))
    usable = pl.Series(splits["mark"].is_in(_READ[written.decimal]) & (splits["unit"] == written.unit)).fill_null(
        value=False
    )
    found = pl.select(pl.when(usable & ~is_word).then(_values(splits, written.decimal))).to_series()
    values = plain.to_numpy().copy()
    values[places.to_numpy()] = found.to_numpy()
    unreadable = np.zeros(len(text), np.bool_)
    unreadable[places.to_numpy()] = (found.is_null() & ~is_word).to_numpy()
    words = Counter(cells.filter(is_word).to_list())
    return Read(values, unreadable, words, _odd(cells, splits, found))


def _stands_for_none(text: pl.Series) -> pl.Series:
    return (text.str.to_lowercase().is_in(list(NO_NUMBER)) | text.str.contains(_DASHES)).fill_null(value=False)


def _splits(text: pl.Series) -> list[pl.Series]:
    """Return what a number is made of, a column each; the mark is null where a text is no number."""
    found = text.str.extract_groups(_CELL.replace("(?<", "(?P<")).struct.unnest()
    core = found["core"]
    grouped = core.str.contains(_GROUPED)
    core = pl.select(pl.when(grouped).then(core.str.replace_all(_GROUPS, "")).otherwise(core)).to_series()
    mark = pl.coalesce(*(pl.when(core.str.contains(form)).then(pl.lit(name)) for name, form in _MARKS.items()))
    signs = sum((found[name].is_not_null().cast(pl.Int8) for name in ("open", "before", "behind", "minus")), start=0)
    sound = ~core.str.contains(_ADDRESS) & (signs <= 1) & (found["open"].is_null() == found["close"].is_null())
    negative = found["open"].is_not_null() | found["minus"].is_not_null()
    for name in ("before", "behind"):
        negative |= found[name].is_not_null() & (found[name] != "+").fill_null(value=False)
    both = found["prefix"].is_not_null() & found["suffix"].is_not_null()
    unit = found["prefix"].fill_null("") + both.replace_strict({True: "…", False: ""}, return_dtype=pl.String)
    unit += found["suffix"].fill_null("").str.strip_chars().str.replace("％", "%", literal=True)
    return [
        core.alias("core"),
        found["power"].fill_null("").alias("power"),
        negative.alias("negative"),
        unit.alias("unit"),
        pl.select(mark=pl.when(sound).then(mark)).to_series(),
        (grouped.fill_null(value=False) | found["open"].is_not_null() | found["minus"].is_not_null()).alias("odd"),
    ]


def _values(splits: pl.DataFrame, decimal: str) -> pl.Series:
    core = splits["core"].str.replace_all("." if decimal == "," else ",", "", literal=True)
    core = core.str.replace(",", ".", literal=True) + splits["power"]
    value = core.cast(pl.Float64, strict=False)
    return pl.select(pl.when(splits["negative"]).then(-value).otherwise(value)).to_series()


def _odd(cells: pl.Series, splits: pl.DataFrame, found: pl.Series) -> dict[str, float]:
    """Return a number with groups of digits, in parentheses or with a minus behind it, if there is one."""
    first = (splits["odd"] & found.is_not_null()).arg_true().head(1)
    return {cells[int(place)]: float(found[int(place)]) for place in first}
