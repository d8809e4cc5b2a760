"""Which source reads a path."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from saccade import registry
from saccade.data.listing import PART_NAMES, Listing
from saccade.errors import DataError

HIDDEN = (".", "__MACOSX")
"""How names begin that are skipped; the second is what macOS puts into zip files."""


def read(path: Path, *, quiet: bool = False, label: str = "", labelled: bool = True) -> Listing:
    """Return the listing of a folder, archive or table, from the first source that recognises it.

    Sources are asked in the order of their names, and only imported until one says yes. Those with columns
    (`LABELS_OPTIONAL`) take `label` and `labelled` too.

    Args:
        path: what to read.
        quiet: no progress bars.
        label: the column that holds the classes, where it shall not be guessed.
        labelled: false: a table needs no classes; the images of one without have the class "".

    Raises:
        DataError: no source can read it, or what it holds cannot be used.
    """
    inner = _inner(path)
    source = _source_of(inner)
    if source is None and inner.is_dir():
        source = registry.load("sources", "image_folder")  # says best what is wrong with a folder
    if source is None:
        known = "\n".join(f"  {name}: {line}" for name, line in registry.descriptions("sources").items())
        raise DataError(f"{path} is of no kind that can be read. Readable are:\n{known}")
    has_columns = getattr(source, "LABELS_OPTIONAL", False)
    if label and not has_columns:
        raise DataError(f"'label' is for tables, and {path} is none: leave it out.")
    columns = {"label": label, "labelled": labelled} if has_columns else {}
    listing: Listing = source.read(inner, quiet=quiet, **columns)
    return listing


def visible(folder: Path) -> list[Path]:
    """Return what lies in a folder, sorted, without hidden files; raises DataError when it may not be read."""
    with readable(folder):
        return sorted(path for path in folder.iterdir() if not path.name.startswith(HIDDEN))


@contextmanager
def readable(folder: str | Path) -> Iterator[None]:
    """Turn a folder that may not be opened into a DataError."""
    try:
        yield
    except PermissionError as error:
        raise DataError(f"{folder} may not be opened: {error.strerror}. Ask for the right to read it.") from error


def _source_of(path: Path) -> ModuleType | None:
    sources = (registry.load("sources", name) for name in registry.names("sources"))
    return next((source for source in sources if source.recognises(path)), None)


def _inner(path: Path) -> Path:
    """Return the folder inside when it is all there is: archives often wrap their content in one.

    A part ("train") or a folder with pictures (a class) is no wrapping.
    """
    if not path.is_dir():
        return path
    entries = visible(path)
    if len(entries) != 1 or not entries[0].is_dir() or entries[0].name.lower() in PART_NAMES:
        return path
    return path if _source_of(entries[0]) is None else entries[0]
