"""Parquet files with the bytes of images, as the Hugging Face Hub writes them: columns, classes, and the images."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from saccade.core.errors import DataError

_IMAGE = re.compile(rb"\xff\xd8\xff|\x89PNG|GIF8|RIFF....WEBP|BM|II\*\0|MM\0\*|....ftyp(avif|heic|mif1)", re.DOTALL)
"""How files of images begin; sounds, which the Hub writes alike, begin as RIFF too."""

_LOOKED_AT = 100  # rows, of which the first with an image shows whether it is one
_AT_ONCE = 1 << 28
"""Bytes of images that are held at once, about: each read begins its group of rows anew, so not too few."""


def image_columns(path: Path) -> list[str]:
    """Return the columns that hold the bytes of images; raises DataError when the file cannot be read."""
    try:
        scan = pl.scan_parquet(path)
        found = [name for name, kind in scan.collect_schema().items() if kind == pl.Binary or _is_image(kind)]
        return [
            name
            for name in found
            if _begins_as_image(scan.select(_bytes(scan, name)).head(_LOOKED_AT).drop_nulls().head(1).collect())
        ]
    except (pl.exceptions.PolarsError, OSError) as error:
        raise unreadable(path, error) from error


def columns(path: Path) -> dict[str, Any]:
    """Return the types of the columns by name; raises DataError when the file cannot be read."""
    try:
        return dict(pl.read_parquet_schema(path))
    except (pl.exceptions.PolarsError, OSError) as error:
        raise unreadable(path, error) from error


def list_columns(path: Path) -> list[str]:
    """Return the columns that hold lists, as those of several labels do."""
    return [name for name, kind in columns(path).items() if kind.base_type() in (pl.List, pl.Array)]


def _is_image(kind: Any) -> bool:
    """Say whether a type is the Hub's: bytes of a file and its path."""
    return isinstance(kind, pl.Struct) and {field.name: field.dtype for field in kind.fields}.get("bytes") == pl.Binary


def _bytes(scan: pl.LazyFrame, name: str) -> pl.Expr:
    plain = scan.collect_schema()[name] == pl.Binary
    return (pl.col(name) if plain else pl.col(name).struct.field("bytes")).alias("bytes")


def _begins_as_image(frame: pl.DataFrame) -> bool:
    return frame.height > 0 and _IMAGE.match(frame.item()) is not None


def unreadable(path: Path, error: Exception) -> DataError:
    """Return what to say of a file that is damaged or no Parquet."""
    first_line = str(error).partition("\n")[0]
    return DataError(f"{path} cannot be read as a Parquet file: {first_line}. Copy or write it again.")


def class_names(path: Path, column: str) -> list[str]:
    """Return the names of numbered classes, from what the Hub's library writes beside the schema; empty without."""
    try:
        about = json.loads(pl.read_parquet_metadata(path).get("huggingface", "{}"))
        names = about["info"]["features"][column]["names"]
    except (pl.exceptions.PolarsError, OSError, ValueError, KeyError, TypeError, RecursionError):
        return []
    return [str(name) for name in names] if isinstance(names, list) else []


def count(path: Path) -> int:
    """Return how many rows a file has."""
    return int(pl.scan_parquet(path).select(pl.len()).collect().item())


def images_of(path: Path, column: str) -> Iterator[bytes | None]:
    """Yield the bytes of each row's image in order, None where there is none; memory does not grow with the file."""
    try:
        scan, rows = pl.scan_parquet(path), count(path)
        at_once = max(1, _AT_ONCE * rows // max(1, path.stat().st_size))
        for start in range(0, rows, at_once):
            yield from scan.select(_bytes(scan, column)).slice(start, at_once).collect()["bytes"]
    except (pl.exceptions.PolarsError, OSError) as error:
        raise unreadable(path, error) from error
