import json

import numpy as np
import pytest

import saccade
from saccade.core.errors import DataError, RunError
from saccade.tasks import base


def test_a_number_comes_with_the_interval_that_validation_promises(run):
    opened = saccade.load(run.path)
    images = base.reload(run, quiet=True).images[:5]
    usual, narrow = opened.predict(images), opened.predict(images, coverage=0.5)
    for wide, tight in zip(usual, narrow, strict=True):
        assert wide.value == tight.value
        assert wide.high - wide.value == pytest.approx(opened.intervals.level(0.9).half_width)
        assert tight.high - tight.low <= wide.high - wide.low
    with pytest.raises(RunError, match="allow 0.5, 0.8, 0.9, 0.95"):
        opened.predict(images, coverage=0.99)


def test_files_are_answered_like_arrays(run, table):
    opened = saccade.load(run.path)
    dataset = base.reload(run, quiet=True)
    answers = dict(opened.predict_files([table.parent / name for name in dataset.names[:3]]))
    expected = opened.predict(dataset.images[:3])
    assert [each.value for each in answers.values()] == pytest.approx([each.value for each in expected], rel=1e-5)


@pytest.mark.parametrize(
    ("form", "starts"), [("json", '{"file": '), ("csv", "file,length,low,high\n"), ("table", "   ")]
)
def test_the_command_line_prints_number_and_interval(form, starts, run, table, capsys):
    task = base.for_run(run)
    task.print_predictions(task.predictor(run), run.path, [str(table.parent / "0-000.png")], form=form)
    said = capsys.readouterr().out
    assert said.startswith(starts)
    if form == "json":
        content = json.loads(said)
        assert content["low"] < content["value"] < content["high"]
        assert content["coverage"] == 0.9


def test_a_file_that_is_no_image_is_said(run, tmp_path, capsys):
    (tmp_path / "a.png").write_text("no image")
    task = base.for_run(run)
    with pytest.raises(DataError, match="The file could not be read"):
        task.print_predictions(task.predictor(run), run.path, [str(tmp_path / "a.png")], form="table")


def test_a_run_without_validation_answers_without_an_interval(table, train_on, tmp_path):
    bare = train_on(table, tmp_path / "bare", validation=0, epochs=1)
    answer = base.for_run(bare).predictor(bare).predict(np.zeros((8, 8, 1), np.uint8))[0]
    assert (answer.low, answer.high, answer.coverage) == (None, None, None)
    assert np.isfinite(answer.value)
