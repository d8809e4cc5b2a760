"""Rows of a table answered in batches: without an engine, on Spark and on Ray, always as `saccade predict` does."""

import csv
import json
import os
import pickle
import shutil
import sys

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits

from saccade.cli import run as command
from saccade.core.errors import DataError, RunError
from saccade.inference.batch_predictor import BatchPredictor, _opened

pytestmark = pytest.mark.slow

COUNT = 30
BROKEN = 7


@pytest.fixture(scope="module")
def digits(digits_run, tmp_path_factory):
    """An exported classifier, and a folder of images of which one is broken."""
    run = digits_run().path
    assert command(["export", str(run)]) == 0
    folder = tmp_path_factory.mktemp("batches")
    for number, digit in enumerate(load_digits().images[:COUNT]):
        Image.fromarray((digit * 255 / 16).astype(np.uint8)).save(folder / f"{number:02}.png")
    (folder / f"{BROKEN:02}.png").write_text("no image")
    return run / "export" / "model.onnx", folder


def paths(folder):
    return [str(folder / f"{number:02}.png") for number in range(COUNT)]


@pytest.fixture
def said(digits, capfd):
    """What `saccade predict --json` says of each image, by its name."""
    file, folder = digits
    assert command(["predict", str(file), *paths(folder), "--json"]) == 2
    lines = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    return {line.pop("file"): line for line in lines}


def check(rows, said, names):
    """Compare rows with what `predict` says."""
    assert len(rows) == len(said) == COUNT
    for name, row in zip(names, rows, strict=True):
        if "skipped" in said[name]:
            assert row["answer"] is None
            assert row["skipped"] == said[name]["skipped"]
        else:
            assert row["skipped"] is None
            expected = said[name]
            found = json.loads(row["answer"])
            assert found["class"] == expected["class"]
            assert found["probabilities"] == pytest.approx(expected["probabilities"], abs=1e-6)
    assert sum(row["skipped"] is not None for row in rows) == 1


def test_paths_are_answered_as_predict_answers_them(digits, said):
    file, folder = digits
    predictor = pickle.loads(pickle.dumps(BatchPredictor.of(file, column="path")))
    batch = predictor({"path": np.array(paths(folder), object), "who": np.arange(COUNT)})
    assert list(batch) == ["path", "who", "answer", "skipped"]
    check([dict(zip(batch, row, strict=True)) for row in zip(*batch.values(), strict=True)], said, paths(folder))


def test_contents_of_files_are_answered_alike_and_do_not_come_back(digits, said):
    file, folder = digits
    contents = np.array([(folder / f"{number:02}.png").read_bytes() for number in range(COUNT)], object)
    batch = BatchPredictor.of(file, column="content")({"content": contents})
    assert list(batch) == ["answer", "skipped"]
    check([dict(zip(batch, row, strict=True)) for row in zip(*batch.values(), strict=True)], said, paths(folder))


def test_a_cell_without_an_image_is_skipped_with_its_reason(digits):
    file, folder = digits
    cells = [None, float("nan"), "", "a\0b", str(folder), str(folder / "absent.png"), paths(folder)[0]]
    answers = list(BatchPredictor.of(file, column="path").answers({"path": cells}))
    assert ["skipped" in each for each in answers] == [True] * 6 + [False]
    assert "No such file" in answers[5]["skipped"]


def test_a_process_opens_a_file_once(digits):
    file, folder = digits
    _opened.cache_clear()
    for _ in range(3):
        fresh = pickle.loads(pickle.dumps(BatchPredictor.of(file, column="path")))
        assert fresh({"path": np.array(paths(folder)[:2], object)})["skipped"].tolist() == [None, None]
    assert _opened.cache_info().misses == 1


def test_an_empty_batch_is_an_empty_answer(digits):
    batch = BatchPredictor.of(digits[0], column="path")({"path": np.array([], object)})
    assert {name: len(cells) for name, cells in batch.items()} == {"path": 0, "answer": 0, "skipped": 0}


def test_a_column_that_is_not_there_is_named(digits):
    with pytest.raises(DataError, match="no column 'pth' with images, only path"):
        BatchPredictor.of(digits[0], column="pth")({"path": np.array(["a.png"], object)})
    with pytest.raises(DataError, match="in which column"):
        BatchPredictor.of(digits[0])({"path": np.array(["a.png"], object)})


def test_what_cannot_travel_is_refused_at_once(tmp_path):
    with pytest.raises(RunError, match="only one file travels"):
        BatchPredictor.of(tmp_path / "model.xml")
    with pytest.raises(RunError, match="There is no file"):
        BatchPredictor.of(tmp_path / "model.onnx")


@pytest.fixture(scope="module")
def rows(run_once):
    """An exported detector of anomalies in a table, and the table, in which one row cannot be read."""

    def train(folder):
        rng = np.random.default_rng(0)
        cells = zip(*rng.normal(size=(2, 300)), "rgb" * 100, strict=True)
        lines = [f"{a:.3f},{b:.3f},{colour}" for a, b, colour in cells]
        (folder / "rows.csv").write_text("\n".join(["a,b,colour", *lines]) + "\n")
        lines[4] = "1.0,1e400,r"
        (folder / "run").parent.mkdir(exist_ok=True)
        words = ["train", str(folder / "rows.csv"), "model=dense", "model.hidden=[2]", "steps=20", "-q"]
        assert command([*words, "--run", str(folder / "run")]) == 0
        assert command(["export", str(folder / "run")]) == 0
        (folder / "run" / "new.csv").write_text("\n".join(["a,b,colour", *lines[:50]]) + "\n")

    folder = run_once("batch-rows", train).path
    return folder / "export" / "model.onnx", folder / "new.csv"


def test_rows_are_answered_as_predict_answers_them(rows, capfd):
    file, table = rows
    command(["predict", str(file), str(table), "--json"])
    expected = {(line := json.loads(text)).pop("row"): line for text in capfd.readouterr().out.splitlines()}
    with table.open() as opened:
        cells = list(csv.DictReader(opened))
    columns = {name: [float(row[name]) for row in cells] for name in ("a", "b")}
    columns["colour"] = [row["colour"] for row in cells]
    found = list(BatchPredictor.of(file).answers({"id": list(range(50)), **columns}))
    assert len(found) == 50
    skipped = [number for number, each in enumerate(found, start=1) if "skipped" in each]
    assert skipped == [number for number in range(1, 51) if number not in expected]
    for number, line in expected.items():
        assert found[number - 1]["alarm"] == line["alarm"]
        assert found[number - 1]["score"] == pytest.approx(line["score"], rel=1e-5)
    with pytest.raises(DataError, match="whole rows"):
        list(BatchPredictor.of(file, column="a").answers(columns))
    with pytest.raises(DataError, match="colour"):
        list(BatchPredictor.of(file).answers({"a": [1.0], "b": [2.0]}))


@pytest.fixture(scope="module")
def spark():
    """Spark on this machine, with two workers."""
    pytest.importorskip("pyspark")
    pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    if not shutil.which("java"):
        pytest.skip("needs Java 17")
    from pyspark.sql import SparkSession

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
        builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
        session = builder.config("spark.sql.execution.arrow.maxRecordsPerBatch", "8").getOrCreate()
        yield session
        session.stop()


@pytest.mark.filterwarnings("ignore")
def test_spark_answers_as_predict_does_and_counts_what_is_skipped(digits, said, spark):
    file, folder = digits
    given = spark.createDataFrame([(name, number) for number, name in enumerate(paths(folder))], "path string, n long")
    answered = BatchPredictor.of(file, column="path").on_spark(given.repartition(3))
    assert answered.columns == ["path", "n", "answer", "skipped"]
    found = sorted(answered.collect(), key=lambda row: row["n"])
    check([row.asDict() for row in found], said, paths(folder))
    assert answered.filter("skipped is not null").count() == 1
    classes = answered.selectExpr("get_json_object(answer, '$.class') as class")
    assert classes.filter("class is not null").count() == COUNT - 1


@pytest.mark.filterwarnings("ignore")
def test_spark_answers_contents_of_files(digits, said, spark):
    file, folder = digits
    given = spark.read.format("binaryFile").load(f"{folder}/*.png").select("path", "content")
    answered = BatchPredictor.of(file, column="content").on_spark(given)
    assert answered.columns == ["path", "answer", "skipped"]
    found = sorted(answered.collect(), key=lambda row: row["path"])
    check([row.asDict() for row in found], said, paths(folder))


@pytest.mark.filterwarnings("ignore")
def test_spark_answers_rows(rows, spark):
    file, table = rows
    given = spark.read.csv(str(table), header=True, inferSchema=True)
    answered = BatchPredictor.of(file).on_spark(given).collect()
    assert len(answered) == 50
    assert all((row["answer"] is None) != (row["skipped"] is None) for row in answered)
    with pytest.raises(DataError, match="no column 'path'"):
        BatchPredictor.of(file, column="path").on_spark(given)
    with pytest.raises(DataError, match="'answer' is there already"):
        BatchPredictor.of(file).on_spark(given.withColumnRenamed("a", "answer"))


@pytest.fixture(scope="module")
def ray():
    """Ray on this machine, with two workers."""
    found = pytest.importorskip("ray")
    pytest.importorskip("ray.data")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        found.init(num_cpus=2, include_dashboard=False, logging_level="ERROR", object_store_memory=100_000_000)
        yield found
        found.shutdown()


@pytest.mark.filterwarnings("ignore")
def test_ray_answers_as_predict_does_and_counts_what_is_skipped(digits, said, ray):
    file, folder = digits
    given = ray.data.from_items([{"path": name, "n": number} for number, name in enumerate(paths(folder))])
    answered = BatchPredictor.of(file, column="path").on_ray(given, batch_size=8)
    found = sorted(answered.take_all(), key=lambda row: row["n"])
    check(found, said, paths(folder))
    files = ray.data.read_binary_files(paths(folder), include_paths=True)
    found = sorted(BatchPredictor.of(file, column="bytes").on_ray(files).take_all(), key=lambda row: row["path"])
    assert set(found[0]) == {"path", "answer", "skipped"}
    check(found, said, paths(folder))
