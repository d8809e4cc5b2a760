"""A small run on invented films, from training to an exported file."""

import json
import subprocess
import sys

import pytest

import saccade
from saccade.cli import run as command_line
from saccade.core import recipe as recipes
from saccade.core.errors import DataError, UnknownNameError
from saccade.inference import open_file
from saccade.tasks import base

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def trained(run):
    return saccade.load(run.path)


@pytest.fixture(scope="module")
def exported(trained):
    """The run's ONNX file."""
    pytest.importorskip("tf2onnx")
    return trained.export()


def test_a_user_of_the_run_gets_what_they_have_not_rated(trained):
    found = trained.recommend(user=42, count=5)
    place = trained.users.index("42")
    rated = {trained.catalogue.items[at] for at in trained._known.ratings[[place]].indices}
    assert len(found.items) == 5
    assert not rated & {each.item for each in found.items}
    assert found.rated == len(rated)
    scores = [each.score for each in found.items]
    assert scores == sorted(scores, reverse=True)


def test_somebody_new_is_called_by_items_or_titles(trained):
    by_title = trained.recommend(ratings={"Nine Moons": 5})
    assert by_title == trained.recommend(
        ratings={str(trained.catalogue.items[trained.catalogue.place("Nine Moons")]): 5}
    )
    with pytest.raises(UnknownNameError, match="Did you mean 'Nine Moons'"):
        trained.recommend(ratings={"Nine Moon": 5})
    with pytest.raises(DataError, match="Ratings are 1, 2, 3, 4, 5"):
        trained.recommend(ratings={"Nine Moons": 11})


def test_all_users_are_answered_as_each_is(trained):
    some = trained.recommend_to(["7", 42], count=3)
    assert [each.user for each in some] == ["7", "42"]
    alone = trained.recommend(user=42, count=3, reasons=0)
    assert [each.item for each in some[1].items] == [each.item for each in alone.items]
    assert len(trained.recommend_to(count=1)) == len(trained.users)
    with pytest.raises(UnknownNameError):
        trained.recommend_to(["nobody"])


def test_no_rating_of_the_test_split_is_known_when_somebody_is_answered(trained):
    dataset = base.reload(trained, quiet=True)
    known, asked = trained._known.ratings, dataset.asked("test")
    rows = dataset.users_of("test")
    assert known[rows].multiply(asked != 0).nnz == 0


def test_the_exported_file_answers_as_the_run_does(trained, exported):
    assert exported.parity.split == "validation"
    assert exported.parity.largest_difference < 1e-3
    predictor = open_file(exported.path)
    assert predictor.known is None
    assert predictor.catalogue == trained.catalogue
    ratings = {"Nine Moons": 5, "Goat for Sale": 1}
    (by_file,) = predictor.recommend(trained.catalogue.codes(ratings)[None])
    by_keras = trained.recommend(ratings=ratings)
    assert [each.item for each in by_file.items] == [each.item for each in by_keras.items]
    assert [each.score for each in by_file.items] == pytest.approx([each.score for each in by_keras.items], abs=1e-4)


def test_a_saved_model_is_kept_where_it_answers_alike(trained):
    assert trained.export(to="saved_model").parity.agreement == 1


def test_integers_are_refused_in_a_sentence(trained):
    pytest.importorskip("tf2onnx")
    with pytest.raises(saccade.SaccadeError, match="not in int8"):
        trained.export(precision="int8")


def test_the_file_holds_nobody_s_ratings(exported):
    import onnx

    texts = {each.key: each.value for each in onnx.load(exported.path).metadata_props}
    assert json.loads(texts["scale"]) == [1, 2, 3, 4, 5]
    assert {"items", "titles", "counts", "scale"} <= texts.keys()
    assert not {"users", "ratings"} & texts.keys()


WITHOUT = ("tensorflow", "keras", "pydantic", "scipy", "polars", "rich", "yaml", "sklearn")


def test_a_machine_that_only_predicts_needs_little(exported):
    script = f"""
import sys
for name in {WITHOUT}:
    sys.modules[name] = None
from saccade.cli import run
sys.exit(run(["predict", {str(exported.path)!r}, "--rate", "Nine Moons=5", "--count", "2", "--json"]))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)["recommendations"]) == 2


def test_the_command_line_answers_and_looks_inside(run, capsys):
    assert command_line(["predict", str(run.path), "--user", "42", "--count", "1"]) == 0
    assert "For user 42, with" in capsys.readouterr().out
    assert command_line(["predict", str(run.path)]) == 2
    assert "give --user, or give --rate" in capsys.readouterr().err
    assert command_line(["inspect", str(run.path), "Nine Moons", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["item"] == "5"
    assert command_line(["inspect", str(run.path), "--user", "42"]) == 0
    assert (run.path / "inspect" / "user-42" / "index.html").is_file()
    assert command_line(["inspect", str(run.path), "Nine Moons", "--user", "42"]) == 2
    assert "Name one item, or one --user" in capsys.readouterr().err


@pytest.mark.parametrize("option", [["--abstain", "1%"], ["--threshold", "0.5"]])
def test_options_of_other_tasks_are_refused(run, capsys, option):
    assert command_line(["predict", str(run.path), "--user", "42", *option]) == 2
    assert "is not for" in capsys.readouterr().err


def test_an_overview_shows_every_unit(trained):
    assert len(trained.overview().units) == 12


def test_data_are_described(capsys):
    recipe = recipes.read("films-rbm")
    task = base.for_recipe(recipe)
    task.describe(task.prepare(recipe, quiet=True)[1])
    shown = capsys.readouterr().out
    assert "ratings of 240 items by 400 users" in shown
    assert "ratings 1 (" in shown
    assert "test: " in shown
