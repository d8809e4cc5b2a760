"""Which source reads a path."""

from pathlib import Path
from types import ModuleType

from saccade import registry
from saccade.data.listing import PART_NAMES, Listing
from saccade.errors import DataError


def read(path: Path, *, quiet: bool = False) -> Listing:
    """Return the listing of a folder, archive or table, from the source that recognises it.

    Raises:
        DataError: no source can read it, or what it holds cannot be used.
    """
    inner = _inner(path)
    special, general = _sources()
    for source in (*special, *general):
        if source.recognises(inner):
            listing: Listing = source.read(inner, quiet=quiet)
            return listing
    known = "\n".join(f"  {name}: {line}" for name, line in registry.descriptions("sources").items())
    raise DataError(f"{path} is of no kind that can be read. Readable are:\n{known}")


def visible(folder: Path) -> list[Path]:
    """Return what lies in a folder, sorted, without hidden files and what macOS puts into zip files."""
    return sorted(path for path in folder.iterdir() if not path.name.startswith((".", "__MACOSX")))


def _sources() -> tuple[list[ModuleType], list[ModuleType]]:
    """Return the sources for one format each, and those that take any folder and so must be asked last."""
    sources = [registry.load("sources", name) for name in registry.names("sources")]
    general = [source for source in sources if getattr(source, "TAKES_ANY_FOLDER", False)]
    return [source for source in sources if source not in general], general


def _inner(path: Path) -> Path:
    """Return the folder inside when it is all there is: archives often wrap their content in one.

    A part ("train") or a folder with pictures (a class) is no wrapping.
    """
    if not path.is_dir():
        return path
    entries = visible(path)
    if len(entries) != 1 or not entries[0].is_dir() or entries[0].name.lower() in PART_NAMES:
        return path
    has_folders = any(entry.is_dir() for entry in visible(entries[0]))
    return (
        entries[0] if has_folders or any(source.recognises(entries[0]) for source in _sources()[0]) else path
    )
