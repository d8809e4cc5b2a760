"""Which format of boxes a path holds, and its annotations."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType

from saccade.core import registry
from saccade.core.errors import DataError
from saccade.modalities.images import label_file
from saccade.modalities.images.annotations import Annotations, NothingMarked
from saccade.modalities.images.box_files import files_ending
from saccade.modalities.images.image_lookup import ImageLookup

ENDINGS = (".xml", ".json", ".jsonl", ".txt", ".yaml", ".yml", ".names", ".csv", ".csv.gz", ".tsv", ".parquet")
"""How names of files end that may hold boxes."""

LABEL_FILE = "appended_boxes"
"""The format of what was drawn in the studio, which is put over what other files say."""


def format_of(path: Path, *, without: Sequence[str] = ()) -> ModuleType | None:
    """Return the format of boxes that a folder or file holds, None where it holds none; archives are not opened.

    Args:
        path: the folder or file; of a label file also as it was after so many words, `labels.jsonl@60`.
        without: names of formats that are not asked.
    """
    if path.is_file() and not path.name.lower().endswith(ENDINGS):
        return None
    if path.is_dir() and next(files_ending(path, ENDINGS), None) is None:
        return None
    return next((each for each in _formats(without) if each.recognises(path)), None)


def _formats(without: Sequence[str]) -> Iterator[ModuleType]:
    return (registry.load("box_formats", name) for name in registry.names("box_formats") if name not in without)


def annotated(folder: Path, *, quiet: bool = True) -> Annotations:
    """Return what files of boxes in a folder say, but for its label file; nothing where there are none, or no box yet.

    Raises:
        DataError: they are damaged.
    """
    found = format_of(folder, without=(LABEL_FILE,))
    if found is None:
        return Annotations(())
    try:
        made: Annotations = found.read(folder, quiet=quiet)
    except NothingMarked:
        return Annotations(())
    return made


def class_names(folder: Path) -> list[str]:
    """Return the classes that files of boxes in a folder name, also those that no box has; raises DataError."""
    found = format_of(folder, without=(LABEL_FILE,))
    return list(found.class_names(folder)) if found is not None and hasattr(found, "class_names") else []


def is_there(path: Path) -> bool:
    """Say whether there is a file or folder, or the label file of `labels.jsonl@60`."""
    return path.exists() or label_file.as_of(path)[0].is_file()


def unpacked(path: Path, *, quiet: bool = False) -> Path:
    """Return the folder of an archive's content, unpacked once; any other path as it is; raises DataError."""
    archive = registry.load("sources", "archive")
    return Path(archive.unpacked(path, quiet=quiet)) if archive.recognises(path) else path


def read(path: Path, *, quiet: bool = False) -> Annotations:
    """Return the images of a folder, archive or file with their boxes.

    Raises:
        DataError: there is no such path, it holds no boxes in a format that is read, or none that can be used.
    """
    if not is_there(path):
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
