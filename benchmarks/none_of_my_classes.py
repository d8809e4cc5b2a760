"""None of my classes: how well a classifier tells its classes from other images, and how many of its own it refuses.

    export SACCADE_DATA_HOME=data
    python benchmarks/none_of_my_classes.py                    # three networks, about ten minutes
    python benchmarks/none_of_my_classes.py digits --seeds 5   # a minute
    python benchmarks/none_of_my_classes.py --compare          # other ways to measure it, too
    python benchmarks/none_of_my_classes.py --runs kept        # keeps the runs, and takes those that are kept

Of each network: the share of its test images that are refused (1% is promised); and against each kind of other images
the AUROC, and the share that is refused. Answers come from the exported ONNX file. The folder has `mnist`,
`fashion_mnist` and `cifar10` as `saccade list data` names them, and folders of photos `trashnet/` and `potato/`; what
is not there is left out. Networks are trained for this, shortly: `cifar10` for two epochs, `trashnet` and `potato` by
a linear layer on a pretrained network.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image
from sklearn.metrics import roc_auc_score

from saccade import inference
from saccade.core import registry
from saccade.core.errors import SaccadeError
from saccade.core.run import Run
from saccade.tasks import base, network_description
from saccade.tasks.classification import image_description
from saccade.tasks.classification.novelty import KnownFeatures
from saccade.tasks.classification.novelty_fitting import most_training, of_each_class

HOME = Path(os.environ.get("SACCADE_DATA_HOME", "."))
HEAD = ["model=pretrained", "model.trained=head"]
NETWORKS = {
    "digits": ["quick-digits", "epochs=4"],
    "mnist": ["quick-mnist", "epochs=1"],
    "cifar10": ["quick-cifar10", "epochs=2"],
    "trashnet": ["quick", f"data={HOME / 'trashnet'}", *HEAD],
    "potato": ["quick", f"data={HOME / 'potato'}", *HEAD],
}
EACH, TEST = 300, 2000
"""Images of each kind, and of the test at most."""


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("network", nargs="*", default=["cifar10", "trashnet", "potato"], help=", ".join(NETWORKS))
    parser.add_argument("--seeds", type=int, default=1, help="of training and split; the mean is shown")
    parser.add_argument("--compare", action="store_true", help="also ways that are not used, and each alone")
    parser.add_argument("--runs", type=Path, help="where runs are kept")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for name in options.network:
            runs = [trained(name, seed, options.runs or Path(folder)) for seed in range(options.seeds)]
            show(name, [measured(name, run, compare=options.compare) for run in runs])


def trained(name, seed, folder):
    """Return the run of a network, trained now or before."""
    path = folder / f"{name}-{seed}"
    if not path.exists():
        settings = [*NETWORKS[name], f"seed={seed}", f"split_seed={seed}", "--run", str(path), "--quiet"]
        result = subprocess.run([sys.executable, "-m", "saccade", "train", *settings], check=False)
        if result.returncode:
            sys.exit(result.returncode)
    return Run.open(path)


def measured(name, run, *, compare):
    """Return {way: {kind of images: (AUROC, share refused)}}, the test's own under "test" without AUROC."""
    dataset = base.reload(run, quiet=True)
    rows = np.random.default_rng(0).permutation(dataset.rows("test"))[:TEST]
    images = {"test": dataset.images[np.sort(rows)], **others(name, dataset.image_shape)}
    predictor = inference.open_run(run)
    print(f"{run.path}: {len(images['test'])} test images, answered by {predictor.engine}", file=sys.stderr)
    novelties = {kind: predictor.outputs(each)["novelty"] for kind, each in images.items()}
    found = {"novelty": scored(novelties, predictor.novelty.refused)}
    return {**found, **(compared(run, dataset, images) if compare else {})}


def scored(novelties, refused):
    """Return (AUROC against the test, share refused) of each kind of images."""
    own = novelties["test"]
    found = {"test": (np.nan, refused(own).mean())}
    for kind, each in novelties.items():
        if kind != "test":
            truth = np.repeat([0, 1], [len(own), len(each)])
            found[kind] = roc_auc_score(truth, np.concatenate([own, each])), refused(each).mean()
    return found


def compared(run, dataset, images):
    """Return the same of other ways, at 1% of the validation images refused."""
    network, known = inference.load_model(run), run.load(KnownFeatures)
    asked = inference.Network(network_description.with_description(network))
    parts = {"validation": dataset.images[dataset.rows("validation")[:TEST]], **images}
    rows = of_each_class(dataset, most_training(dataset.image_shape))
    described = {
        kind: [np.concatenate(each) for each in zip(*map(asked.outputs, inference.batches(part)), strict=True)]
        for kind, part in {**parts, "training": dataset.images[rows]}.items()
    }
    width, training = network_description.features(network), described.pop("training")[1]
    logarithms = {kind: image_description.log_distances(each, known) for kind, (_, each) in described.items()}
    far = mahalanobis(training[:, :width], dataset.labels[rows])
    ways = {
        "nearest features": {kind: np.asarray(each[0]) for kind, each in logarithms.items()},
        "nearest statistics": {kind: np.asarray(each[-1]) for kind, each in logarithms.items()},
        "Mahalanobis": {kind: far(each[:, :width]) for kind, (_, each) in described.items()},
        "1 - probability": {kind: -answers.max(axis=1) for kind, (answers, _) in described.items()},
    }
    return {way: at_one_percent(found) for way, found in ways.items()}


def at_one_percent(found):
    level = np.sort(found.pop("validation"))[::-1]
    level = level[max(0, (len(level) + 1) // 100 - 1)]
    return scored(found, lambda each: each >= level)


def mahalanobis(features, labels):
    """Return what gives the squared distance of features to the nearest class mean (Lee et al. 2018)."""
    classes, places = np.unique(labels, return_inverse=True)
    means = np.stack([features[labels == each].mean(axis=0) for each in classes])
    covariance = np.cov((features - means[places]).T)
    covariance += 0.1 * np.trace(covariance) / len(covariance) * np.eye(len(covariance))
    kernel = np.linalg.cholesky(np.linalg.inv(covariance))
    return lambda each: np.square((each[:, None] - means) @ kernel).sum(axis=2).min(axis=1)


def others(name, shape):
    """Return images of no class of a network, (n, *shape) uint8, by what they show."""
    rng = np.random.default_rng(0)
    found = {
        "noise": rng.integers(0, 256, (EACH, *shape)),
        "blank": np.broadcast_to(rng.integers(0, 256, (EACH, 1, 1, shape[2])), (EACH, *shape)),
        "blobs": resized(rng.integers(0, 256, (EACH, 4, 4, 3)), shape),
    }
    for kind in {"mnist", "fashion_mnist", "cifar10"} - {name} - ({"mnist"} if name == "digits" else set()):
        found |= named(kind, shape, rng)
    for kind in {"trashnet", "potato"} - {name}:
        files = sorted(path for path in (HOME / kind).rglob("*") if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
        if files:
            picked = rng.permutation(len(files))[:EACH]
            found[kind] = np.concatenate([resized([opened(files[each], shape)], shape) for each in picked])
    return {kind: found[kind].astype(np.uint8) for kind in sorted(found)}


def named(kind, shape, rng):
    try:
        listing = registry.load("data", kind).read(quiet=True)
    except SaccadeError as error:
        print(f"left out {kind}: {error}", file=sys.stderr)
        return {}
    images = np.asarray(listing.pixels[np.sort(rng.permutation(len(listing.pixels))[:EACH])])
    return {kind: resized(images, shape)}


def opened(path, shape):
    with Image.open(path) as image:
        image.draft("RGB", (2 * shape[1], 2 * shape[0]))
        return np.asarray(image.convert("RGB"))


def resized(images, shape):
    """Return images of any size, grey or colour, as a network takes them."""
    height, width, channels = shape
    found = []
    for each in images:
        image = Image.fromarray(np.squeeze(np.asarray(each, np.uint8))).convert("L" if channels == 1 else "RGB")
        found.append(np.asarray(image.resize((width, height), Image.Resampling.BILINEAR)).reshape(shape))
    return np.stack(found)


def show(name, seeds):
    kinds = list(seeds[0]["novelty"])
    print(f"{name}: AUROC against other images, and share refused; mean of {len(seeds)}")
    print(" " * 20 + "".join(f"{kind:>15}" for kind in kinds))
    for way in seeds[0]:
        cells = [np.mean([each[way][kind] for each in seeds], axis=0) for kind in kinds]
        print(f"{way:20}" + "".join(_cell(*each) for each in cells), flush=True)


def _cell(area, refused):
    return f"{'' if np.isnan(area) else f'{area:.3f}':>8}{refused:7.1%}"


if __name__ == "__main__":
    main()
