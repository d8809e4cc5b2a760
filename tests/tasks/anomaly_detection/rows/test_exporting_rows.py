"""A network for rows as a file: it scores like its run in every format, and needs no arithmetic to be used."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from saccade import export
from saccade.cli import run as saccade
from saccade.core import model_metadata, registry
from saccade.core.errors import ExportError, RunError
from saccade.core.run import Run
from saccade.export.parity import compare
from saccade.inference import Network, load_model, open_file
from saccade.tasks import base
from saccade.tasks.anomaly_detection.anomaly import ReferenceContributions, scores_of
from saccade.tasks.anomaly_detection.row_predictor import row_predictor_of_file
from saccade.tasks.anomaly_detection.score_parity import TOLERANCE, criterion
from saccade.tasks.anomaly_detection.threshold import Threshold

pytestmark = pytest.mark.heavy

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")
pytest.importorskip("tf2onnx")

NEEDED = {"saved_model": "tensorflow", "litert": "ai_edge_litert", "openvino": "openvino", "onnx": "onnx"}
FORMATS = [
    pytest.param(
        name, marks=pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::PendingDeprecationWarning")
    )
    for name in registry.names("formats")
]


def held_out(run):
    table = base.reload(run, quiet=True)
    return np.asarray(table.values[table.rows("validation")])


@pytest.fixture(scope="module", params=FORMATS)
def made_as(request, made_table, tmp_path_factory):
    """Give each format, a run that was exported to it, and what that returned."""
    pytest.importorskip(NEEDED[request.param])
    run = Run(shutil.copytree(made_table.path, tmp_path_factory.mktemp(request.param) / "run"))
    return request.param, run, export.export(run, to=request.param, timed=False, quiet=True)


def test_every_format_scores_like_the_run_in_any_batch(made_as):
    to, table_run, exported = made_as
    assert exported.parity.split == "calibration"
    assert exported.parity.count > 50
    assert exported.parity.agreement == 1
    answer = registry.load("engines", to).load(exported.path).answer
    rows = held_out(table_run)
    assert np.isnan(rows).any()
    expected = Network(load_model(table_run))(rows)
    for batch in (rows, rows[:1], rows[:5]):
        np.testing.assert_allclose(answer(batch)[0], expected[: len(batch)], rtol=1e-4, atol=1e-6)


def test_every_format_carries_schema_threshold_and_what_is_usual(made_as):
    to, table_run, exported = made_as
    metadata = registry.load("engines", to).load(exported.path).metadata
    found = model_metadata.read(metadata)
    answering = row_predictor_of_file(exported.path, found, np.abs, engine=to)
    assert answering.schema.to_dict() == table_run.data["schema"]
    assert answering.threshold == table_run.load(Threshold)
    assert answering.reference_contributions == table_run.load(ReferenceContributions)
    assert (found.task, found.modality) == ("anomaly_detection", "tables")
    held = ("contributions", "score") if to in {"onnx", "saved_model"} else ("contributions",)
    assert found.signature.names == held
    assert (found.data_hash, found.network_hash) == (table_run.data["content_hash"], table_run.network_hash)
    assert "Läden & Café" in metadata["schema"]
    assert str(table_run.path.parent) not in str(metadata)  # no one else's business


@pytest.mark.parametrize("to", ["litert", "openvino"])
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::PendingDeprecationWarning")
def test_other_engines_predict_from_their_file_alone(to, table_run, new_rows, capfd):
    pytest.importorskip(NEEDED[to])
    path = export.export(table_run, to=to, timed=False, quiet=True).path
    path = path / "model.xml" if path.is_dir() else path
    assert open_file(path).engine == to
    assert saccade(["predict", str(path), str(new_rows), "--csv"]) == 0
    assert len(capfd.readouterr().out.splitlines()) == 301


TEN_LINES = """
import json
import shutil
import numpy as np
import onnxruntime
session = onnxruntime.InferenceSession(path)
about = session.get_modelmeta().custom_metadata_map
(score,) = session.run(["score"], {"columns": rows})
alarm = score > json.loads(about["threshold"])["value"]
"""


def test_ten_lines_without_saccade_need_no_arithmetic(exported_table, made_table):
    rows = held_out(made_table)
    names = {"path": str(exported_table), "rows": rows}
    exec(TEN_LINES, names)
    predictor = open_file(exported_table)
    expected = scores_of(predictor.contributions(rows))
    np.testing.assert_allclose(names["score"], expected, rtol=1e-15)
    assert (names["alarm"] == predictor.threshold.is_alarm(expected)).all()


def test_the_files_ends_have_names_and_any_batch(exported_table):
    graph = onnx.load(exported_table).graph
    (columns,), (contributions, score) = graph.input, graph.output
    assert [end.name for end in (columns, contributions, score)] == ["columns", "contributions", "score"]
    types = [end.type.tensor_type.elem_type for end in (columns, contributions, score)]
    assert types == [onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT, onnx.TensorProto.DOUBLE]
    assert {end.type.tensor_type.shape.dim[0].dim_param for end in (columns, contributions, score)} == {"batch"}


@pytest.mark.parametrize("precision", ["float16", "int8"])
def test_smaller_precisions_are_refused_with_the_reason(table_run, precision):
    with pytest.raises(ExportError, match=f"float32 only, not in {precision}"):
        export.export(table_run, precision=precision, timed=False, quiet=True)
    assert not (table_run.path / "export").exists()


def test_a_file_that_scores_differently_is_refused_and_not_kept(table_run, monkeypatch):
    form = registry.load("formats", "onnx")
    write = form.write

    def wrong(network, path, metadata, **options):
        weights = network.get_weights()
        network.set_weights([1.01 * values for values in weights])
        try:
            write(network, path, metadata, **options)
        finally:
            network.set_weights(weights)

    monkeypatch.setattr(form, "write", wrong)
    with pytest.raises(ExportError, match="answers differently from the run, so it was not kept: on .* rows"):
        export.export(table_run, timed=False, quiet=True)
    assert not (table_run.path / "export").exists()


def compared(run, rows, answer):
    named = [lambda rows: {"contributions": answer(rows)}, lambda rows: {"contributions": rows}]
    return compare(*named, rows, criterion=criterion(run.load(Threshold)), split="validation", noun="rows")


def test_more_than_the_tolerance_is_refused_and_less_is_not(made_table):
    rows = np.abs(held_out(made_table)[:50, :1])

    def refused(by):
        try:
            compared(made_table, rows, lambda rows: rows * (1 + by)).refuse_other_answers("onnx")
        except ExportError:
            return True
        return False

    allowed = TOLERANCE.difference
    assert (refused(0.5 * allowed), refused(2 * allowed), refused(np.nan)) == (False, True, True)


def test_scores_near_zero_are_not_compared_by_their_last_digits(made_table):
    rows = np.full((10, 1), 1e-9, np.float32)
    assert compared(made_table, rows, lambda rows: 2 * rows).largest_difference < 1e-6


def test_export_says_what_was_measured_and_what_is_next(table_run, capfd):
    assert saccade(["export", str(table_run.path)]) == 0
    shown = capfd.readouterr().out
    assert "calibration rows: largest difference" in shown
    assert ", relative (allowed 0.0001)" in shown
    assert "microseconds a row" in shown
    assert f"saccade predict {table_run.path}/export/model.onnx new.csv" in shown
    assert table_run.parity["model.onnx"]["parity"]["rows"] > 50


# The metadata


@pytest.fixture(scope="module")
def about(exported_table):
    return model_metadata.read(registry.load("engines", "onnx").load(exported_table).metadata)


def opened(texts):
    """Return what answers with a file that says this of itself."""
    return row_predictor_of_file(Path("rows.onnx"), model_metadata.read(texts), np.abs, engine="onnx")


def test_what_a_file_says_of_itself_comes_back_as_it_was(about):
    texts = about.to_texts()
    assert all(isinstance(value, str) for value in texts.values())
    assert model_metadata.read(texts) == about
    assert opened({**texts, "reference_contributions": "null"}).reference_contributions is None


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("schema", "{"),
        ("schema", "[]"),
        ("schema", '{"columns": []}'),
        ("schema", '{"columns": [{"name": "a", "kind": "number"}, {"name": "a", "kind": "number"}]}'),
        ("threshold", "{"),
        ("threshold", "7"),
        ("reference_contributions", '{"rows": 3, "middle": [1], "high": [1]}'),
    ],
)
def test_what_cannot_be_is_said_to_be_damaged(about, key, value):
    with pytest.raises(RunError, match="what it says of itself is damaged"):
        opened({**about.to_texts(), key: value})


@pytest.mark.parametrize("missing", ["threshold", "network_hash", "signature"])
def test_what_is_missing_is_said(about, missing):
    texts = about.to_texts()
    del texts[missing]
    with pytest.raises(RunError, match=f"says nothing of its {missing}"):
        opened(texts)


def test_a_network_of_another_width_is_refused(exported_table, about):
    model = onnx.load(exported_table)
    schema = json.loads(about.to_texts()["schema"])
    schema["columns"].append({**schema["columns"][0], "name": "more"})
    onnx.helper.set_model_props(
        model, {**about.to_texts(), "schema": json.dumps(schema), "reference_contributions": "null"}
    )
    path = exported_table.with_name("wider.onnx")
    onnx.save(model, path)
    with pytest.raises(RunError, match="cannot be used"):
        open_file(path)
