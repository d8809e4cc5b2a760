import shutil

import pytest
import yaml

from saccade.core.pages import file_name
from saccade.core.run import Run
from saccade.report import report
from saccade.tasks import base


@pytest.fixture(scope="module")
def written(run, tmp_path_factory):
    """Page and model card of a copy of the run."""
    copy = Run(shutil.copytree(run.path, tmp_path_factory.mktemp("reports") / "run"))
    report(copy)
    return copy.report_path.read_text(encoding="utf-8"), (copy.path / "README.md").read_text(encoding="utf-8")


def test_the_page_has_its_own_sections(written, run):
    page, _ = written
    for key in ("answers", "intervals", "worst", "baselines", "data", "learning", "settings"):
        assert f'<section id="{key}"' in page
    worst = base.for_run(run).read_evaluation(run).worst[0]
    assert file_name(worst[0]) in page
    assert page.count("<svg") >= 4
    assert "data:image/png;base64" in page


def test_the_model_card_has_the_scores_and_the_promise(written, run):
    _, card = written
    front = yaml.safe_load(card.split("---")[1])
    scores = front["model-index"][0]["results"][0]["metrics"]
    assert scores[0]["value"] == base.for_run(run).read_evaluation(run).mae.value
    assert "90% of the true values of" in card


def test_a_run_that_was_not_evaluated_says_so(run, tmp_path):
    copy = Run(shutil.copytree(run.path, tmp_path / "run"))
    (copy.path / "evaluation.json").unlink()
    page, card = base.for_run(copy).report(copy)
    assert "was not opened yet" in page
    assert "was not opened yet" in card
    assert '<section id="answers">' not in page
