"""A run of a table as training leaves it, made in a moment: a network with random weights, and rows of every kind."""

import shutil

import pytest
from made_rows import make_rows, write_rows

from saccade import export
from saccade.core import recipe
from saccade.core.backend import seed_everything
from saccade.core.run import Run
from saccade.inference import probabilities
from saccade.models import autoencoders
from saccade.tasks import base
from saccade.tasks.anomaly_detection import threshold_criterion, thresholding
from saccade.tasks.anomaly_detection.anomaly import scores_of
from saccade.tasks.anomaly_detection.reference_contributions import measure_reference_contributions


@pytest.fixture(scope="session")
def made_table(tmp_path_factory):
    """Give a run with a threshold whose network was never trained: for its answers, any weights do."""
    folder = tmp_path_factory.mktemp("table")
    data = write_rows(folder / "cards.csv", make_rows(600))
    seed_everything(1)
    options = {"task": "anomaly_detection", "data": str(data), "label": "Class", "model": "dense"}
    settled, table = base.prepare(recipe.make({**options, "columns": {"when": "ignore"}}), quiet=True)
    network = autoencoders.build("dense", table.schema, {"hidden": [6]})
    run = Run.create(settled, folder=folder / "run")
    run.write_data(table.record())
    run.write_split(table.split_rows())
    run.save_model(network.save)
    run.write_manifest(status="finished")
    rows = table.rows("calibration")
    scores = scores_of(probabilities(network, table.values, rows=rows))
    run.save(thresholding.choose(scores, table.labels[rows], asked=threshold_criterion.parse("alarms", "20/1000")))
    measure_reference_contributions(run, table)
    return run


@pytest.fixture
def table_run(made_table, tmp_path):
    return Run(shutil.copytree(made_table.path, tmp_path / "run"))


@pytest.fixture(scope="session")
def exported_table(made_table, tmp_path_factory):
    """Give the run's ONNX file, alone in a folder."""
    pytest.importorskip("onnx")
    pytest.importorskip("tf2onnx")
    run = Run(shutil.copytree(made_table.path, tmp_path_factory.mktemp("exported") / "run"))
    path = export.export(run, timed=False, quiet=True).path
    return path.rename(run.path.parent / "model.onnx")


@pytest.fixture
def new_rows(tmp_path):
    return write_rows(tmp_path / "new.csv", make_rows(300, seed=7))
