"""Where a CSV file's rows begin, what separates their cells, and what its columns are called."""

import csv
import io
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

from saccade.core.errors import DataError
from saccade.modalities.tables.number_parsing import is_number

SEPARATORS = (",", ";", "\t", "|")

_LINES, _BYTES = 50, 1 << 20  # that are looked at
_TITLES = 10  # lines that may stand above the header
_FEW = 10  # different values of a column of categories
_SEP = re.compile(r'"?sep=(.)"?[\s,;|]*', re.IGNORECASE)
_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([ T].*)?")

Rows = Sequence[Sequence[str]]


@dataclass(frozen=True)
class Layout:
    """How a CSV file is laid out.

    Attributes:
        separator: between cells.
        names: of the columns, each once, none empty.
        unnamed: those of them that the header gives no name.
        body: bytes before the first row.
        notes: what was skipped or named, a sentence each.
    """

    separator: str
    names: tuple[str, ...]
    unnamed: tuple[str, ...]
    body: int
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Line:
    start: int
    end: int
    text: str

    def fields(self, separator: str) -> list[str]:
        if not self.text:
            return []
        try:
            found = next(csv.reader(io.StringIO(self.text, newline=""), delimiter=separator), [])
        except csv.Error:  # a cell that is longer than Python's reader takes
            return []
        return [cell.strip() for cell in found]

    def width(self, separator: str) -> int:
        """Return the number of fields, less the empty ones at the end."""
        fields = self.fields(separator)
        return max((place for place, cell in enumerate(fields, 1) if cell), default=0)


def find_layout(start: bytes, source: str, *, header: bool | None) -> Layout:
    """Return how a file is laid out, from its first bytes.

    Args:
        start: the first bytes; a mark of UTF-8 is skipped.
        source: for messages.
        header: whether the first line names the columns; None to find out.

    Raises:
        DataError: there is nothing in it, or nobody can know whether the first line is a row.
    """
    lines, separator, notes = _skip_preamble(_lines(start))
    if not lines:
        raise DataError(f"{source} is empty. Expected a header with the columns' names, then a row a line.")
    separator = separator or max(SEPARATORS, key=lambda each: _unquoted(lines[0].text).count(each))
    if header is False:
        names = tuple(f"column_{number}" for number in range(1, len(lines[0].fields(separator)) + 1))
        return Layout(separator, names, (), lines[0].start, notes)
    titles, separator, row_names = _skip_titles(lines, separator)
    if titles:
        notes = (*notes, _skipped_titles(lines[:titles]))
        lines = lines[titles:]
    found = lines[0].fields(separator)
    if not found:
        raise DataError(f"The header of {source} cannot be read: a name is too long. Expected the columns' names.")
    if row_names:
        found = ["", *found]
        notes = (*notes, "The header has one name fewer than the rows have cells: the first column has none.")
    below = [line.fields(separator) for line in lines[1:] if line.text]
    if header is None:
        notes = (*notes, *_refuse_row(found, below, source))
    names, numbered = number_names(found)
    unnamed = tuple(name for name, own in zip(names, found, strict=True) if not own)
    return Layout(separator, names, unnamed, lines[0].end, (*notes, *numbered))


def number_names(found: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return names that are there once each ("a", "a_2"; "column 3" for none), and a note on what was numbered."""
    names, taken, given = list[str](), set[str](), set(found)
    numbers: dict[str, count[int]] = defaultdict(lambda: count(2))
    for place, name in enumerate(found, 1):
        own = name or f"column {place}"
        if own in taken:
            own = next(
                each for number in numbers[name] if (each := f"{name}_{number}") not in taken and each not in given
            )
        names.append(own)
        taken.add(own)
    twice = [name for name, times in Counter(filter(None, found)).items() if times > 1]
    called = {name: [own for own, each in zip(names, found, strict=True) if each == name] for name in twice[:3]}
    more = f" and {len(twice) - 3} other names" if len(twice) > 3 else ""
    said = ", ".join(f"'{name}' {len(own)} times" for name, own in called.items())
    numbered = ", ".join(f"'{each}'" for each in next(iter(called.values()), [])[:3])
    return tuple(names), ((f"Columns of the same name are numbered ({numbered}): {said}{more}.",) if twice else ())


# Lines


def _lines(start: bytes) -> list[_Line]:
    """Return the first lines; a line break between quotation marks ends none."""
    found, begin = list[_Line](), 3 if start.startswith(b"\xef\xbb\xbf") else 0
    while begin < len(start) and len(found) < _LINES and begin < _BYTES:
        end = _line_end(start, begin)
        found.append(_Line(begin, end, decoded(start[begin:end])[0].strip("\r\n")))
        begin = end
    return found


def _line_end(start: bytes, begin: int) -> int:
    end = start.find(b"\n", begin)
    marks = start.count(b'"', begin, end) if end >= 0 else 0
    while end >= 0 and marks % 2:
        before, end = end, start.find(b"\n", end + 1)
        marks += start.count(b'"', before, end) if end >= 0 else 0
    return end + 1 if end >= 0 else len(start)


def decoded(block: bytes) -> tuple[str, bool]:
    """Return text, and whether its bytes were UTF-8; else they are read as Latin-1."""
    try:
        return block.decode("utf-8"), True
    except UnicodeDecodeError:
        return block.decode("cp1252", "replace"), False


def _unquoted(header: str) -> str:
    return "".join(header.split('"')[::2])


# What stands above the header


def _skip_preamble(lines: list[_Line]) -> tuple[list[_Line], str, tuple[str, ...]]:
    """Return the lines from the header on, the separator that the file names ("" for none), and what was skipped."""
    separator, place, notes = "", 0, dict[str, None]()
    while place < len(lines):
        text = lines[place].text.strip()
        named = _SEP.fullmatch(lines[place].text.rstrip("\r\n "))
        if named:
            separator = named[1]
            notes[f"The first line, '{text}', names the separator; it is no row."] = None
        elif text.startswith("#") and not _is_header(lines[place:], separator):
            notes["Lines above the header that begin with # are comments; they were skipped."] = None
        elif text.strip("".join(SEPARATORS) + '" '):
            break
        else:
            notes["Empty lines above the header were skipped."] = None
        place += 1
    return lines[place:], separator, tuple(notes)


def _is_header(lines: list[_Line], separator: str) -> bool:
    """Say whether a line that begins with # names columns: as many as the line below has, which holds a number."""
    separator = separator or max(SEPARATORS, key=lambda each: _unquoted(lines[0].text).count(each))
    found, below = lines[0].fields(separator), lines[1].fields(separator) if len(lines) > 1 else []
    return len(found) == len(below) > 1 and any(map(is_number, below)) and not any(map(is_number, found))


def _skip_titles(lines: list[_Line], separator: str) -> tuple[int, str, bool]:
    """Return how many lines are titles, the separator below them, and whether the header lacks the first name.

    A title has fewer fields than the lines below, which have as many each.
    """
    width, reference = lines[0].width(separator), _usual_width(lines[1:], separator)
    widest = max(_usual_width(lines[1:], each) for each in SEPARATORS)
    if width >= reference and (reference > 1 or widest <= 1):
        return 0, separator, False
    first = [line.fields(separator) for line in lines[1:] if line.text]
    if width == reference - 1 > 1 and len(lines[0].fields(separator)) == width and _names_rows(first):
        return 0, separator, True  # as R writes the names of rows
    for each in sorted(SEPARATORS, key=lambda other: -_usual_width(lines[1:], other)):
        reference = _usual_width(lines[1:], each)
        for place, line in enumerate(lines[: _TITLES + 1]):
            if reference > 1 and place and line.width(each) >= reference:
                is_named = not any(map(is_number, line.fields(each)))
                return (place, each, False) if is_named else (0, separator, False)
    return 0, separator, False


def _names_rows(below: Rows) -> bool:
    """Say whether the first cells name or count the rows: each is another one, and no number unless it counts."""
    first = [row[0] for row in below if row]
    counted = [str(number) for number in range(1, len(first) + 1)] == first
    return len(set(first)) == len(first) and (counted or not any(map(is_number, first)))


def _usual_width(lines: list[_Line], separator: str) -> int:
    """Return the width that most lines have, or 0 when fewer than half agree."""
    widths = Counter(line.width(separator) for line in lines if line.text.strip())
    width, count = widths.most_common(1)[0] if widths else (0, 0)
    return width if 2 * count >= widths.total() else 0


def _skipped_titles(lines: list[_Line]) -> str:
    text = next(line.text.strip() for line in lines if line.text.strip())
    return f"{len(lines)} {'lines' if len(lines) > 1 else 'line'} above the header skipped: '{text[:60]}'."


# Is the first line a row?


def _refuse_row(found: list[str], below: Rows, source: str) -> tuple[str, ...]:
    """Refuse a first line that is probably a row, or return what to know of it; no row is lost without a word."""
    shown = ", ".join(found[:3]) + (" …" if len(found) > 3 else "")
    ways = (
        "If it is a row: --no-header (the columns are then called column_1, column_2, …). If these are the columns' "
        "names: --header true"
    )
    said = [cell for cell in found if cell]
    if said and all(map(is_number, said)):
        raise DataError(f"The first line of {source} holds numbers ({shown}), not the columns' names. {ways}.")
    numbers = [float(cell) for cell in said if cell.isascii() and cell.isdigit()]
    counted = len(numbers) > 2 and numbers == [numbers[0] + step for step in range(len(numbers))]
    votes = [_vote(cell, [row[place] for row in below if place < len(row)]) for place, cell in enumerate(found)]
    if "header" in votes or "row" not in votes:
        return ()
    if counted:
        return (f"The first line ({shown}) counts the columns: it is taken for their names. Else: --no-header.",)
    raise DataError(f"The first line of {source} ({shown}) looks like the rows below, not like columns' names. {ways}.")


def _vote(cell: str, below: list[str]) -> str:
    """Return what a column says of the first line: "header", "row", or "" for nothing."""
    said = [each for each in below if each]
    if not cell or not said:
        return ""
    for looks in (is_number, lambda text: bool(_DATE.fullmatch(text))):
        if sum(map(looks, said)) > len(said) / 2:
            missing = cell in ("?", "-") or not cell.strip("*.")
            return "row" if looks(cell) else "" if missing else "header"
    few = len(set(said)) <= _FEW and len(said) > 2 * len(set(said))
    return "row" if cell in said else "header" if few and not is_number(cell) else ""
