import json
import shutil

import numpy as np
import pytest

from saccade import inference
from saccade.cli import run as saccade
from saccade.core.errors import ExportError, RunError
from saccade.core.run import Run
from saccade.export import fastest as module
from saccade.export.fastest import Candidate, Fastest, fastest
from saccade.export.parity import Parity, Tolerance
from saccade.export.speed import Speed, compare_speeds

PARITY = Parity("validation", "images", 9, {"probabilities": 0.0}, 1.0, Tolerance(1, 1))


def candidate(name, alone, in_batch, **more):
    return Candidate(name, name.replace(" ", "-"), parity=PARITY, speed=Speed(alone, in_batch), **more)


def found(*candidates):
    return Fastest("a machine", Speed(900, 90), candidates)


# What is recommended


def test_the_fastest_is_recommended_in_each_way_of_asking():
    both = found(candidate("onnx float32", 100, 50), candidate("openvino int8", 50, 60), candidate("onnx int8", 90, 20))
    assert both.recommended("alone").name == "openvino int8"
    assert both.recommended("in_batch").name == "onnx int8"
    assert both.to_dict()["recommended"] == {"alone": "openvino-int8", "in_batch": "onnx-int8"}
    assert both.gain(both.recommended("in_batch"), "in_batch") == 2.5


def test_what_is_hardly_faster_is_not_worth_a_change():
    assert found(candidate("onnx float32", 100, 50), candidate("onnx int8", 95, 46)).recommended("alone").name == (
        "onnx float32"
    )


def test_a_file_that_gives_less_than_the_run_is_not_recommended_but_named():
    poor = candidate("onnx int8", 10, 5, left_out=("novelty",))
    every = found(candidate("onnx float32", 100, 50), poor)
    assert every.recommended("alone").name == "onnx float32"
    assert every.recommended("alone", complete=False) is poor


def test_a_file_that_there_is_not_is_not_recommended():
    assert found(Candidate("onnx int8", reason="answers differently")).recommended("alone") is None


def test_those_that_are_timed_take_turns_and_the_quickest_turn_counts():
    order = []

    def answer(name):
        return lambda batch: order.append(name) or {}

    speeds = compare_speeds({name: answer(name) for name in "ab"}, np.zeros((1, 2)), np.zeros((8, 2)))
    assert set(speeds) == {"a", "b"}
    turns = "".join(name for place, name in enumerate(order) if not place or order[place - 1] != name)
    assert turns == "ab" * 8
    assert speeds["a"].in_batch < speeds["a"].alone  # eight cost what one does


# The whole


@pytest.fixture(scope="module")
def measured(made, tmp_path_factory):
    """A run whose files were compared, and what was found; whoever changes it takes a copy."""
    run = Run(shutil.copytree(made.path, tmp_path_factory.mktemp("fastest") / "run"))
    return run, fastest(run, quiet=True)


@pytest.mark.heavy
def test_every_precision_is_kept_with_its_speed_and_parity(measured):
    run, found = measured
    files = {each.name: each.file for each in found.candidates if each.speed}
    assert {"onnx float32", "onnx float16", "onnx int8"} <= set(files)
    assert found.candidates[0].name == "onnx float32"
    for name, file in files.items():
        assert run.exported(file)
        assert run.parity[file]["speeds"][name]["in_batch"] > 0
    assert run.fastest == json.loads(json.dumps(found.to_dict()))
    assert run.fastest["recommended"]["alone"] in files.values()


@pytest.mark.heavy
def test_the_sealed_test_split_is_not_opened_for_it(measured):
    with pytest.raises(RunError, match="has not been evaluated"):
        _ = measured[0].evaluation


@pytest.mark.heavy
def test_bfloat16_is_an_order_to_openvino_and_answers_alike(run):
    pytest.importorskip("openvino")
    from saccade import export

    exported = export.export(run, to="openvino", precision="bfloat16", timed=False, quiet=True)
    loaded = inference.load_file(exported.path / "model.xml")
    assert loaded.metadata.precision == "bfloat16"
    assert {file.name for file in exported.path.iterdir()} == {"model.xml", "model.bin"}


@pytest.mark.heavy
def test_a_run_answers_with_the_recommended_file_only_when_it_is_asked_to(measured, tmp_path):
    run = Run(shutil.copytree(measured[0].path, tmp_path / "run"))
    run.save_fastest({**run.fastest, "recommended": {"alone": "model.onnx", "in_batch": "model-int8.onnx"}})
    assert inference.open_fastest(run, "in_batch").name.endswith("model-int8.onnx")
    assert inference.open_fastest(run, "alone").name.endswith("model.onnx")
    assert inference.open_run(run).name == str(run.path)


@pytest.mark.heavy
def test_without_a_comparison_or_after_another_training_it_says_what_to_do(measured, run, tmp_path, photos, capfd):
    assert saccade(["predict", str(run.path), str(photos), "--fastest"]) == 2
    assert "no files were compared yet. Measure it: saccade export" in capfd.readouterr().err
    older = Run(shutil.copytree(measured[0].path, tmp_path / "older"))
    with older.model_path.open("ab") as file:
        file.write(b"other")
    with pytest.raises(RunError, match="was made of an older network"):
        inference.open_fastest(older, "alone")


@pytest.mark.heavy
def test_a_file_has_nothing_to_choose_from(measured, photos, capfd):
    assert saccade(["predict", str(measured[0].path / "export" / "model.onnx"), str(photos), "--fastest"]) == 2
    assert "is a file already" in capfd.readouterr().err


def test_fastest_and_a_format_are_refused_together(tmp_path, capfd):
    assert saccade(["export", str(tmp_path), "--fastest", "--to", "onnx"]) == 2
    assert "leave --to and --precision out" in capfd.readouterr().err


@pytest.mark.heavy
def test_where_nothing_answers_alike_there_is_nothing_to_recommend(run, monkeypatch):
    def refuse(*arguments, **options):
        raise ExportError("The onnx file answers differently from the run.")

    monkeypatch.setattr(module, "export", refuse)
    with pytest.raises(ExportError, match="none to recommend. The onnx file answers differently"):
        fastest(run, quiet=True)
    assert not run.fastest


@pytest.mark.heavy
def test_the_command_says_which_file_and_how_to_use_it(measured, photos, tmp_path, capfd, monkeypatch):
    run = Run(shutil.copytree(measured[0].path, tmp_path / "run"))
    assert saccade(["export", str(run.path), "--fastest"]) == 0
    shown = capfd.readouterr().out
    assert "Fastest one at a time: export/" in shown
    assert "Fastest in a batch: export/" in shown
    assert "litert float32" in shown
    assert saccade(["predict", str(run.path), str(photos), "--fastest", "--json"]) == 0
    assert len(capfd.readouterr().out.splitlines()) == 36
    assert saccade(["export", str(run.path), "--fastest", "--json"]) == 0
    assert set(json.loads(capfd.readouterr().out)["recommended"]) == {"alone", "in_batch"}
