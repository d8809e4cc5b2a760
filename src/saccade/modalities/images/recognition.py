"""Which source reads a path."""

from dataclasses import replace
from itertools import islice
from pathlib import Path
from types import ModuleType

from saccade.core import registry
from saccade.core.errors import DataError
from saccade.core.split_names import split_of
from saccade.modalities.images.file_search import below, holds_images, subfolders, visible
from saccade.modalities.images.listing import Listing

_OTHER_ARCHIVES = (".7z", ".rar", ".zst", ".tzst", ".lz4", ".lzma", ".z", ".gz", ".bz2", ".xz", ".cab", ".iso", ".ace")

TABLES = (".csv", ".tsv", ".parquet")
"""Endings of tables, which may say what images show."""

_SHOWN = 5  # names in a sentence


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
    inner, notes = _unwrapped(path)
    source = _source_of(inner)
    if source is None and inner.is_dir():
        source = registry.load("sources", "image_folder")  # says best what is wrong with a folder
    if source is None and inner.suffix.lower() in _OTHER_ARCHIVES:
        raise DataError(f"{path} is an archive of a kind that is not read. Unpack it yourself and give the folder.")
    if source is None:
        known = "\n".join(f"  {name}: {line}" for name, line in registry.descriptions("sources").items())
        raise DataError(f"{path} is of no kind that can be read. Readable are:\n{known}")
    has_columns = getattr(source, "LABELS_OPTIONAL", False)
    if label and not has_columns:
        raise DataError(f"'label' is for tables, and {path} is none: leave it out.")
    columns = {"label": label, "labelled": labelled} if has_columns else {}
    listing: Listing = source.read(inner, quiet=quiet, **columns)
    return replace(listing, notes=(*notes, *listing.notes)) if notes else listing


def unlabelled(path: Path) -> Listing | None:
    """Return the images of a file or folder whose labels, if it has any, do not matter; None where none reads it.

    A folder of image files is not read so: its files need no class folders. Sources that can do without labels say
    so with `LABELS_OPTIONAL`, and then take `labelled=False`.

    Raises:
        DataError: it cannot be used.
    """
    names = [name for name in registry.names("sources") if name != "image_folder" and may_read(name, path)]
    sources = (registry.load("sources", name) for name in names)
    source = next((source for source in sources if source.recognises(path)), None)
    if source is None:
        return None
    more = {"labelled": False} if getattr(source, "LABELS_OPTIONAL", False) else {}
    listing: Listing = source.read(path, quiet=True, **more)
    return listing


def _source_of(path: Path) -> ModuleType | None:
    sources = (registry.load("sources", name) for name in registry.names("sources"))
    return next((source for source in sources if source.recognises(path)), None)


def may_read(name: str, path: Path) -> bool:
    """Say by what a source says of its files' endings, if it does, whether it is worth loading."""
    try:
        endings = registry.constant("sources", name, "ENDINGS")
    except LookupError:
        return True
    return path.name.lower().endswith(endings) and path.is_file()  # type: ignore[arg-type]


def _unwrapped(path: Path) -> tuple[Path, list[str]]:
    """Return the folder within in which several classes, splits or other data lie, with notes on what lies beside.

    Archives often wrap their content, at any depth. A split ("train") or a folder with images (a class) is no
    wrapping, nor is one that leads to nothing but these.
    """
    place, notes = path, list[str]()
    while (inner := _wrapped(place)) is not None:
        _refuse_table_beside(inner)
        notes += _beside(inner)
        place = inner
    several = place != path and (_is_packed(place) or len(_two_holding(place)) > 1 or _split(place) or _table(place))
    return (place, notes) if several else (path, [])


def _wrapped(place: Path) -> Path | None:
    """Return the only folder in a folder that holds anything, when it holds folders or packed images."""
    if not place.is_dir() or _is_packed(place):
        return None
    held = _two_holding(place)
    if len(held) != 1 or (split_of(held[0].name) and not _split(held[0])):
        return None
    return held[0] if subfolders(held[0]) or _is_packed(held[0]) else None


def _split(folder: Path) -> bool:
    """Say whether a folder has splits in it."""
    return any(split_of(inner.name) for inner in subfolders(folder))


def _two_holding(folder: Path) -> list[Path]:
    """Return the first two folders in a folder that hold anything, or fewer."""
    return list(islice(filter(_holds, subfolders(folder)), 2))


def _holds(folder: Path) -> bool:
    return holds_images(folder) or any(map(_is_packed, below(folder)))


def _is_packed(folder: Path) -> bool:
    """Say whether a folder is read by another source than that of image files."""
    source = _source_of(folder)
    return source is not None and source is not registry.load("sources", "image_folder")


def _refuse_table_beside(inner: Path) -> None:
    """Ask, where the labels may be the names of folders or in a table; where there are splits, they are the names."""
    table = _table(inner.parent)
    if table is not None and _two_holding(inner) and not _split(inner):
        raise DataError(
            f"{inner.parent} has a table, {table.name}, and a folder with folders of images, {inner.name}: either "
            f"may say the classes. Name the one that does: {table}, or {inner}."
        )


def _table(folder: Path) -> Path | None:
    return next((path for path in visible(folder) if path.name.lower().endswith(TABLES)), None)


def _beside(inner: Path) -> list[str]:
    names = [path.name for path in visible(inner.parent) if path != inner]
    if not names:
        return []
    shown = ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
    return [f"The data are read from the folder '{inner.name}'; what lies beside it was left out: {shown}."]
