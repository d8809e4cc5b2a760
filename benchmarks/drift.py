"""Drift: how often `check RUN new/` calls images drifted that are like the run's own, and how often those that are not.

    python benchmarks/drift.py                      # digits, which are embedded
    SACCADE_DATA_HOME=data python benchmarks/drift.py mnist
    SACCADE_DATA_HOME=data python benchmarks/drift.py trashnet potato --images 100      # photos
    python benchmarks/drift.py --images 50          # fewer new images a draw
    python benchmarks/drift.py --runs kept          # keeps the runs, and takes those that are kept

A network is trained on some images of a data set, with a validation split cut from them; draws of 200 of the others are
new images, as they are (the share called drifted is the rate of false alarms, at most 5% is promised), and changed:
half as bright, blurred by a pixel, saved as JPEG of quality 20, half of them of one class, and of something else.
The folder has `mnist` and `fashion_mnist` as `saccade list data` names them, and `trashnet` and `potato` as folders of
photos: of each, the other is something else, and a linear layer on a pretrained network is taught.
"""

import argparse
import io
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter
from sklearn.datasets import load_sample_images

import saccade
from saccade import inference
from saccade.core import registry
from saccade.core.finding import worst_first
from saccade.core.metric_value import MetricValue
from saccade.core.run import Run
from saccade.modalities.images.loading import load
from saccade.tasks import base
from saccade.tasks.classification.drift import judge
from saccade.tasks.image_drift import ImageDrift
from saccade.tasks.image_drift_comparing import compare
from saccade.tasks.image_views import Viewer

SETTINGS = {
    "digits": ("quick-digits", {"epochs": 6}, 1000),
    "mnist": ("quick-mnist", {"epochs": 2}, 6000),
    "trashnet": ("pretrained", {"model": {"name": "pretrained", "trained": "head"}}, 1500),
    "potato": ("pretrained", {"model": {"name": "pretrained", "trained": "head"}}, 600),
}
"""Recipe, settings, and how many images the run gets."""


@dataclass(frozen=True)
class Data:
    """Images (n, h, w, c), uint8, and their classes (n,)."""

    images: np.ndarray
    labels: np.ndarray


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", nargs="*", default=["digits"], help=", ".join(SETTINGS))
    parser.add_argument("--images", type=int, default=200, help="new images a draw")
    parser.add_argument("--draws", type=int, default=30, help="of images as they are; a third as many of changed ones")
    parser.add_argument("--seed", type=int, default=0, help="of which images the run gets, and of the draws")
    parser.add_argument("--runs", type=Path, help="where runs are kept")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for name in options.data:
            measure(name, options, options.runs or Path(folder))


def measure(name, options, folder):
    data = read(name)
    order = np.random.default_rng(options.seed).permutation(len(data.labels))
    count = SETTINGS[name][2]
    run = trained(name, Data(data.images[order[:count]], data.labels[order[:count]]), folder / f"{name}-{options.seed}")
    rest = Data(data.images[order[count:]], data.labels[order[count:]])
    dataset, viewer = base.reload(run, quiet=True), Viewer(inference.load_model(run))
    rows = dataset.rows("validation")[:2000]
    reference = viewer.views([(dataset.names[rows].tolist(), dataset.images[rows])])
    print(f"\n{name}: {len(rows):,} validation images, {options.images} new images a draw of {len(rest.labels):,}")
    print("| images | draws | called drifted | AUC | most frequent findings |\n| --- | --- | --- | --- | --- |")
    for change in (
        "as they are",
        "half as bright",
        "blurred",
        "JPEG quality 20",
        "half of one class",
        "something else",
    ):
        draws = options.draws if change == "as they are" else options.draws // 3
        found = []
        for seed in range(draws):
            new = changed(name, rest, change, options.images, np.random.default_rng(1000 * options.seed + seed))
            views = viewer.views([([str(each) for each in range(len(new))], new)])
            found.append(as_result(run, compare(reference, views, judge(run), seed=run.recipe.seed), options.images))
        show(change, found)


def as_result(run, result, images):
    return ImageDrift(
        source="new",
        run=str(run.path),
        rows=images,
        compared=images,
        reference_rows=images,
        shifts=result.shifts,
        told_apart=result.told_apart.score if result.told_apart else None,
        findings=worst_first(result.findings),
    )


PHOTOS = {"trashnet": "potato", "potato": "trashnet"}
"""Folders of photos, and which are something else to them."""

SIDE = 160
"""Pixels of photos."""


def read(name):
    if name in PHOTOS:
        found = load(Path(os.environ["SACCADE_DATA_HOME"]) / name, image_size=SIDE, channels=3, quiet=True)
        return Data(np.asarray(found.images), found.labels)
    listing = registry.load("data", name).read(quiet=True)
    return Data(np.asarray(listing.pixels), np.asarray(listing.labels))


def trained(name, data, path):
    """Return the run on these images, trained now or before; a fifth of them is its validation split."""
    if path.exists():
        return Run.open(path)
    recipe, settings, _ = SETTINGS[name]
    given = {"data": {"train": (data.images, data.labels)}, "validation": 0.2, "test": 0.0}
    return saccade.train(recipe, run=path, quiet=True, check=False, **given, **settings)


def changed(name, data, change, count, rng):
    """Return so many new images."""
    rows = rng.permutation(len(data.labels))[:count]
    if change == "half of one class":
        one = rng.integers(0, data.labels.max() + 1)
        of_one, others = np.flatnonzero(data.labels == one), np.flatnonzero(data.labels != one)
        half = min(count // 2, len(of_one))
        rows = np.concatenate([rng.permutation(of_one)[:half], rng.permutation(others)[: count - half]])
    if change == "something else":
        return something_else(name, data.images.shape[1:], count, rng)
    images = data.images[rows]
    if change == "half as bright":
        return images // 2
    if change == "blurred":
        return each_image(images, lambda image: image.filter(ImageFilter.GaussianBlur(1)))
    return each_image(images, saved) if change == "JPEG quality 20" else images


def each_image(images, change):
    found = [change(Image.fromarray(each.squeeze())) for each in images]
    return np.stack([np.asarray(each).reshape(images.shape[1:]) for each in found])


def saved(image):
    """Return an image that was saved by a camera which saves space."""
    file = io.BytesIO()
    image.save(file, "JPEG", quality=20)
    return Image.open(file)


def something_else(name, shape, count, rng):
    """Return other photos; images of clothes, or pieces of two photos, instead of digits."""
    if name in PHOTOS:
        others = read(PHOTOS[name]).images
        return others[rng.permutation(len(others))[:count]]
    if name == "mnist":
        clothes = np.asarray(registry.load("data", "fashion_mnist").read(quiet=True).pixels)
        return clothes[rng.permutation(len(clothes))[:count]]
    found = []
    for _ in range(count):
        image = Image.fromarray(load_sample_images().images[rng.integers(0, 2)])
        side = int(rng.integers(100, 300))
        left, top = (int(rng.integers(0, most - side)) for most in image.size)
        piece = image.crop((left, top, left + side, top + side)).convert("L")
        found.append(np.asarray(piece.resize(shape[1::-1], Image.Resampling.BOX)).reshape(shape))
    return np.stack(found)


def show(change, found):
    kinds = {}
    for each in found:
        for name in {
            finding.values.get("called", finding.kind) for finding in each.findings if finding.severity != "note"
        }:
            kinds[name] = kinds.get(name, 0) + 1
    most = sorted(kinds.items(), key=lambda item: -item[1])[:5]
    told = np.mean([each.told_apart.value for each in found if isinstance(each.told_apart, MetricValue)])
    drifted = sum(each.drifted for each in found)
    named = ", ".join(f"{name} {count}" for name, count in most)
    print(f"| {change} | {len(found)} | {drifted} | {told:.2f} | {named or '–'} |", flush=True)


if __name__ == "__main__":
    main()
