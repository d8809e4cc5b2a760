"""`saccade inspect` of a run that says a number: an image with its interval, the network over its data."""

import shutil

import numpy as np
import pytest

import saccade
from saccade.cli import run as cli
from saccade.core.errors import DataError, RunError
from saccade.core.run import Run


@pytest.fixture(scope="module")
def trained(run):
    return saccade.load(run.path)


def name_in(split, trained):
    return next(name for name, found in trained.split.items() if found == split)


@pytest.fixture(scope="module")
def inspection(trained):
    return trained.inspect(name_in("validation", trained))


def test_the_answer_is_that_of_a_prediction(trained, inspection):
    (answer,) = trained.predict(inspection.image.values)
    assert inspection.answer.value == pytest.approx(answer.value, rel=1e-5)
    assert (inspection.answer.low, inspection.answer.coverage) == (pytest.approx(answer.low, rel=1e-5), answer.coverage)
    assert inspection.classes == ("length",)
    assert str(inspection.answer) in repr(inspection)


def test_the_nearest_are_training_images_with_their_numbers(trained, inspection, table):
    assert [trained.split[each.name] for each in inspection.nearest] == ["train"] * 3
    distances = [each.distance for each in inspection.nearest]
    assert distances == sorted(distances)
    numbers = dict(line.split(",") for line in table.read_text().split()[1:])
    assert [float(each.label) for each in inspection.nearest] == [
        float(numbers[each.name]) for each in inspection.nearest
    ]


def test_the_page_leads_with_the_number_among_those_of_the_training(trained, inspection, tmp_path):
    text = inspection.save(tmp_path, png=False).read_text(encoding="utf-8")
    lead = text[text.index('class="top"') : text.index('id="nearest"')]
    assert f"length {inspection.answer.value:.5g}".replace("-", "−") in lead
    assert f"the data say <strong>{float(inspection.image.label):.5g}" in lead
    assert f"of the {list(trained.split.values()).count('train')} training images" in lead
    assert "<svg" in lead
    assert "What in the image moves the number?" in text
    assert "raises length" not in text  # a dense network has no maps
    assert "Red pixels add to length" in text
    assert '<select id="class">' not in text


def test_explanations_add_up_to_the_number(inspection):
    added = inspection.integrated_gradients(steps=64).sum()
    assert added == pytest.approx(inspection.score_difference(), rel=0.05, abs=0.05)


def test_the_sealed_test_split_stays_closed(trained, capfd):
    name = name_in("test", trained)
    with pytest.raises(RunError, match="which stays sealed"):
        trained.inspect(name)
    assert cli(["inspect", str(trained.path), name]) == 2
    assert "which stays sealed" in capfd.readouterr().err


def test_on_the_command_line_it_writes_a_page_or_prints_how_a_number_came_about(trained, tmp_path, capfd):
    name = name_in("validation", trained)
    assert cli(["inspect", str(trained.path), name, "--to", str(tmp_path)]) == 0
    assert (tmp_path / "index.html").exists()
    at = ["--layer", "standard_deviations", "--channel", "0", "--to", str(tmp_path)]
    assert cli(["inspect", str(trained.path), name, *at]) == 0
    assert "plus the bias" in capfd.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--class", "3"], "--class is not for"),
        (["--row", "3"], "--row is not for"),
        (["a.png", "b.png"], "neither a file"),
        (["--png"], "are of one image"),
    ],
)
def test_what_is_of_other_tasks_is_refused_in_one_sentence(trained, arguments, message, capfd):
    assert cli(["inspect", str(trained.path), *arguments]) == 2
    assert message in capfd.readouterr().err


def test_without_its_data_it_says_so_and_shows_the_rest(trained, table, tmp_path):
    alone = Run(shutil.copytree(trained.path, tmp_path / "run"))
    alone.write_recipe(alone.recipe.changed(data=str(tmp_path / "gone.csv")))
    found = saccade.load(alone.path).inspect(table.parent / name_in("validation", trained))
    text = found.save(tmp_path / "page", png=False).read_text(encoding="utf-8")
    assert found.nearest == ()
    assert text.count("The data of this run cannot be used") >= 1
    assert "<strong>length " in text


def test_the_network_over_its_data_is_scored_by_how_far_off_it_is(trained, tmp_path, capfd):
    found = trained.overview(split="validation", quiet=True)
    errors = np.abs(found.probabilities[:, 0] - found.images.truth)
    assert found.score.value == pytest.approx(errors.mean())
    assert f"{errors.mean():.4g} off on average" in found.to_text(width=200)
    assert found.layers["standard_deviations"].bank.is_answer
    assert found.to_dict()["mean_absolute_error"]["value"] == pytest.approx(errors.mean())
    assert cli(["inspect", str(trained.path), "--to", str(tmp_path)]) == 0
    text = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "Where the ranges lie" in text
    assert "mean absolute error" in text


def test_nothing_is_cut_off_on_a_phone(look_at, inspection, tmp_path):
    browser = look_at(inspection.save(tmp_path, png=False), width=390)
    assert browser.execute_script("return document.documentElement.scrollWidth") == 390


def test_two_images_are_compared_by_their_numbers(trained, tmp_path):
    names = [name for name, found in trained.split.items() if found == "validation"][:2]
    found = trained.contrast(names)
    assert found.classes == ("length",) and found.probabilities.shape == (2, 1)
    said = trained.predict(np.concatenate([trained.inspect(name).image.values for name in names]))
    assert found.probabilities[:, 0] == pytest.approx([each.value for each in said], rel=1e-4)
    assert cli(["inspect", str(trained.path), *names, "--to", str(tmp_path)]) == 0
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "<th>number</th>" in page and "Mean probabilities" not in page


def test_numbers_make_no_groups(trained):
    with pytest.raises(DataError, match="Name the images to compare"):
        trained.contrast(classes=["length", "length"])
