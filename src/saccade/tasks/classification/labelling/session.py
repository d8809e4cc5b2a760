"""LabelSession: the images of a folder, the labels so far, and what a model that learns from each of them suggests."""

import hashlib
import json
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from saccade.core.atomic_files import write_whole
from saccade.core.errors import DataError
from saccade.core.safe_json import Json
from saccade.modalities.images.decoding import decode
from saccade.modalities.images.image_label_session import ImageLabelSession, still_there
from saccade.modalities.images.label_file import LabelFile
from saccade.modalities.images.pixels import read_file
from saccade.modalities.images.splitting import in_test
from saccade.modalities.images.surveyed_folder import SIDE, look_through
from saccade.tasks.classification.labelling import surveying
from saccade.tasks.classification.labelling.suggesting import Suggestions, suggest
from saccade.tasks.classification.settings import ClassificationRecipe

SEALED_SHARE = float(ClassificationRecipe.model_fields["test"].default)
SEED = int(ClassificationRecipe.model_fields["split_seed"].default)
"""What `saccade train` does with the file when nobody says otherwise."""

LABELLED, SEALED, DOUBTED = 1, 2, 4
"""Bits of an image's flags."""


class LabelSession(ImageLabelSession):
    """What is being labelled; many threads may ask at once.

    For example::

        session = LabelSession(Path("photos"))
        session.label([0, 4], "glass")             # written to photos/labels.jsonl when it returns
        session.state()["counts"]                  # {"glass": 2}

    Attributes:
        images: the folder.
    """

    def __init__(self, images: Path, file: Path | None = None, *, use_folders: bool = False) -> None:
        """Open a folder of images.

        Args:
            images: the folder; files in it are never changed.
            file: of the labels; left out: labels.jsonl in the folder.
            use_folders: an image without a label has the class of its folder; a file that is there already says itself.

        Raises:
            DataError: there are no images, or the file is damaged or no label file.
        """
        folders = LabelFile.beside(images).folders if not use_folders else "classes"
        kept = LabelFile(file, images=images, folders=folders) if file else LabelFile.beside(images, folders=folders)
        said = kept.read()
        self.images, self.folders = said.images, said.folders
        super().__init__(kept, look_through(self.images, self.folders))
        self._labels: list[str] = []
        self._known_classes: dict[str, None] = {}
        self._suggested: tuple[int, Suggestions | None] = (-1, None)
        self._wanted = threading.Event()
        self._doing, self._error = "", ""
        self._refresh()
        threading.Thread(target=self._find_out, daemon=True).start()
        threading.Thread(target=self._keep_suggesting, daemon=True).start()

    # Labels

    def _read(self) -> None:
        words, anew = self._news()
        labels = [each.label for each in self.surveyed.found] if anew else list(self._labels)
        known = dict.fromkeys(sorted(set(labels) - {""})) if anew else self._known_classes
        for word in words:
            row = self._row(word.path)
            if row is not None:
                labels[row] = word.label or ""
        self._known_classes = {**known, **dict.fromkeys(word.label for word in words if word.label)}
        self._labels = labels
        self._wanted.set()

    def label(self, rows: Sequence[int], name: str | None) -> None:
        """Give images a class, or none; raises DataError where there is no such image, or it cannot be written."""
        self.say([(row, name) for row in rows])

    def say(self, words: Sequence[tuple[int, str | None]]) -> None:
        """Give each of some images a class, or none, all in one write; raises DataError as `label`."""
        self._refuse_unknown(words)
        self.file.append([(self.file.name(self.surveyed.found[row].path), name or None) for row, name in words])
        self._refresh()

    @property
    def labels(self) -> list[str]:
        """The class of each image, "" where it has none."""
        self._refresh()
        return self._labels

    @property
    def classes(self) -> list[str]:
        """Names of the classes, in the order in which they came up in the file, those of folders first."""
        with self._lock:
            now = set(self.labels)
            return [name for name in self._known_classes if name in now]

    # What is sealed

    @cached_property
    def _given_test(self) -> NDArray[np.bool_] | None:
        splits = np.array([each.split for each in self.surveyed.found])
        return splits == "test" if (splits == "test").any() else None

    @property
    def sealed(self) -> NDArray[np.bool_]:
        """(n,), whether an image belongs to the test split, whatever label it gets."""
        if self._given_test is not None:
            return self._given_test
        units = np.arange(len(self)) if self._known is None else self._known.units
        return in_test(self.surveyed.lots, units, share=SEALED_SHARE, seed=SEED)

    # What the model says

    @cached_property
    def _once_known(self) -> surveying.Known | None:
        return surveying.known(self.surveyed)

    @property
    def _known(self) -> surveying.Known | None:
        found = self._once_known
        if found is None:
            self.__dict__.pop("_once_known", None)
        return found

    def _find_out(self) -> None:
        """Have the images looked at in a process of its own, which loads Keras, unless that was done before."""
        if self._known is not None:
            self._wanted.set()
            return
        self._doing = "Starting a pretrained network"
        command = [sys.executable, "-m", f"{__package__}.finding_out", str(self.images), self.folders]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
            for line in process.stdout or ():
                said = json.loads(line) if line.startswith("{") else {}
                self._doing, self._error = said.get("doing", self._doing), said.get("error", "")
        if process.returncode and not self._error:
            self._error = "The images could not be looked at by the pretrained network; labels are kept all the same."
        self._doing = ""
        self._wanted.set()

    def _keep_suggesting(self) -> None:
        while True:
            self._wanted.wait()
            self._wanted.clear()
            try:
                self._suggest()
            except Exception as error:
                self._error = f"No suggestions: {error}"
                raise

    def _suggest(self) -> None:
        known = self._known
        if known is None:
            return
        with self._lock:
            version, names, classes = self._version, list(self._labels), tuple(self.classes)
        position = {name: at for at, name in enumerate(classes)}
        labels = np.array([position.get(name, -1) for name in names], np.int64)
        found = suggest(np.asarray(known.vectors), labels, classes, sealed=self.sealed)
        self._suggested = (version, found)

    # For a page

    def state(self) -> Json:
        """Return what a page shows beside the images; "version" changes with the labels, "suggested" with the model."""
        names, classes = self.labels, self.classes
        counts = Counter(names)
        version, found = self._suggested
        return {
            "version": self._version,
            "suggested": version,
            "current": version == self._version,
            "count": len(self),
            "classes": classes,
            "counts": {name: counts[name] for name in classes},
            "labelled": len(names) - counts[""],
            "sealed": int(self.sealed.sum()),
            "accuracy": found.accuracy if found else None,
            "doubted": len(found.doubted) if found else 0,
            "doing": self._doing,
            "error": self._error,
            "unreadable": len(self.surveyed.unreadable),
        }

    def rows(self) -> tuple[Json, bytes]:
        """Return the state, and of each image as bytes what a page draws of it.

        The bytes: n int16 classes, -1 where there is none; n int16 classes that the model suggests; n uint8
        probabilities of these, 255 is certain; n uint8 flags; then int32 rows in the order of use. The model says
        nothing of images of the test split.
        """
        state, names, sealed = self.state(), self.labels, self.sealed
        position = {name: at for at, name in enumerate(state["classes"])}
        labels = np.array([position.get(name, -1) for name in names], np.int16)
        suggestion, sure, flags = labels.copy(), np.zeros(len(self), np.uint8), np.zeros(len(self), np.uint8)
        suggestion[:] = -1
        flags[labels >= 0] |= LABELLED
        flags[sealed] |= SEALED
        order = np.random.default_rng(SEED).permutation(len(self))  # by name, one class may come before all others
        order = order[labels[order] < 0]
        found = self._suggested[1]
        if found is not None and len(found.probabilities) == len(self):
            numbers = np.array([position.get(name, -1) for name in found.classes], np.int16)
            if found.probabilities.any():
                best = found.probabilities.argmax(axis=1)
                suggestion, sure = numbers[best], np.rint(255 * found.probabilities.max(axis=1)).astype(np.uint8)
                suggestion[found.doubted] = numbers[found.rather]
            flags[found.doubted[labels[found.doubted] >= 0]] |= DOUBTED
            suggestion[sealed], sure[sealed] = -1, 0
            order = found.order[labels[found.order] < 0]
        parts = (labels.astype("<i2"), suggestion.astype("<i2"), sure, flags, order.astype("<i4"))
        return state, b"".join(np.ascontiguousarray(part).tobytes() for part in parts)

    def large(self, row: int, *, side: int) -> NDArray[np.uint8]:
        """Return one image (side, side, 3) from its file; raises DataError where it is gone."""
        with still_there():
            return decode(read_file(self.surveyed.found[row].path), size=(side, side), channels=3)

    def add(self, content: bytes, label: str) -> str:
        """Keep a new photo with its class, in the folder `captured` below the images, and return its name there.

        It is among the images when the folder is opened again. Raises DataError where it is no image.
        """
        decode(content, size=(SIDE, SIDE), channels=3)
        ending = ".png" if content.startswith(b"\x89PNG") else ".jpg"
        path = self.images / "captured" / f"{hashlib.sha256(content).hexdigest()[:16]}{ending}"
        try:
            write_whole(path, lambda temporary: temporary.write_bytes(content))
        except OSError as error:
            raise DataError(f"Cannot write {path}: {error.strerror}.") from error
        self.file.append([(self.file.name(path), label)])
        return path.name
