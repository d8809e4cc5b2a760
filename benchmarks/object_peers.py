"""Boxes within a time: `saccade train` and Ultralytics YOLO on the same splits and cores, judged by the same evaluator.

    python benchmarks/object_peers.py boxes/bccd --minutes 5 --python other/bin/python
    python benchmarks/object_peers.py boxes/bccd --minutes 5 --only yolo11n-256 yolo11n-640 --python other/bin/python

Ultralytics needs an environment of its own: pip install ultralytics. Its network starts from random weights too
(`yolo11n.yaml`), has its defaults, 640 pixels among them, and as yolo11n-256 the pixels that ours has; it gets our
boxes as its own format, may use all cores, and plans its epochs by its option `time`. Minutes are of training with its
validation after each epoch. Ours trains as its recipe says, some 4½ minutes; other settings are told as FIELD=VALUE.
Scores are of the test images: AP as COCO has it, with 95% intervals over images, counted by our evaluator for both.
"""

import argparse
import json
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import objects
import photo_peers
from photo_peers import Found, Work

TOOLS = {"yolo11n-256": 256, "yolo11n-640": 640}
"""Pixels a side of what a peer is trained on."""

SPLITS = {"train": "train", "validation": "val", "test": "test"}
LEAST_SCORE, OVERLAP = 0.001, 0.7
"""With which Ultralytics itself counts AP: the least score of a box, and from which IoU on two are one."""


def main() -> None:
    """Train, score and print a row each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("changes", nargs="*", help="settings of our recipe: epochs=10")
    parser.add_argument("--minutes", type=float, default=5, help="of training, of a peer")
    parser.add_argument("--only", nargs="+", default=["saccade", *TOOLS], choices=["saccade", *TOOLS])
    parser.add_argument("--python", default=sys.executable, help="of the environment with Ultralytics")
    options = parser.parse_intermixed_args()
    print(
        "| tool | AP50 | AP | AP75 | training | what was trained |\n| --- | --- | --- | --- | --- | --- |", flush=True
    )
    for tool in options.only:
        found = ours(options) if tool == "saccade" else theirs(tool, options)
        cells = map(objects.written, found["scores"])
        print(f"| {tool} | {' | '.join(cells)} | {found['seconds']:.0f} s | {found['note']} |", flush=True)


def ours(options: argparse.Namespace) -> Found:
    """Return scores and seconds of a run of `saccade train`."""
    changes = objects.settings(options.changes)
    run, evaluation = objects.trained(options.data, 0, changes, split="test")
    scores = [evaluation.metrics[name] for name in objects.METRICS]
    side = run["image_size"]
    return {"scores": scores, "seconds": run["seconds"], "note": f"{run['epochs']} epochs, {side} pixels"}


def theirs(tool: str, options: argparse.Namespace) -> Found:
    """Train a peer in its own process, and return what our evaluator says of its boxes on the test images."""
    dataset = _dataset(options.data)
    with tempfile.TemporaryDirectory(prefix="object-peer-") as name:
        folder = Path(name)
        write_yolo(dataset, options.data, folder / "data")
        work = Work(tool, str(folder / "data"), str(folder), options.minutes * 60, time.time())
        found = photo_peers.in_process(options.python, work, module="object_peers")
    return {**found, "scores": _scores(dataset, found["boxes"])}


def _dataset(data: Path) -> Any:
    from saccade.core import recipe as recipes
    from saccade.tasks import steps

    return steps.prepare(recipes.read("object_detection", data=str(data)), quiet=True).dataset


def write_yolo(dataset: Any, data: Path, folder: Path) -> None:
    """Write images and boxes in their splits as Ultralytics reads them; files are called by their row."""
    for row, split in enumerate(dataset.splits.tolist()):
        if split in SPLITS:
            image = data / dataset.names[row]
            place = folder / "images" / SPLITS[split] / f"{row:06}{image.suffix}"
            text = folder / "labels" / SPLITS[split] / f"{row:06}.txt"
            for path in (place, text):
                path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(image, place)
            text.write_text("".join(f"{line}\n" for line in _lines(dataset, row)))
    splits = {split: f"images/{split}" for split in SPLITS.values()}
    names = dict(enumerate(dataset.objects))
    (folder / "data.yaml").write_text(json.dumps({"path": str(folder), **splits, "names": names}))


def _lines(dataset: Any, row: int) -> list[str]:
    import numpy as np

    from saccade.tasks.object_detection.answer_files import yolo_lines
    from saccade.tasks.object_detection.detections import Detections

    real = dataset.is_object[row]
    scores: Any = np.ones(int(real.sum()), np.float32)
    height, width = dataset.sizes[row].tolist()
    lines: list[str] = yolo_lines(
        Detections(dataset.boxes[row][real], scores, dataset.numbers[row][real], (height, width))
    )
    return lines


def _scores(dataset: Any, boxes: dict[str, list[list[float]]]) -> list[Any]:
    """Return AP50, AP and AP75 of boxes (left, top, right, bottom, score, class) a test image, by its row."""
    from saccade.tasks.object_detection import coco_metrics
    from saccade.tasks.object_detection.coco_matching import match
    from saccade.tasks.object_detection.marked_and_found import beside

    rows = dataset.rows("test")
    found = [_detections(boxes[f"{row:06}"], dataset.sizes[row].tolist()) for row in rows.tolist()]
    matches = match(beside(dataset, rows, found))
    drawn = coco_metrics.of_resamples(matches, "all", coco_metrics.average_precisions)
    scores = coco_metrics.overall(matches, drawn)
    return [scores[name] for name in objects.METRICS]


def _detections(boxes: list[list[float]], size: list[int]) -> Any:
    import numpy as np

    from saccade.tasks.object_detection.detections import Detections

    array = np.array(boxes, np.float32).reshape(-1, 6)
    return Detections(array[:, :4], array[:, 4], array[:, 5].astype(np.int32), (size[0], size[1]))


def answer(work: Work) -> None:
    """Train as the peer does, and write its boxes on the test images: what its process does."""
    import torchvision_operators

    torchvision_operators.complete()
    found = ultralytics(work, TOOLS[work.tool])
    (Path(work.folder) / "result.json").write_text(json.dumps(found))


def ultralytics(work: Work, side: int) -> Found:
    """Train `yolo11n` from random weights, and return its boxes on the test images."""
    import torchvision_operators
    from ultralytics import YOLO

    settings = {"imgsz": side, "device": "cpu", "verbose": False, "project": work.folder}
    model, ticks = YOLO("yolo11n.yaml"), list[float]()

    def tick(trainer: Any) -> None:
        """Note the time, and give back what our `nms` took, where it stands in for torchvision's."""
        ticks.append(time.monotonic() - torchvision_operators.spent[0])
        trainer.args.time = (work.budget + torchvision_operators.spent[0]) / 3600

    for event in ("on_train_start", "on_fit_epoch_end"):
        model.add_callback(event, tick)
    model.train(data=f"{work.data}/data.yaml", time=work.budget / 3600, plots=False, **settings)
    epochs = model.trainer.epoch + 1
    images = sorted(Path(work.data, "images", "test").iterdir())
    boxes = {image.stem: _boxes(model, image, settings) for image in images}
    return {"boxes": boxes, "seconds": ticks[epochs] - ticks[0], "note": f"{epochs} epochs, {side} pixels"}


def _boxes(model: Any, image: Path, settings: dict[str, Any]) -> list[list[float]]:
    """Return (left, top, right, bottom, score, class) of each box in an image, in pixels of its source."""
    found = model.predict(image, conf=LEAST_SCORE, iou=OVERLAP, **settings)[0].boxes
    rows: list[list[float]] = found.data.tolist()
    return rows


if __name__ == "__main__":
    main()
