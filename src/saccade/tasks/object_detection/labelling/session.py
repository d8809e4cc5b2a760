"""BoxSession: the images of a folder, the boxes that were drawn so far, and what a trained detector suggests."""

import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade.core.errors import DataError, SaccadeError
from saccade.core.safe_json import Json
from saccade.modalities.images import audit, box_recognition
from saccade.modalities.images.annotations import MarkedObject
from saccade.modalities.images.decoding import decode
from saccade.modalities.images.image_label_session import ImageLabelSession, still_there
from saccade.modalities.images.label_file import Folders, LabelFile, SaidBox, Word
from saccade.modalities.images.labelled_folder import place
from saccade.modalities.images.pixels import read_file
from saccade.modalities.images.splitting import in_test
from saccade.modalities.images.surveyed_folder import look_through
from saccade.tasks.object_detection.labelling.suggesting import (
    Opinion,
    in_order_of_use,
    not_drawn,
    open_detector,
    opinions,
)
from saccade.tasks.object_detection.settings import DetectionRecipe

SEALED_SHARE = float(DetectionRecipe.model_fields["test"].default)
SEED = int(DetectionRecipe.model_fields["split_seed"].default)
"""What `saccade train` does with the file when nobody says otherwise."""

EVERY = 2.0
"""Seconds after which pages hear of new suggestions."""

Boxes = tuple[SaidBox, ...]

PlainBox = Sequence[Any]
"""[class, left, top, right, bottom], and whether it is ignored: neither learnt nor judged."""

_EXPECTED = "Expected boxes as [class, left, top, right, bottom], the sides in pixels of the image."


class BoxSession(ImageLabelSession):
    """Boxes that are being drawn; many threads may ask at once.

    For example::

        session = BoxSession(Path("photos"))
        session.say([(0, [["cat", 8, 9, 90, 70]]), (4, [])])   # in photos/labels.jsonl when it returns
        session.state()["counts"]                              # {"cat": 1}

    Attributes:
        images: the folder.
    """

    def __init__(self, images: Path) -> None:
        """Open a folder of images; what other files of it say of boxes counts until something else is said.

        Raises:
            DataError: there are no images, files of boxes are damaged, or its label file has classes.
        """
        self._base = box_recognition.annotated(images)
        folders: Folders = "annotations" if self._base.images else "ignored"
        file = LabelFile.beside(images, folders=folders, kind="boxes")
        said = file.read()
        self.images = said.images
        super().__init__(file, look_through(self.images, "ignored"))
        self._boxes: list[Boxes | None] = []
        self._classes: list[str] = []
        self._known_classes: dict[str, None] = {}
        self._declared = box_recognition.class_names(images)
        self._opinions: dict[int, Opinion] = {}
        self._suggested, self._told = 0, 0.0
        self._detector, self._asked, self._doing, self._error = "", "", "", ""
        self._units: NDArray[np.int64] = np.arange(len(self))
        self._given = self._given_boxes() if said.folders == "annotations" else {}
        self._refresh()
        self._compared = threading.Event()
        threading.Thread(target=self._compare, daemon=True).start()

    # Boxes

    def _given_boxes(self) -> dict[int, Boxes]:
        """Return what other files of the folder say, by row."""
        rows = [(self._rows.get(place(each.path)), each.objects) for each in self._base.images]
        return {
            row: tuple(
                SaidBox(each.name, (each.left, each.top, each.right, each.bottom), each.is_ignored) for each in of
            )
            for row, of in rows
            if row is not None
        }

    @property
    def left_out(self) -> list[tuple[str, str]]:
        """What other files say of boxes and cannot be shown: (name, reason) each, images that they do not name apart.

        They are gone from an image as soon as something else is said of it here.
        """
        skipped = [each for each in self._base.skipped_items if not each.reason.startswith("image that no file")]
        return [(each.name, each.reason) for each in skipped]

    def _read(self) -> None:
        words, anew = self._news()
        boxes = [self._given.get(row) for row in range(len(self))] if anew else list(self._boxes)
        for word in words:
            row = self._row(word.path)
            if row is not None:
                boxes[row] = self._fitting(row, word)
        later = [each.label for word in words for each in word.boxes or ()]
        self._known_classes = dict.fromkeys([*(self._given_classes() if anew else self._known_classes), *later])
        now = {each.label for of in boxes for each in of or ()} | set(self._declared)
        self._boxes, self._classes = boxes, [name for name in self._known_classes if name in now]

    def _given_classes(self) -> list[str]:
        """Return the classes that other files of the folder name, then others that their boxes have."""
        return [*self._declared, *sorted({each.label for of in self._given.values() for each in of})]

    def _fitting(self, row: int, word: Word) -> Boxes | None:
        """Return the boxes of a word in pixels of the image as it is now, which may have been resized since."""
        size = self._size(row)
        if word.boxes is None or word.size in (None, size):
            return word.boxes
        down, across = size[0] / word.size[0], size[1] / word.size[1]
        return tuple(_scaled(each, across, down) for each in word.boxes)

    def _size(self, row: int) -> tuple[int, int]:
        height, width = self.surveyed.sizes[row].tolist()
        return height, width

    def say(self, words: Sequence[tuple[int, Sequence[PlainBox] | None]]) -> None:
        """Say all boxes of each of some images, in one write.

        Args:
            words: (row, boxes) each; a box is [class, left, top, right, bottom], and may be followed by whether it is
                ignored. No box is "nothing in it", None takes back what was said. Sides are cut off at those of the
                image.

        Raises:
            DataError: there is no such image, a box has no area, or it cannot be written.
        """
        self._refuse_unknown(words)
        self.file.append_boxes([self._word(row, boxes) for row, boxes in words])
        self._refresh()

    def _word(self, row: int, boxes: Sequence[PlainBox] | None) -> Word:
        height, width = self._size(row)
        within = None if boxes is None else tuple(_within(_understood(each), height, width) for each in boxes)
        return Word(self.file.name(self.surveyed.found[row].path), None, boxes=within, size=(height, width))

    @property
    def boxes(self) -> list[Boxes | None]:
        """All boxes of each image; None where nothing is said of it."""
        self._refresh()
        return self._boxes

    @property
    def classes(self) -> list[str]:
        """Names of the classes: those that other files name, then as they came up, as long as a box has them."""
        self._refresh()
        return self._classes

    # What is sealed

    @cached_property
    def _given_test(self) -> NDArray[np.bool_] | None:
        """(n,), whether other files give an image to the test split; None where they have none."""
        if not self._given or not any(each.split == "test" for each in self._base.images):
            return None
        given = {place(each.path) for each in self._base.images if each.split == "test"}
        return np.array([place(each.path) in given for each in self.surveyed.found])

    @property
    def sealed(self) -> NDArray[np.bool_]:
        """(n,), whether an image belongs to the test split, whatever is said of it."""
        if self._given_test is not None:
            return self._given_test
        return in_test(self.surveyed.lots, self._units, share=SEALED_SHARE, seed=SEED)

    def _compare(self) -> None:
        """Find out which images show the same, for those are sealed together."""
        try:
            self._units = audit.near_duplicate_groups(np.asarray(self.surveyed.thumbnails), quiet=True)
        finally:
            self._compared.set()

    # What a detector says

    def suggest_with(self, run: Path | None) -> None:
        """Let a trained run suggest boxes from now on, in a thread; at once done where it is the one that does."""
        state = "" if run is None else f"{run} {run.stat().st_mtime_ns}"
        with self._lock:
            if state == self._asked:
                return
            self._asked = state
        if run is not None:
            threading.Thread(target=self._ask, args=(run, state), daemon=True).start()

    def _ask(self, run: Path, state: str) -> None:
        self._doing, self._error = f"Asking {run.name}", ""
        self._compared.wait()
        try:
            detector, found = open_detector(run), dict[int, Opinion]()
            for row, each in opinions(detector, {row: self.surveyed.found[row].path for row in self._open_rows()}):
                if state != self._asked:
                    return
                found[row] = each
                self._keep(row, each, f"Asking {run.name}, {len(found):,} of {len(self):,}")
            self._opinions, self._detector, self._suggested = found, run.name, self._suggested + 1
        except SaccadeError as error:
            self._error = f"No suggestions: {error}"
        finally:
            if state == self._asked:
                self._doing = ""

    def _keep(self, row: int, opinion: Opinion, doing: str) -> None:
        """Keep what a detector says of an image, and tell pages of it, but not of each."""
        with self._lock:
            self._opinions[row], self._doing = opinion, doing
            if time.monotonic() - self._told > EVERY:
                self._suggested, self._told = self._suggested + 1, time.monotonic()

    def _open_rows(self) -> list[int]:
        """Return the rows outside of the test split, those without a word first."""
        rows = np.flatnonzero(~self.sealed).tolist()
        boxes = self.boxes
        return sorted(rows, key=lambda row: boxes[row] is not None)

    # For a page

    def state(self) -> Json:
        """Return what a page shows beside the images; "version" changes with boxes, "suggested" with the detector."""
        boxes, classes = self.boxes, self.classes
        counts = Counter(each.label for of in boxes for each in of or ())
        return {
            "version": self._version,
            "suggested": self._suggested,
            "count": len(self),
            "classes": classes,
            "counts": {name: counts[name] for name in classes},
            "labelled": sum(of is not None for of in boxes),
            "boxes": counts.total(),
            "sealed": int(self.sealed.sum()),
            "detector": self._detector,
            "doing": self._doing,
            "error": self._error,
            "unreadable": len(self.surveyed.unreadable),
        }

    def rows(self) -> Json:
        """Return the state, and of each image what a list of them shows.

        "boxes" are n numbers of boxes, -1 where nothing is said; "guessed" likewise of suggestions; "sealed" the rows
        of the test split; "order" rows of which nothing is said, the most useful first; "doubted" rows in which the
        detector finds what is not drawn, the surest first. It says nothing of the test split.
        """
        with self._lock:
            said, opinions, sealed = self.boxes, dict(self._opinions), self.sealed
        free = np.array([of is None for of in said])
        doubts = {row: each.doubt for row, each in opinions.items()}
        order = in_order_of_use(np.flatnonzero(free & ~sealed), np.flatnonzero(free & sealed), doubts, seed=SEED)
        return {
            "state": self.state(),
            "boxes": [-1 if of is None else len(of) for of in said],
            "guessed": [len(opinions[row].boxes) if row in opinions else -1 for row in range(len(self))],
            "sealed": np.flatnonzero(sealed).tolist(),
            "order": order.tolist(),
            "doubted": _doubted(said, opinions),
        }

    def at(self, row: int) -> Json:
        """Return what is said of one image, and what is suggested.

        Boxes are [class, left, top, right, bottom, whether it is ignored], suggestions likewise with the score.
        """
        said, sealed = self.boxes[row], bool(self.sealed[row])
        opinion = None if sealed else self._opinions.get(row)
        return {
            "name": self.surveyed.found[row].name,
            "size": list(self._size(row)),
            "version": self._version,
            "sealed": sealed,
            "boxes": None if said is None else [[each.label, *each.sides, each.is_ignored] for each in said],
            "guessed": [[each.label, *each.sides, each.score] for each in opinion.boxes] if opinion else [],
        }

    def large(self, row: int, *, side: int) -> NDArray[np.uint8]:
        """Return one whole image (h, w, 3) as it is seen, its longer side at most so long; raises DataError."""
        height, width = self._size(row)
        by = min(1, side / max(height, width))
        size = (max(1, round(by * height)), max(1, round(by * width)))
        with still_there():
            return decode(read_file(self.surveyed.found[row].path), size=size, channels=3, fit="stretch")


def _doubted(said: Sequence[Boxes | None], opinions: Mapping[int, Opinion]) -> list[int]:
    """Return the rows of which something is said, and in which a detector finds more, the surest first."""
    scores = {row: not_drawn(each, boxes) for row, each in opinions.items() if (boxes := said[row]) is not None}
    return sorted((row for row, score in scores.items() if score), key=lambda row: (-scores[row], row))


def _understood(plain: PlainBox) -> SaidBox:
    if not isinstance(plain, list | tuple) or len(plain) not in (5, 6) or not isinstance(plain[0], str):
        raise DataError(_EXPECTED)
    if not all(type(side) in (int, float) for side in plain[1:5]):
        raise DataError(_EXPECTED)
    label, left, top, right, bottom, *more = plain
    return SaidBox(label, (left, top, right, bottom), more == [True])


def _within(box: SaidBox, height: int, width: int) -> SaidBox:
    left, top, right, bottom = box.sides
    sides = (max(left, 0.0), max(top, 0.0), min(right, float(width)), min(bottom, float(height)))
    return SaidBox(box.label, sides, box.is_ignored)


def _said(marked: MarkedObject) -> SaidBox:
    return SaidBox(marked.name, (marked.left, marked.top, marked.right, marked.bottom), marked.is_ignored)


def _scaled(box: SaidBox, across: float, down: float) -> SaidBox:
    left, top, right, bottom = box.sides
    return SaidBox(box.label, (left * across, top * down, right * across, bottom * down), box.is_ignored)
