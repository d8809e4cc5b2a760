"""A CSV or Parquet table with the columns path,label[,split,group]; paths are relative to the table."""

from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path

import polars as pl

from saccade.data import listing
from saccade.data.dataset import PARTS, SetAside
from saccade.data.listing import Found, Listing
from saccade.data.split_names import splits_of
from saccade.data.unicode_forms import composed, existing
from saccade.errors import DataError, unknown

ENDINGS = (".csv", ".parquet")
_REQUIRED, _OPTIONAL = ("path", "label"), ("split", "group")

Row = tuple[str, str, str, str]
"""path, label, split, group; "" where a cell is empty."""


def recognises(path: Path) -> bool:
    """Say by its name whether a file is a table."""
    return path.is_file() and path.name.lower().endswith(ENDINGS)


def read(path: Path, *, quiet: bool = False) -> Listing:
    """Return the pictures that the table names; files that are not there are put aside.

    Raises:
        DataError: the table cannot be read, lacks a column, names an unknown part, gives one picture two
            labels, or none of its files exists.
    """
    del quiet  # takes less than a second
    rows = list(_rows(path))
    _refuse_contradictions(rows, path)
    found, set_aside = _sorted_out(rows, path)
    if not found:
        example = f" The first, {set_aside[0].name}: {set_aside[0].reason}" if set_aside else ""
        raise DataError(f"None of the {len(rows)} rows of {path} can be used.{example}")
    lost = listing.lost_classes([row[:2] for row in rows], found)
    return listing.of_files(found, notes=lost, set_aside=set_aside)


def _rows(path: Path) -> Iterator[Row]:
    """Yield the four columns as text."""
    try:
        csv = path.suffix.lower() == ".csv"
        table = pl.read_csv(path, infer_schema=False) if csv else pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        first_line = str(error).partition("\n")[0]
        raise DataError(f"{path} cannot be read as a table: {first_line}.") from error
    table = table.rename({name: name.strip().lower() for name in table.columns})
    for name in _REQUIRED:
        if name not in table.columns:
            raise DataError(_lacking(path, name, table.columns))
    present = [pl.col(name) if name in table.columns else pl.lit("").alias(name) for name in _REQUIRED + _OPTIONAL]
    text = table.with_columns(present).select(pl.col(*_REQUIRED, *_OPTIONAL).cast(pl.String))
    yield from text.select(pl.all().fill_null("").str.strip_chars()).iter_rows()


def _lacking(path: Path, name: str, columns: list[str]) -> str:
    near = get_close_matches(name, columns, n=1, cutoff=0.5)
    hint = f" Rename '{near[0]}' to '{name}'?" if near else ""
    found = f"Found: {', '.join(columns)}.{hint}"
    return f"{path} lacks the column '{name}'. {found} Expected: path,label[,split,group]."


def _refuse_contradictions(rows: list[Row], path: Path) -> None:
    labels: dict[str, str] = {}
    splits = splits_of(row[2] for row in rows)
    for name, label, part, _ in rows:
        if part and not splits[part]:
            raise DataError(f"In the column 'split' of {path}: {unknown('part', part, PARTS)}")
        if labels.setdefault(name, composed(label)) != composed(label):
            raise DataError(f"{path} says of {name} both '{labels[name]}' and '{label}'. Keep one row a picture.")


def _sorted_out(rows: list[Row], path: Path) -> tuple[list[Found], list[SetAside]]:
    """Return the rows that can be used, and why the others cannot."""
    found, set_aside, seen = [], [], set()
    splits, listings = splits_of(row[2] for row in rows), dict[Path, dict[str, str]]()
    for name, label, part, group in rows:
        file = existing(path.parent / name, listings)
        reason = _objection(name, label, file, repeated=name in seen)
        seen.add(name)
        if reason:
            set_aside.append(SetAside(name, reason))
        else:
            found.append(Found(name, label, splits[part], str(file), group))
    return found, set_aside


def _objection(name: str, label: str, file: Path, *, repeated: bool) -> str:
    if not name or not label:
        return f"the row has no {'label' if name else 'path'}."
    if repeated:
        return "listed more than once; the first row counts."
    return "" if file.is_file() else f"there is no such file: {file}."
