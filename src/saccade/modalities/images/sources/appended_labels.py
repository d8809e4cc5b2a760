"""A label file (labels.jsonl), or a folder with one: what a person said of images, the last word counts."""

import os
from collections.abc import Iterator
from pathlib import Path

from saccade.core.dataset import SkippedItem
from saccade.core.errors import DataError
from saccade.core.finding import plural
from saccade.modalities.images import label_file, listing
from saccade.modalities.images.file_kinds import skipped_by_ending
from saccade.modalities.images.file_search import files_below, printable
from saccade.modalities.images.label_file import Labels
from saccade.modalities.images.listing import Found, Listing
from saccade.modalities.images.sources import image_folder


def recognises(path: Path) -> bool:
    """Say whether it is a label file, now or after so many words (`labels.jsonl@60`), or a folder with one."""
    file, _ = label_file.as_of(path)
    return label_file.is_label_file(file / label_file.NAME if file.is_dir() else file)


def read(path: Path, *, quiet: bool = False) -> Listing:
    """Return the labelled images; those without a label are left out and counted.

    Which images are in the test split follows from their content, so that labels may be added later. The listing says
    under which address the same labels are found again.

    Raises:
        DataError: the file is damaged, or no labelled image is there.
    """
    file, words = label_file.as_of(path)
    file = file / label_file.NAME if file.is_dir() else file
    labels = label_file.read(file, words=words)
    every = _every(labels, quiet=quiet)
    named = {_place(file.parent / each): label for each, label in labels.last.items()}
    found = [row for row in (_relabelled(each, named) for each in every.values()) if row.label]
    if not found:
        raise DataError(
            f"{file} has no label yet for the {len(every):,} images in {labels.images}. Label some: saccade studio"
        )
    lost = [(name, label) for name, label in named.items() if label and name not in every]
    skipped = [SkippedItem(printable(os.path.relpath(name, file.parent)), "there is no such file.") for name, _ in lost]
    made = listing.of_files(found, notes=_notes(len(every) - len(found)), skipped_items=skipped)
    address = f"{file.resolve()}@{len(labels.words)}"
    return listing.growing(made, address)


def _every(labels: Labels, *, quiet: bool) -> dict[str, Found]:
    """Return all images by their path, with the class of their folder where folders say it, else with ""."""
    if labels.folders == "classes":
        base = image_folder.read(labels.images, quiet=quiet)
        classes = [base.classes[label] for label in base.labels]
        rows = zip(base.names.tolist(), classes, base.splits.tolist(), base.files, strict=True)
        return {_place(row[3]): Found(*row) for row in rows}
    return {_place(each): Found(_name(each, labels.images), "", "", each) for each in files(labels.images)}


def _place(file: str | Path) -> str:
    """Return the full path, by which a file is known; links are not followed, for each is an image of its own."""
    return os.path.normpath(Path(file).absolute())


def _name(file: str, images: Path) -> str:
    return printable(os.path.relpath(file, images).replace(os.sep, "/"))


def files(images: Path) -> Iterator[str]:
    """Yield the image files below a folder, in order; raises DataError where it may not be opened."""
    return (found for found in files_below(images) if isinstance(found, str) and skipped_by_ending(found) is None)


def _relabelled(found: Found, named: dict[str, str | None]) -> Found:
    said = named.get(_place(found.path), found.label)
    return found if said == found.label else Found(found.name, said or "", found.split, found.path, found.group)


def _notes(unlabelled: int) -> list[str]:
    if not unlabelled:
        return []
    return [f"{plural(unlabelled, 'image without a label was', 'images without a label were')} left out."]
