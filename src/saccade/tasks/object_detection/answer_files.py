"""Answers as files: COCO, YOLO, and images with the boxes drawn on them."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from saccade.core.atomic_files import write_whole
from saccade.core.errors import DataError
from saccade.core.safe_json import Json
from saccade.tasks.object_detection.detections import Detections
from saccade.tasks.object_detection.drawing import as_jpeg, drawn_detections
from saccade.tasks.object_detection.predictor import FoundImage


class Writer(Protocol):
    """What keeps answers beside those that are printed."""

    def add(self, found: FoundImage) -> None:
        """Keep what is found in an image."""

    def finish(self) -> str:
        """Write what is left to write, and return where all of it is, a sentence."""


class Coco:
    """All answers as one COCO file: images, categories, and an annotation with a score for each box."""

    def __init__(self, path: Path, objects: Sequence[str]) -> None:
        self.path = path
        self._images = list[Json]()
        self._annotations = list[Json]()
        self._categories = [{"id": number, "name": name} for number, name in enumerate(objects, start=1)]

    def add(self, found: FoundImage) -> None:
        """Keep what is found in an image."""
        height, width = found.detections.size
        image = {"id": len(self._images) + 1, "file_name": found.name, "width": width, "height": height}
        self._images.append(image)
        answers = found.detections
        for box, score, number in zip(answers.boxes.tolist(), answers.scores.tolist(), answers.numbers, strict=True):
            left, top, right, bottom = (round(side, 2) for side in box)
            bbox = [left, top, round(right - left, 2), round(bottom - top, 2)]
            kept = {"image_id": image["id"], "category_id": int(number) + 1, "bbox": bbox, "score": round(score, 5)}
            area = round(bbox[2] * bbox[3], 2)
            self._annotations.append({"id": len(self._annotations) + 1, **kept, "area": area, "iscrowd": 0})

    def finish(self) -> str:
        """Write the file."""
        content = {"images": self._images, "annotations": self._annotations, "categories": self._categories}
        _write(self.path, lambda file: file.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8"))
        return f"All boxes are in {self.path}, as COCO has them."


class Yolo:
    """A text file an image: a line a box of class, middle, width and height, as parts of the image; no score."""

    def __init__(self, folder: Path, objects: Sequence[str]) -> None:
        self.folder, self.objects = folder, objects
        self._names = FileNames(".txt")

    def add(self, found: FoundImage) -> None:
        """Write what is found in an image."""
        lines = "".join(f"{line}\n" for line in yolo_lines(found.detections))
        path = self.folder / self._names.next(found.name)
        _write(path, lambda file: file.write_text(lines, encoding="utf-8"))

    def finish(self) -> str:
        """Write the names of the classes."""
        names = "".join(f"{name}\n" for name in self.objects)
        _write(self.folder / "classes.txt", lambda file: file.write_text(names, encoding="utf-8"))
        return f"Boxes are in {self.folder}, a text file an image, as YOLO has them."


def yolo_lines(found: Detections) -> list[str]:
    """Return "class x y width height" of each box, the middle and the sides as parts of the image."""
    height, width = found.size
    lines = []
    for (left, top, right, bottom), number in zip(found.boxes.tolist(), found.numbers.tolist(), strict=True):
        middle = (left + right) / 2 / width, (top + bottom) / 2 / height
        sides = (right - left) / width, (bottom - top) / height
        lines.append(" ".join([str(number), *(f"{part:.6f}" for part in (*middle, *sides))]))
    return lines


class Drawings:
    """An image each, with its boxes drawn on it."""

    def __init__(self, folder: Path, objects: Sequence[str]) -> None:
        self.folder, self.objects = folder, objects
        self._names = FileNames(".jpg")

    def add(self, found: FoundImage) -> None:
        """Draw what is found in an image."""
        image = as_jpeg(drawn_detections(found.content, found.detections, self.objects))
        _write(self.folder / self._names.next(found.name), lambda file: file.write_bytes(image))

    def finish(self) -> str:
        """Say where they are."""
        return f"Drawings are in {self.folder}."


class FileNames:
    """Names for files about images: "000.txt" of test/000.png, "other-000.txt" of other/000.png beside it."""

    def __init__(self, ending: str) -> None:
        self.ending = ending
        self._taken: set[str] = set()

    def next(self, image: str) -> str:
        """Return a name for an image, which is not given again."""
        path = Path(image)
        whole = f"{path.parent.name}-{path.stem}".lstrip("-.")
        numbered = (f"{whole}-{number}" for number in range(2, len(self._taken) + 3))
        name = next(each for each in (path.stem, whole, *numbered) if each not in self._taken)
        self._taken.add(name)
        return f"{name}{self.ending}"


def _write(path: Path, how: Callable[[Path], Any]) -> None:
    try:
        write_whole(path, how)
    except OSError as error:
        raise DataError(f"Cannot write {path}: {error.strerror or error}. Name another place.") from error
