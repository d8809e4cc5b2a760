import shutil

import pytest
import yaml

from saccade.core.run import Run
from saccade.report import report
from saccade.tasks import base


@pytest.fixture(scope="module")
def written(run, tmp_path_factory):
    """Page and model card of a copy of the run."""
    copy = Run(shutil.copytree(run.path, tmp_path_factory.mktemp("reports") / "run"))
    report(copy)
    return copy.report_path.read_text(encoding="utf-8"), (copy.path / "README.md").read_text(encoding="utf-8")


def test_the_page_has_its_own_sections(written):
    page, _ = written
    for key in ("labels", "worst", "baselines", "data", "learning", "settings"):
        assert f'<section id="{key}"' in page
    assert "Images with each label, by split" in page
    assert "no label" in page


def test_sizes_count_images_and_not_labels(written, run):
    page, card = written
    sizes = run.data["images"]
    assert f"{sizes['train']} train, {sizes['validation']} validation, {sizes['test']} test" in page
    assert f"{sizes['train']} train" in card


def test_the_model_card_has_the_scores(written, run):
    _, card = written
    front = yaml.safe_load(card.split("---")[1])
    scores = front["model-index"][0]["results"][0]["metrics"]
    evaluation = base.for_run(run).read_evaluation(run)
    assert scores[0]["value"] == evaluation.mean_average_precision.value
    assert "cat, dog, frog" in card


def test_a_run_that_was_not_evaluated_says_so(run, tmp_path):
    copy = Run(shutil.copytree(run.path, tmp_path / "run"))
    (copy.path / "evaluation.json").unlink()
    page, card = base.for_run(copy).report(copy)
    assert "was not opened yet" in page
    assert "was not opened yet" in card
