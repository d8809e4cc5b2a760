"""Runs in every state, made without training: the network is as it was born, so it errs often."""

import csv

import numpy as np
import pytest
from PIL import Image

from saccade import models, report
from saccade.core import backend, recipe
from saccade.core.backend import seed_everything
from saccade.core.run import Run
from saccade.modalities.images.audit import checking
from saccade.tasks import base
from saccade.tasks.classification import evaluating
from saccade.tasks.classification.calibration_fitting import calibrate
from saccade.tasks.classification.novelty_fitting import fit_novelty

HOSTILE = (
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "a|b `c` *d* [e](f)",
    "two\nlines & {{ 7 * 7 }}",
    "😀 ünï",
    "l" * 200,
)


@pytest.fixture(scope="session")
def make_run(tmp_path_factory):
    """Give a function that makes a run of 16×16 colour images in these classes, evaluated or not."""

    def make(
        classes=("cat", "dog", "frog"),
        *,
        status="finished",
        audited=True,
        evaluated=True,
        epochs=3,
        network=True,
        **other,
    ):
        folder = tmp_path_factory.mktemp("report")
        seed_everything(3)
        settings = {"data": str(_table(folder, classes)), "model": {"name": "dense", "hidden": []}, "validation": 0.2}
        settled, dataset = base.prepare(recipe.make({**settings, **other}), quiet=True)
        run = Run.create(settled, folder=folder / "run")
        run.write_data(dataset.record())
        reasons = dataset.splits if dataset.reasons is None else dataset.reasons
        rows = zip(dataset.names, dataset.labels, dataset.splits, reasons, strict=True)
        run.write_split((name, dataset.classes[label], split, reason) for name, label, split, reason in rows)
        if audited:
            run.write_audit(checking.audit(dataset, quiet=True).to_dict())
        watched = len(dataset.rows("validation")) > 0
        run.write_history(history(epochs, watched=watched))
        if network:
            run.save_model(models.build("dense", dataset.image_shape, len(dataset.classes), {"hidden": []}).save)
            calibrate(run, dataset)
            fit_novelty(run, dataset)
        # as training writes it: a run that goes on, or was killed, knows neither time nor best epoch
        run.write_manifest(status=status, precision="float32", versions=backend.describe())
        if status != "running":
            run.write_manifest(seconds=75.5, **_ending(status, run.history))
        if evaluated:
            evaluating.evaluate(run)
        return run

    return make


@pytest.fixture(scope="session")
def run(make_run):
    """A finished run that was evaluated."""
    return make_run()


@pytest.fixture(scope="session")
def written(run):
    """The path of the page of that run, written once."""
    return report.report(run)


@pytest.fixture(scope="session")
def hostile_run(make_run):
    """A run whose classes have names that break pages, tables and Markdown."""
    return make_run(HOSTILE)


def _ending(status, rows):
    if status == "failed":
        return {"error": "The loss became infinite."}
    return {"monitor": "val_accuracy", **({"best": rows[-1]} if status == "finished" else {})}


def history(epochs, *, watched=True):
    """Return the rows of a training that goes well."""
    rows = [{"epoch": n, "seconds": 1.5, "accuracy": 1 - 0.5 / n, "loss": 1 / n} for n in range(1, epochs + 1)]
    return (
        [{**row, "val_accuracy": 1 - 0.6 / row["epoch"], "val_loss": 1.1 / row["epoch"]} for row in rows]
        if watched
        else rows
    )


def _table(folder, classes, *, training=12, test=10):
    """Write images of one brightness a class, and a table of them; file names are hostile too."""
    random, rows = np.random.default_rng(0), []
    for label, name in enumerate(classes):
        for number in range(training + test):
            pixels = np.clip(40 + 30 * label + random.normal(0, 40, (16, 16, 3)), 0, 255).astype(np.uint8)
            file = folder / f"{label}-{number} <b>&'\"|.png"
            Image.fromarray(pixels).save(file)
            rows.append((file.name, name, "train" if number < training else "test"))
    with (folder / "images.csv").open("w", newline="", encoding="utf-8") as opened:
        csv.writer(opened).writerows([("path", "label", "split"), *rows])
    return folder / "images.csv"
