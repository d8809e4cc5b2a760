"""The first steps of every verb: what is prepared, and what is refused before anything loads."""

import subprocess
import sys

import pytest

from saccade.core import recipe as recipes
from saccade.core.errors import DataError, RecipeError, RunError, SaccadeError, UnknownNameError, unknown
from saccade.tasks import steps


def test_named_data_are_prepared_with_their_task():
    prepared = steps.prepare_check("digits", {}, quiet=True)
    assert (prepared.task.name, prepared.recipe.data, len(prepared.dataset.rows("test")) > 0) == (
        "classification",
        "digits",
        True,
    )


@pytest.mark.parametrize(("ahead", "begun"), [(True, [True]), (False, [])])
def test_keras_begins_to_load_before_data_are_read_where_it_is_needed_next(monkeypatch, ahead, begun):
    order = []
    monkeypatch.setattr(steps.backend, "load_ahead", lambda *, alone: order.append(alone))
    steps.prepare_training("digits", {}, quiet=True, keras_ahead=ahead)
    assert order == begun


@pytest.mark.heavy
@pytest.mark.slow
def test_keras_can_load_while_data_are_read():
    code = (
        "import sys\nfrom saccade.core import backend, preloading\nfrom saccade.tasks import steps\n"
        "steps.prepare_training('digits', {}, quiet=True, keras_ahead=True)\n"
        "loaded = preloading._running.result(200)\nassert loaded is sys.modules['keras'] is backend._load_keras()"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=300)


def test_a_strict_audit_refuses_before_it_shows(monkeypatch):
    shown = []
    prepared = steps.prepare_check("digits", {}, quiet=True)
    found = prepared.audit(quiet=True, show=shown.append)
    assert shown == [found]
    monkeypatch.setattr(type(found), "refuse_problems", lambda audit: (_ for _ in ()).throw(DataError("bad")))
    with pytest.raises(DataError, match="bad"):
        prepared.audit(quiet=True, strict=True, show=shown.append)
    assert shown == [found]


def test_a_task_without_a_search_for_labels_is_refused_before_data_are_loaded(tmp_path):
    (tmp_path / "t.csv").write_text("a,b\n1,2\n3,4\n")
    with pytest.raises(RunError, match="cannot be searched for wrong labels"):
        steps.prepare_label_search(str(tmp_path / "t.csv"), {}, quiet=True)


def test_a_word_that_is_nothing_is_refused():
    with pytest.raises(SaccadeError, match="digit"):
        steps.prepare_training("digitz", {}, quiet=True)


def test_a_folder_whose_name_is_mistyped_is_named(tmp_path, monkeypatch):
    (tmp_path / "my photos").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UnknownNameError, match="Did you mean 'my photos'"):
        steps.what_to_train("my photo", {})
    with pytest.raises(UnknownNameError, match="See: saccade list"):
        steps.what_to_train("qqqqqq", {})


def test_data_of_another_kind_are_said_to_be_for_another_task(tmp_path):
    (tmp_path / "rows.csv").write_text("a,b\n" + "1,2\n" * 30)
    with pytest.raises(RecipeError, match="regression takes images, .*rows.csv holds none. .* task anomaly_detection"):
        steps.prepare(recipes.make({"task": "regression", "data": str(tmp_path / "rows.csv")}), quiet=True)
    with pytest.raises(DataError, match="There is no file or folder .*nowhere.csv"):
        steps.prepare(recipes.make({"task": "regression", "data": str(tmp_path / "nowhere.csv")}), quiet=True)


def test_of_very_many_names_the_first_are_told():
    said = str(unknown("user", "zzzzz", [f"{number:06d}" for number in range(100_000)]))
    assert said.endswith("000039 and 99,960 more.")
