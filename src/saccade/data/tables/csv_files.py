"""CSV files of any size, in blocks of a few megabytes; also compressed with gzip."""

import csv
import gzip
import io
import zlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, cast

import polars as pl

from saccade.data.tables.cells import MISSING
from saccade.data.tables.frames import Frame, Opened
from saccade.errors import DataError

BLOCK = 8 << 20
"""Bytes that are parsed at once: larger blocks do not fit into a processor's cache and are slower."""

_LARGEST_ROW = 64 << 20  # bytes; what is longer has a quotation mark that is never closed
_SEPARATORS = (",", ";", "\t", "|")
_GZIP = b"\x1f\x8b"
_BINARY = {
    b"PK\x03\x04": "a zip archive (or an Excel file)",
    b"PAR1": "a Parquet file",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"%PDF": "a PDF",
    b"\xff\xfe": "text in UTF-16; save it as UTF-8",
    b"\xfe\xff": "text in UTF-16; save it as UTF-8",
}
_LATIN = "Some text is not UTF-8; it was read as Latin-1 (Windows-1252)."
_TOO_MANY = "the row has more fields than the header."


@dataclass(frozen=True)
class _Layout:
    path: Path
    separator: str
    names: tuple[str, ...]
    body: int  # bytes before the first row

    @property
    def header(self) -> bytes:
        """A header that has no odd names, and one column more: it holds what lies beyond the last."""
        return self.separator.join(self.numbered).encode() + b"\n"

    @property
    def numbered(self) -> list[str]:
        """The names in that header."""
        return [str(number) for number in range(len(self.names) + 1)]


def open_csv(path: Path) -> Opened:
    """Return a CSV file, ready to be read.

    The separator is found: a comma, semicolon, tab or bar. Bytes that are no UTF-8 are read as Latin-1.

    Raises:
        DataError: it is empty, has no rows, no header, a name twice, or is no CSV.
    """
    with _bytes(path) as file, _clear_damage(path):
        start = file.read(BLOCK)
    _refuse_binary(path, start)
    if not start.strip():
        raise DataError(f"{path} is empty. Expected a header with the columns' names, then a row a line.")
    mark = 3 if start.startswith(b"\xef\xbb\xbf") else 0
    end = _row_end(start[mark:], path) or len(start) - mark
    line = start[mark : mark + end]
    header = _decoded(line)[0]
    separator = max(_SEPARATORS, key=lambda each: _unquoted(header).count(each))
    found = [name.strip() for name in next(csv.reader(io.StringIO(header.strip("\r\n")), delimiter=separator))]
    _check_header(path, found)
    if not start[mark + end :].strip():
        raise DataError(f"{path} has a header ({', '.join(found[:5])} …) but no rows.")
    names = tuple(name or f"column {number}" for number, name in enumerate(found, 1))
    layout = _Layout(path, separator, names, mark + end)
    unnamed = [name for name, own in zip(names, found, strict=True) if not own]
    return Opened(names, partial(_frames, layout), dict.fromkeys(unnamed, "without a name"))


def _unquoted(header: str) -> str:
    return "".join(header.split('"')[::2])


def _check_header(path: Path, found: list[str]) -> None:
    twice = sorted({name for name in found if name and found.count(name) > 1})
    if twice:
        raise DataError(f"{path} has the column '{twice[0]}' more than once. Give each column a name of its own.")
    if all(_is_number(name) for name in found):
        raise DataError(
            f"The first line of {path} holds numbers ({', '.join(found[:3])} …), not the columns' names. "
            "Put a line with names on top."
        )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _bytes(path: Path) -> IO[bytes]:
    with path.open("rb") as file:
        packed = file.read(2) == _GZIP
    return cast(IO[bytes], gzip.open(path)) if packed else path.open("rb")


def _refuse_binary(path: Path, start: bytes) -> None:
    kind = next((kind for mark, kind in _BINARY.items() if start.startswith(mark)), None)
    if kind is None and b"\0" in start:
        kind = "a binary file"
    if kind:
        raise DataError(f"{path} is no CSV but {kind}. Expected text: a header, then a row a line.")


def _frames(layout: _Layout, wanted: Collection[str], numeric: Collection[str]) -> Iterator[Frame]:
    with _clear_damage(layout.path):
        for block in _blocks(layout):
            frame = _frame(layout, block, wanted, numeric)
            if frame.cells.height:
                yield frame


@contextmanager
def _clear_damage(path: Path) -> Iterator[None]:
    """Turn compressed content that breaks off into a DataError."""
    try:
        yield
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"{path} is damaged: its compressed content breaks off. Copy it again.") from error


def _blocks(layout: _Layout) -> Iterator[bytes]:
    """Yield whole rows below a header of our own, some megabytes at a time; empty lines at the end are no rows."""
    with _bytes(layout.path) as file:
        file.read(layout.body)
        rest = b""
        while more := file.read(BLOCK):
            block, rest = _whole_rows(layout, rest, more)
            if len(block) > len(layout.header):
                yield block
        if rest.count(b'"') % 2:
            raise _unclosed(layout.path, rest)
        if rest.strip(b"\r\n"):
            yield layout.header + rest.rstrip(b"\r\n")


def _whole_rows(layout: _Layout, rest: bytes, more: bytes) -> tuple[bytes, bytes]:
    """Return the rows that are whole, below the header, and what is left; copies as little as it can."""
    end = more.rfind(b"\n") + 1
    block, left = b"".join((layout.header, rest, memoryview(more)[:end])), more[end:]
    if not end or (b'"' in block and block.count(b'"') % 2):
        text = rest + more
        end = _row_end(text, layout.path, last=True)
        block, left = layout.header + text[:end], text[end:]
    if block.endswith((b"\n\n", b"\n\r\n")):  # perhaps the end of the file
        end = block.index(b"\n", len(block.rstrip(b"\r\n"))) + 1
        block, left = block[:end], block[end:] + left
    return block, left


def _row_end(text: bytes, path: Path, *, last: bool = False) -> int:
    """Return where the first or the last whole row ends; 0 when there is none.

    A line break between quotation marks ends no row: there, the number of marks before it is odd.
    """
    end = text.rfind(b"\n") if last else text.find(b"\n")
    marks = text.count(b'"', 0, end + 1)
    while end >= 0 and marks % 2:
        before = end
        end = text.rfind(b"\n", 0, end) if last else text.find(b"\n", end + 1)
        marks += -text.count(b'"', end + 1, before + 1) if last else text.count(b'"', before + 1, end + 1)
    if end < 0 and len(text) > _LARGEST_ROW:
        raise _unclosed(path, text)
    return end + 1


def _unclosed(path: Path, text: bytes) -> DataError:
    line = text[:60].decode("utf-8", "replace").partition("\n")[0]
    return DataError(f"{path}: a quotation mark is opened and never closed, in or after the line '{line}…'.")


def _decoded(block: bytes) -> tuple[str, bool]:
    """Return text, and whether its bytes were UTF-8."""
    try:
        return block.decode("utf-8"), True
    except UnicodeDecodeError:
        return block.decode("cp1252", "replace"), False


def _frame(layout: _Layout, block: bytes, wanted: Collection[str], numeric: Collection[str]) -> Frame:
    notes: tuple[str, ...] = ()
    if not block.isascii():
        text, utf8 = _decoded(block)
        block, notes = text.encode(), () if utf8 else (_LATIN,)
    try:
        return Frame(_parse(layout, block, numeric)[0].select(wanted), {}, notes)
    except pl.exceptions.PolarsError:  # a cell is no number, or a row too long: look at every cell
        cells, too_long = _every_cell(layout, block)
        return Frame(cells.select(wanted), dict.fromkeys(too_long, _TOO_MANY), notes)


def _parse(layout: _Layout, block: bytes, numeric: Collection[str] | None) -> tuple[pl.DataFrame, pl.Series]:
    """Return the columns, and of each row what lies beyond the last; None reads all as text, whatever is there."""
    numbered = layout.numbered
    types = [pl.Float64 if numeric is not None and name in numeric else pl.String for name in layout.names]
    table = pl.read_csv(
        block,
        separator=layout.separator,
        schema=dict(zip(numbered, [*types, pl.String], strict=True)),
        null_values=list(MISSING) if numeric is not None else None,
        truncate_ragged_lines=numeric is None,
    )
    beyond = table[numbered[-1]]
    if numeric is not None and beyond.null_count() < len(beyond):
        raise pl.exceptions.ComputeError("a row is too long")
    return table.drop(numbered[-1]).rename(dict(zip(numbered, layout.names, strict=False))), beyond


def _every_cell(layout: _Layout, block: bytes) -> tuple[pl.DataFrame, list[int]]:
    """Return all cells as text, and the rows that are too long."""
    try:
        table, beyond = _parse(layout, block, None)
        return table, beyond.is_not_null().arg_true().to_list()
    except pl.exceptions.PolarsError:  # quotation marks within a cell: Python's reader takes them as they come
        rows = list(csv.reader(io.StringIO(block.decode(), newline=""), delimiter=layout.separator))[1:]
        width = len(layout.names)
        square = [(row + [""] * width)[:width] for row in rows]
        table = pl.DataFrame(square, schema=dict.fromkeys(layout.names, pl.String), orient="row")
        return table, [number for number, row in enumerate(rows) if len(row) > width]
