"""CSV files of any size, in blocks of a few megabytes; also compressed with gzip."""

import csv
import gzip
import io
import zlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import IO, cast

import polars as pl

from saccade.core.errors import DataError
from saccade.modalities.tables.cells import MISSING
from saccade.modalities.tables.csv_layout import Layout, decoded, find_layout
from saccade.modalities.tables.frames import Frame, Opened

BLOCK = 8 << 20
"""Bytes that are parsed at once: larger blocks do not fit into a processor's cache and are slower."""

_LARGEST_ROW = 64 << 20  # bytes; what is longer has a quotation mark that is never closed
_GZIP = b"\x1f\x8b"
_BINARY = {
    b"PK\x03\x04": "a zip archive (or an Excel file)",
    b"PAR1": "a Parquet file",
    b"\x89PNG": "an image",
    b"\xff\xd8\xff": "an image",
    b"GIF8": "an image",
    b"%PDF": "a PDF",
}
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_WAS_UTF_16 = "The text is UTF-16."
_OLD_ENDS = "Lines end with CR alone, as old Macs wrote them; each is read as a line."
_LATIN = "Some text is not UTF-8; it was read as Latin-1 (Windows-1252)."
_TOO_MANY = "the row has more fields than the header."
_COMMENT = "the line is a comment: it begins with #."


@dataclass(frozen=True)
class _File:
    """A file and how it is read.

    Attributes:
        path: where it is.
        encoding: from which it is brought to lines of UTF-8 that end with LF; "" where it needs not be.
        layout: of its text.
    """

    path: Path
    encoding: str
    layout: Layout

    @property
    def header(self) -> bytes:
        """A header that has no odd names, and one column more: it holds what lies beyond the last."""
        return self.layout.separator.join(self.numbered).encode() + b"\n"

    @property
    def numbered(self) -> list[str]:
        """The names in that header."""
        return [str(number) for number in range(len(self.layout.names) + 1)]


def open_csv(path: Path, *, header: bool | None = None) -> Opened:
    """Return a CSV file, ready to be read.

    The separator is found: a comma, semicolon, tab or bar. Bytes that are no UTF-8 are read as Latin-1.

    Args:
        path: of the file; it may be compressed with gzip.
        header: whether the first line names the columns; None to find out.

    Raises:
        DataError: it is empty, has no rows, no header, or is no CSV.
    """
    with _clear_damage(path):
        with _bytes(path, "") as raw:
            start = raw.read(BLOCK)
        encoding = _encoding(start)
        if encoding:
            with _bytes(path, encoding) as recoded:
                start = recoded.read(BLOCK)
    _refuse_binary(path, start)
    if not start.strip():
        raise DataError(f"{path} is empty. Expected a header with the columns' names, then a row a line.")
    layout = find_layout(start, str(path), header=header)
    if not start[layout.body :].strip():
        if len(start) == BLOCK or start[: layout.body].count(b'"') % 2:
            raise _unclosed(path, start)
        raise DataError(f"{path} has a header ({', '.join(layout.names[:5])} …) but no rows.")
    file = _File(path, encoding, layout)
    return Opened(layout.names, partial(_frames, file), dict.fromkeys(layout.unnamed, "without a name"))


def _encoding(start: bytes) -> str:
    """Return from what a file has to be brought to lines of UTF-8, "" where it is such text."""
    if start.startswith(_UTF_16):
        return "utf-16"
    if start.count(b"\r") == start.count(b"\r\n"):
        return ""
    unquoted = b"".join(start.split(b'"')[::2])
    alone = unquoted.count(b"\r") - unquoted.count(b"\r\n")
    # a few may stand within cells; as Latin-1 each byte is a letter, and none is changed
    return "latin-1" if alone * 10 >= max(1, unquoted.count(b"\n")) else ""


def _bytes(path: Path, encoding: str) -> IO[bytes]:
    with path.open("rb") as file:
        packed = file.read(2) == _GZIP
    if encoding:
        return cast(IO[bytes], _Recoded(_bytes(path, ""), encoding))
    return cast(IO[bytes], gzip.open(path)) if packed else path.open("rb")


class _Recoded:
    """A file in another encoding or with other line ends, read as UTF-8 (Latin-1 stays) with LF; a size is letters."""

    def __init__(self, file: IO[bytes], encoding: str) -> None:
        self._text = io.TextIOWrapper(file, encoding, errors="replace", newline=None)
        self._encoding = "latin-1" if encoding == "latin-1" else "utf-8"

    def read(self, size: int) -> bytes:
        return self._text.read(size).encode(self._encoding, "replace")

    def __enter__(self) -> "_Recoded":
        return self

    def __exit__(self, *error: object) -> None:
        self._text.close()


def _refuse_binary(path: Path, start: bytes) -> None:
    kind = next((kind for mark, kind in _BINARY.items() if start.startswith(mark)), None)
    if kind is None and b"\0" in start:
        kind = "a binary file"
    if kind:
        raise DataError(f"{path} is no CSV but {kind}. Expected text: a header, then a row a line.")


def _frames(file: _File, wanted: Collection[str], numeric: Collection[str]) -> Iterator[Frame]:
    notes = (*file.layout.notes, *filter(None, ({"": "", "utf-16": _WAS_UTF_16}.get(file.encoding, _OLD_ENDS),)))
    left = set(numeric)
    with _clear_damage(file.path):
        for block in _blocks(file):
            frame = _frame(file, block, wanted, left)
            if frame.cells.height:
                yield replace(frame, notes=(*notes, *frame.notes))
                notes = ()


@contextmanager
def _clear_damage(path: Path) -> Iterator[None]:
    """Turn compressed content that breaks off into a DataError."""
    try:
        yield
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"{path} is damaged: its compressed content breaks off. Copy it again.") from error


def _blocks(file: _File) -> Iterator[bytes]:
    """Yield whole rows below a header of our own, some megabytes at a time; empty lines at the end are no rows."""
    with _bytes(file.path, file.encoding) as source:
        rest, skipped = b"", file.layout.body
        while more := source.read(BLOCK):
            block, rest = _whole_rows(file, rest, more[skipped:])
            skipped = 0
            if len(block) > len(file.header):
                yield block
        if rest.count(b'"') % 2:
            raise _unclosed(file.path, rest)
        if rest.strip(b"\r\n"):
            yield file.header + rest.rstrip(b"\r\n")


def _whole_rows(file: _File, rest: bytes, more: bytes) -> tuple[bytes, bytes]:
    """Return the rows that are whole, below the header, and what is left; copies as little as it can."""
    end = more.rfind(b"\n") + 1
    block, left = b"".join((file.header, rest, memoryview(more)[:end])), more[end:]
    if not end or (b'"' in block and block.count(b'"') % 2):
        text = rest + more
        end = _row_end(text, file.path)
        block, left = file.header + text[:end], text[end:]
    if block.endswith((b"\n\n", b"\n\r\n")):  # perhaps the end of the file
        end = block.index(b"\n", len(block.rstrip(b"\r\n"))) + 1
        block, left = block[:end], block[end:] + left
    return block, left


def _row_end(text: bytes, path: Path) -> int:
    """Return where the last whole row ends; 0 when there is none.

    A line break between quotation marks ends no row: there, the number of marks before it is odd.
    """
    end = text.rfind(b"\n")
    marks = text.count(b'"', 0, end + 1)
    while end >= 0 and marks % 2:
        before, end = end, text.rfind(b"\n", 0, end)
        marks -= text.count(b'"', end + 1, before + 1)
    if end < 0 and len(text) > _LARGEST_ROW:
        raise _unclosed(path, text)
    return end + 1


def _unclosed(path: Path, text: bytes) -> DataError:
    line = text[:60].decode("utf-8", "replace").partition("\n")[0]
    return DataError(f"{path}: a quotation mark is opened and never closed, in or after the line '{line}…'.")


def _frame(file: _File, block: bytes, wanted: Collection[str], numeric: set[str]) -> Frame:
    """Return the rows of a block; a column of numbers that holds something else is taken out of `numeric`."""
    notes: tuple[str, ...] = ()
    commented = b"#" in block and b"\n#" in block  # the first alone is ten times as quick
    if not block.isascii():
        text, utf8 = decoded(block)
        block, notes = text.encode(), () if utf8 else (_LATIN,)
    try:
        cells, faults = _parse(file, block, numeric)[0], dict[int, str]()
    except pl.exceptions.PolarsError:  # a cell is no number, or a row too long: look at every cell
        cells, too_long = _every_cell(file, block)
        faults = dict.fromkeys(too_long, _TOO_MANY)
        numeric -= {name for name in numeric if _holds_more(cells[name])}
    if commented:
        faults |= dict.fromkeys(_comments(cells), _COMMENT)
    return Frame(cells.select(wanted), faults, notes)


def _holds_more(texts: pl.Series) -> bool:
    """Say whether some cells are neither plain numbers nor missing."""
    read = texts.set(texts.is_in(list(MISSING)), None).cast(pl.Float64, strict=False)
    return bool((read.is_null() & texts.is_not_null() & ~texts.is_in(list(MISSING))).any())


def _comments(cells: pl.DataFrame) -> list[int]:
    """Return the rows that begin with # and have no other cell: comments."""
    first = cells.to_series(0)
    if first.dtype != pl.String:
        return []
    others = cells.select(pl.all_horizontal(pl.nth(range(1, cells.width)).is_null())).to_series()
    begins = first.str.starts_with("#").fill_null(value=False)
    return (begins & others if cells.width > 1 else begins).arg_true().to_list()


def _parse(file: _File, block: bytes, numeric: Collection[str] | None) -> tuple[pl.DataFrame, pl.Series]:
    """Return the columns, and of each row what lies beyond the last; None reads all as text, whatever is there."""
    numbered, names = file.numbered, file.layout.names
    types = [pl.Float64 if numeric is not None and name in numeric else pl.String for name in names]
    table = pl.read_csv(
        block,
        separator=file.layout.separator,
        schema=dict(zip(numbered, [*types, pl.String], strict=True)),
        null_values=list(MISSING) if numeric is not None else None,
        truncate_ragged_lines=numeric is None,
    )
    beyond = table[numbered[-1]]
    if numeric is not None and beyond.null_count() < len(beyond):
        raise pl.exceptions.ComputeError("a row is too long")
    return table.drop(numbered[-1]).rename(dict(zip(numbered, names, strict=False))), beyond


def _every_cell(file: _File, block: bytes) -> tuple[pl.DataFrame, list[int]]:
    """Return all cells as text, and the rows that are too long."""
    try:
        table, beyond = _parse(file, block, None)
        return table, beyond.is_not_null().arg_true().to_list()
    except pl.exceptions.PolarsError:  # quotation marks within a cell: Python's reader takes them as they come
        return _as_they_come(file, block)


def _as_they_come(file: _File, block: bytes) -> tuple[pl.DataFrame, list[int]]:
    names = file.layout.names
    width = len(names)
    try:
        rows = list(csv.reader(io.StringIO(block.decode(), newline=""), delimiter=file.layout.separator))[1:]
    except csv.Error as error:
        raise DataError(f"{file.path} cannot be read as CSV: {error}. Write it again.") from error
    square = [(row + [""] * width)[:width] for row in rows]
    table = pl.DataFrame(square, schema=dict.fromkeys(names, pl.String), orient="row")
    return table, [number for number, row in enumerate(rows) if len(row) > width]
