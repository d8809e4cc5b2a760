"""Which format of boxes a path holds, and its annotations."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType

from saccade.core import registry
from saccade.core.errors import DataError
from saccade.modalities.images.annotations import Annotations
from saccade.modalities.images.box_files import files_ending
from saccade.modalities.images.image_lookup import ImageLookup

ENDINGS = (".xml", ".json", ".jsonl", ".txt", ".yaml", ".yml", ".names", ".csv", ".csv.gz", ".tsv", ".parquet")
"""How names of files end that may hold boxes."""


def format_of(path: Path) -> ModuleType | None:
    """Return the format of boxes that a folder or file holds, None where it holds none; archives are not opened."""
    if path.is_file() and not path.name.lower().endswith(ENDINGS):
        return None
    if path.is_dir() and next(files_ending(path, ENDINGS), None) is None:
        return None
    return next((each for each in _formats() if each.recognises(path)), None)


def _formats() -> Iterator[ModuleType]:
    return (registry.load("box_formats", name) for name in registry.names("box_formats"))


def unpacked(path: Path, *, quiet: bool = False) -> Path:
    """Return the folder of an archive's content, unpacked once; any other path as it is; raises DataError."""
    archive = registry.load("sources", "archive")
    return Path(archive.unpacked(path, quiet=quiet)) if archive.recognises(path) else path


def read(path: Path, *, quiet: bool = False) -> Annotations:
    """Return the images of a folder, archive or file with their boxes.

    Raises:
        DataError: there is no such path, it holds no boxes in a format that is read, or none that can be used.
    """
    if not path.exists():
        raise DataError(f"There is no file or folder {path}. Look for a typing error, or give the full path.")
    inner = unpacked(path, quiet=quiet)
    found = format_of(inner)
    if found is None:
        known = ", ".join(line.partition(":")[0] for line in registry.descriptions("box_formats").values())
        raise DataError(f"{path} has no boxes around objects in a format that is read. Readable are: {known}.")
    name = registry.descriptions("box_formats")[found.__name__.rpartition(".")[2]].partition(":")[0]
    if inner.is_dir() and not ImageLookup(inner).files:
        raise DataError(f"{path} has boxes in the format {name} and no images. Name the folder that has both below it.")
    try:
        annotations: Annotations = found.read(inner, quiet=quiet)
    except DataError as error:
        raise DataError(str(error).replace(str(inner), str(path))) from error  # the user knows the archive
    return replace(annotations, notes=(f"Boxes in the format {name}.", *annotations.notes))
