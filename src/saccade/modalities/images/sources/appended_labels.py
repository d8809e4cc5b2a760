"""A label file (labels.jsonl), or a folder with one: what a person said of images, the last word counts."""

import os
from pathlib import Path

from saccade.core.dataset import SkippedItem
from saccade.core.errors import DataError
from saccade.core.finding import plural
from saccade.modalities.images import label_file, listing
from saccade.modalities.images.file_search import printable
from saccade.modalities.images.labelled_folder import images_below, place
from saccade.modalities.images.listing import Found, Listing


def recognises(path: Path) -> bool:
    """Say whether it is a label file, also as of so many words (`labels.jsonl@60`), or a folder with one of classes."""
    file, _ = label_file.as_of(path)
    if file.is_dir():
        return label_file.kind_of(file / label_file.NAME) == "classes"
    return label_file.is_label_file(file)


def read(path: Path, *, quiet: bool = False) -> Listing:
    """Return the labelled images; those without a label are left out and counted.

    Which images are in the test split follows from their content, so that labels may be added later. The listing says
    under which address the same labels are found again.

    Raises:
        DataError: the file is damaged, or no labelled image is there.
    """
    file, words = label_file.as_of(path)
    file = file / label_file.NAME if file.is_dir() else file
    if label_file.kind_of(file) == "boxes":
        raise DataError(
            f"{file} has boxes around objects and not the classes of images. It is for task=object_detection; for its "
            f"images alone name the folder: {file.parent}"
        )
    labels = label_file.read(file, words=words)
    every = images_below(labels.images, labels.folders, quiet=quiet)
    named = {place(file.parent / each): label for each, label in labels.last.items()}
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


def _relabelled(found: Found, named: dict[str, str | None]) -> Found:
    said = named.get(place(found.path), found.label)
    return found if said == found.label else Found(found.name, said or "", found.split, found.path, found.group)


def _notes(unlabelled: int) -> list[str]:
    if not unlabelled:
        return []
    return [f"{plural(unlabelled, 'image without a label was', 'images without a label were')} left out."]
