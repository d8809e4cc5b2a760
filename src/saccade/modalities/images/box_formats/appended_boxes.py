"""labels.jsonl: boxes that were drawn in the studio, lines that are only added; the last word on an image counts."""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from saccade.core.dataset import SkippedItem
from saccade.core.errors import DataError
from saccade.core.finding import plural
from saccade.modalities.images import box_recognition, label_file
from saccade.modalities.images.annotations import Annotations, MarkedImage
from saccade.modalities.images.drawn_boxes import DrawnImage, DrawnObject, settled
from saccade.modalities.images.file_search import printable
from saccade.modalities.images.label_file import Labels, Word
from saccade.modalities.images.labelled_folder import images_below, name_below, place


def recognises(path: Path) -> bool:
    """Say whether it is a label file of boxes, now or after so many words (`labels.jsonl@60`), or a folder with one."""
    return label_file.kind_of(_file(path)[0]) == "boxes"


def _file(path: Path) -> tuple[Path, int | None]:
    """Return the label file that a path names, or that lies in the folder, and how many of its words count."""
    file, words = label_file.as_of(path)
    return (file / label_file.NAME if file.is_dir() else file), words


def read(path: Path, *, quiet: bool = False) -> Annotations:
    """Return the images of which something is said, with their boxes; those without a word are left out and counted.

    Which images are in the test split follows from their content, unless other annotations of the folder have splits.
    They say under which address the same boxes are found again.

    Raises:
        DataError: the file is damaged, or no box is there.
    """
    file, words = _file(path)
    labels = label_file.read(file, words=words)
    every = images_below(labels.images, labels.folders, quiet=quiet)
    base = box_recognition.annotated(labels.images, quiet=quiet) if labels.folders == "annotations" else Annotations(())
    drawn = {place(each.path): as_drawn(each) for each in base.images}
    named = {place(file.parent / name): word for name, word in labels.last_words.items()}
    _say(drawn, {known: word for known, word in named.items() if known in every}, labels)
    if not drawn:
        raise DataError(
            f"{file} says nothing yet of the images in {labels.images}, {len(every):,} in all. Draw boxes on some: "
            "saccade studio"
        )
    skipped = [*_still_skipped(base.skipped_items, drawn.values()), *_lost(named, every, file)]
    notes = [*base.notes, *_notes(len(every) - len(drawn))]
    found = settled(list(drawn.values()), where=file, skipped_items=skipped, notes=notes, quiet=quiet)
    return replace(found, address=f"{file.resolve()}@{len(labels.words)}")


def as_drawn(image: MarkedImage) -> DrawnImage:
    """Return an annotated image as it would be drawn."""
    objects = [
        DrawnObject(each.name, (each.left, each.top, each.right, each.bottom), is_ignored=each.is_ignored)
        for each in image.objects
    ]
    return DrawnImage(image.name, image.path, objects, size=image.size, split=image.split)


def _say(drawn: dict[str, DrawnImage], named: Mapping[str, Word], labels: Labels) -> None:
    """Put the words on images over what is drawn already."""
    for known, word in named.items():
        before = drawn.pop(known, None)
        if word.boxes is not None:
            objects = [DrawnObject(each.label, each.sides, is_ignored=each.is_ignored) for each in word.boxes]
            name = before.name if before else name_below(known, labels.images)
            split = before.split if before else ""
            drawn[known] = DrawnImage(name, Path(known), objects, size=word.size, split=split)


def _still_skipped(skipped: Iterable[SkippedItem], drawn: Iterable[DrawnImage]) -> Iterator[SkippedItem]:
    """Yield what is skipped of the other annotations, but for images of which something was said since."""
    names = {each.name for each in drawn}
    return (each for each in skipped if each.name not in names and not each.reason.startswith("image that no file"))


def _lost(named: Mapping[str, Word], every: Mapping[str, object], file: Path) -> Iterator[SkippedItem]:
    for known, word in named.items():
        if word.boxes is not None and known not in every:
            name = printable(os.path.relpath(known, file.parent))
            yield SkippedItem(name, "there is no such file.")


def _notes(unsaid: int) -> list[str]:
    return [f"{plural(unsaid, 'image without a word was', 'images without a word were')} left out."] if unsaid else []
