"""The cells of a table as text: CSV in any usual dialect, TSV, lists, JSON, JSON lines and Parquet."""

import codecs
import csv
import gzip
import io
import json
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from saccade.core.errors import DataError

HEAD_ROWS = 200
_HEAD_BYTES = 1 << 18
_LARGEST_JSON = 1 << 29  # bytes
_SEPARATORS = ",;\t|"
_LATIN = "Some text is not UTF-8; it was read as Latin-1 (Windows-1252)."

Row = Sequence[str]


@dataclass(frozen=True)
class Cells:
    """A table as text.

    Attributes:
        names: of the columns; "column 1", … where the file has no header.
        rows: as long as `names`, without spaces around cells; "" where nothing is said.
        first: the first line of a text file as it stands there.
        notes: what the user should know, a sentence each.
    """

    names: tuple[str, ...]
    rows: list[Row]
    first: Row = ()
    notes: tuple[str, ...] = ()

    def column(self, name: str) -> list[str]:
        """Return the cells of a column."""
        position = self.names.index(name)
        return [row[position] for row in self.rows]


def read_cells(path: Path, *, head: bool = False) -> Cells:
    """Return the cells of a table; with `head` those of its first rows, at no cost whatever its size.

    The first row of a text file is taken for the header; see `without_header`.

    Raises:
        DataError: it is damaged, empty, or no table.
    """
    name = path.name.lower()
    try:
        if name.endswith(".parquet"):
            return _of_parquet(path, head=head)
        if name.endswith((".json", ".jsonl")):
            return _of_json(path)
        return _of_text(path, head=head)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path} cannot be read as a table: {error}.") from error


def without_header(cells: Cells) -> Cells:
    """Return a table whose first line is a row, as its columns were named after it."""
    names = tuple(f"column {number}" for number in range(1, len(cells.names) + 1))
    note = "The table has no header: its first line names an image."
    return Cells(names, [cells.first, *cells.rows], notes=(*cells.notes, note))


def _of_text(path: Path, *, head: bool) -> Cells:
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    with gzip.open(path) if packed else path.open("rb") as file:
        raw = file.read(_HEAD_BYTES) if head else file.read()
    text, notes = _decoded(path, raw, cut=head and len(raw) == _HEAD_BYTES)
    lines = list(io.StringIO(text.lstrip("\n")))
    while lines and lines[0].startswith("#"):
        lines.pop(0)
    said = lines[0].strip().lower() if lines else ""
    separator = said[4:] if said.startswith("sep=") and len(said) == 5 else ""
    lines = lines[1:] if separator else lines
    if head:
        lines = lines[: HEAD_ROWS + 1] if len(lines) > HEAD_ROWS else lines[:-1] if len(raw) == _HEAD_BYTES else lines
    rows = _rows(path, lines, separator)
    if not rows:
        raise DataError(f"{path} cannot be read as a table: it is empty.")
    if "\n" in rows[-1][-1] and text.count('"') % 2:
        row = next(row for row in rows if "\n" in row[-1])
        raise DataError(f"{path}: a quotation mark is opened and never closed, in or after the row '{row[0]}'.")
    return _square(path, rows[0], rows[1:], notes)


def _decoded(path: Path, raw: bytes, *, cut: bool) -> tuple[str, tuple[str, ...]]:
    """Return text with plain line ends, and a note where it was not UTF-8."""
    notes: tuple[str, ...] = ()
    try:
        wide = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        text = codecs.getincrementaldecoder("utf-16" if wide else "utf-8-sig")().decode(raw, final=not cut)
    except UnicodeDecodeError:
        text, notes = raw.decode("cp1252", "replace"), (_LATIN,)
    if "\0" in text:
        raise DataError(f"{path} cannot be read as a table: it is a binary file.")
    return text.replace("\r\n", "\n").replace("\r", "\n"), notes


def _rows(path: Path, lines: list[str], separator: str) -> list[list[str]]:
    """Return the cells of all lines that are not blank."""
    separator = separator or max(_SEPARATORS, key=lambda each: len(_split(path, lines[:1], each)[0]) if lines else 0)
    rows = [row for row in _split(path, lines, separator) if any(row)]
    if path.name.lower().endswith(".txt") and all(len(row) == 1 for row in rows):
        return [row[0].rsplit(maxsplit=1) for row in rows]  # "cat/001.jpg 0", as lists for Caffe are written
    return rows


def _split(path: Path, lines: Iterable[str], separator: str) -> list[list[str]]:
    try:
        return [[cell.strip() for cell in row] for row in csv.reader(lines, delimiter=separator, skipinitialspace=True)]
    except csv.Error as error:
        raise DataError(f"{path} cannot be read as a table: {error}.") from error


def _square(path: Path, names: Row, rows: list[list[str]], notes: tuple[str, ...]) -> Cells:
    """Return rows that are as long as the header; empty columns at the end are left out."""
    width = max([number for row in (names, *rows) for number, cell in enumerate(row, 1) if cell], default=0)
    first = [*names, *[""] * width][:width]
    own = [name or f"column {number}" for number, name in enumerate(first, 1)]
    twice = next((name for name in own if own.count(name) > 1), None)
    if twice:
        own = [f"{name} ({number})" if name == twice else name for number, name in enumerate(own, 1)]
    return Cells(tuple(own), [row[:width] + [""] * (width - len(row)) for row in rows], first, notes)


def _of_parquet(path: Path, *, head: bool) -> Cells:
    try:
        table = pl.scan_parquet(path)
        plain = {
            name: cell for name, kind in table.collect_schema().items() if (cell := _plain(name, kind)) is not None
        }
        table = table.select(cell.cast(pl.String).fill_null("").str.strip_chars() for cell in plain.values())
        rows = (table.head(HEAD_ROWS) if head else table).collect().rows()
    except (pl.exceptions.PolarsError, OSError) as error:
        first_line = str(error).partition("\n")[0]
        raise DataError(f"{path} cannot be read as a table: {first_line}.") from error
    return Cells(tuple(plain), list(rows))


def _plain(name: str, kind: pl.DataType) -> pl.Expr | None:
    """Return what a column says as text; of the Hub's images, kept as files, their path; None for lists and bytes."""
    if isinstance(kind, pl.Struct) and "path" in {field.name for field in kind.fields}:
        return pl.col(name).struct.field("path").alias(name)
    return None if kind.is_nested() or kind == pl.Binary else pl.col(name)


def _of_json(path: Path) -> Cells:
    """Return the records of a JSON list or of JSON lines; those of Label Studio with the choice made."""
    if path.stat().st_size > _LARGEST_JSON:
        raise DataError(f"{path} is too large for a list of images in JSON. Write it as CSV.")
    text, notes = _decoded(path, path.read_bytes(), cut=False)
    try:
        lines = path.suffix.lower() == ".jsonl"
        found = [json.loads(line) for line in text.split("\n") if line.strip()] if lines else json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path} cannot be read as JSON: {error}.") from error
    if not isinstance(found, list) or not found or not all(isinstance(each, dict) for each in found):
        raise DataError(f"{path} is no table in JSON. Expected a list of records with the same names.")
    records = [flat for record in found for flat in _flat(record)]
    names = tuple(dict.fromkeys(name for record in records for name in record))
    return Cells(names, [[_text(record.get(name)) for name in names] for record in records], notes=notes)


def _flat(record: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a record as it is; of Label Studio's nested one the data with each choice that somebody made."""
    data = record.get("data")
    if not isinstance(data, dict):
        return [record]
    made = [each for each in record.get("annotations") or record.get("completions") or () if isinstance(each, dict)]
    results = [each for one in made if not one.get("was_cancelled") for each in one.get("result") or ()]
    values = [each.get("value") for each in results if isinstance(each, dict)]
    choices = [value["choices"] for value in values if isinstance(value, dict) and "choices" in value]
    return [{**data, "choice": choice} for choice in choices or [""]]


def _text(value: Any) -> str:
    if value is None:
        return ""
    return str(value).strip() if isinstance(value, str | int | float) else json.dumps(value, ensure_ascii=False)
