"""Which source reads a path."""

from pathlib import Path
from types import ModuleType

from saccade import registry
from saccade.data.listing import PART_NAMES, Listing
from saccade.data.walking import HIDDEN, readable
from saccade.errors import DataError

_OTHER_ARCHIVES = (".7z", ".rar", ".zst", ".tzst", ".lz4", ".lzma", ".z", ".gz", ".bz2", ".xz", ".cab", ".iso", ".ace")


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
    return listing


def unlabelled(path: Path) -> Listing | None:
    """Return the pictures of a file or folder whose labels, if it has any, do not matter; None where none reads it.

    A folder of picture files is not read so: its files need no class folders. Sources that can do without labels say
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


def visible(folder: Path) -> list[Path]:
    """Return what lies in a folder, sorted, without hidden files; raises DataError when it may not be read."""
    with readable(folder):
        return sorted(path for path in folder.iterdir() if not path.name.startswith(HIDDEN))


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
