"""MovieLens' own files, by their names: u.data and u.item, ratings.dat and movies.dat, ratings.csv and movies.csv."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from saccade.core.errors import DataError

FILES = {"u.data": "u.item", "ratings.dat": "movies.dat"}
"""Files of ratings without a header, and where the titles are."""

_SEPARATORS = {"u.data": b"\t", "ratings.dat": b"::", "u.item": b"|", "movies.dat": b"::"}
_NAMES = ("user", "item", "rating", "timestamp")
_TABLES = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".parquet")


@dataclass(frozen=True)
class Place:
    """Where ratings are, and where the titles of their items.

    Attributes:
        ratings: a file.
        titles: a file beside it; None.
    """

    ratings: Path
    titles: Path | None

    @property
    def has_own_layout(self) -> bool:
        """Whether it is a file without a header, in MovieLens' layout."""
        return self.ratings.name in FILES


def find(path: Path) -> Place:
    """Return the files of a path: itself, or what a folder holds.

    Raises:
        DataError: there is no such file, or no ratings in the folder.
    """
    if path.is_dir():
        path = _in_folder(path)
    if not path.is_file():
        raise DataError(f"There is no file or folder {path}. Look for a typing error, or give the full path.")
    beside = [path.parent / FILES[path.name]] if path.name in FILES else list(_title_tables(path))
    return Place(path, next((each for each in beside if each.is_file()), None))


def named_ratings(folder: Path) -> Path | None:
    """Return the file of ratings in a folder that has a known name; None where there is none."""
    known = (folder / name for name in (*FILES, *(f"ratings{ending}" for ending in _TABLES)))
    return next((each for each in known if each.is_file()), None)


def _in_folder(folder: Path) -> Path:
    if found := named_ratings(folder):
        return found
    tables = sorted(each for each in folder.iterdir() if each.name.lower().endswith(_TABLES))
    if len(tables) == 1:
        return tables[0]
    inside = ", ".join(each.name for each in tables[:4]) or "no table"
    raise DataError(
        f"{folder} holds no file of ratings by a known name: u.data, ratings.dat, ratings.csv or ratings.parquet "
        f"(found {inside}). Name the file itself."
    )


def _title_tables(path: Path) -> Iterator[Path]:
    if path.name.lower().startswith("ratings"):
        yield from (path.parent / f"{name}{ending}" for name in ("movies", "items") for ending in _TABLES)


def as_table(path: Path) -> tuple[tuple[str, ...], list[tuple[str, ...]], tuple[str, ...]]:
    """Return names, cells and notes of a file in MovieLens' layout: user, item, rating, timestamp.

    Raises:
        DataError: it is empty, or its lines are laid out otherwise.
    """
    lines = [line for line in _text(path).splitlines() if line.strip()]
    if not lines:
        raise DataError(f"{path} is empty. Expected a rating a line: user, item, rating and time.")
    separator = _SEPARATORS[path.name].decode()
    cells = [tuple(line.split(separator)) for line in lines]
    width = len(cells[0])
    if width not in (3, 4):
        shown = "a tab" if separator == "\t" else separator
        raise DataError(
            f"{path} is not laid out as MovieLens has it: expected user, item, rating and time with {shown} between "
            f"them, found '{lines[0][:60]}'. A file of another layout needs another name: ratings.csv."
        )
    names = _NAMES[:width]
    return names, [row if len(row) == width else (*row, *[""] * width)[:width] for row in cells], ()


def read_titles(path: Path) -> dict[str, str]:
    """Return titles by item of u.item or movies.dat, whose text is UTF-8 or Latin-1."""
    separator = _SEPARATORS[path.name].decode()
    rows = (line.split(separator) for line in _text(path).splitlines())
    return {row[0].strip(): row[1].strip() for row in rows if len(row) > 1 and row[1].strip()}


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}.") from error
    if b"\0" in content[:4096]:
        raise DataError(f"{path} is no text. Expected a rating a line.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")
