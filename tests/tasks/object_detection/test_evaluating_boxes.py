import json

import numpy as np
import pytest

from saccade.core.errors import DataError, RecipeError
from saccade.core.run import Run
from saccade.evaluation.run_comparison import compare
from saccade.report import report
from saccade.tasks import base
from saccade.tasks.object_detection.confidence_threshold import ConfidenceThreshold
from saccade.tasks.object_detection.evaluating import evaluate
from saccade.tasks.object_detection.evaluation import DetectionEvaluation
from saccade.tasks.object_detection.run_comparison import judged
from saccade.training.averaging import Averages
from saccade.training.learner import Learner

pytestmark = pytest.mark.slow  # all of it looks at a network that is trained for some seconds


def test_an_evaluation_is_kept_with_every_box(run):
    evaluation = base.for_run(run).read_evaluation(run)
    dataset = base.reload(run, quiet=True)
    images = judged(run)
    assert set(images.names) == set(dataset.names[dataset.rows("test")].tolist())
    assert images.counts().sum() == evaluation.count == dataset.is_object[dataset.rows("test")].sum()
    assert len(run.evaluation["accesses"]) == 1
    assert DetectionEvaluation.from_dict(json.loads(json.dumps(evaluation.to_dict()))) == evaluation
    assert {each.name for each in evaluation.baselines} == {"nothing", "average_boxes", "sliding_window"}
    assert evaluation.ap50.value > 0.5


def test_the_pass_that_is_kept_has_the_best_ap_on_validation(run):
    assert run.manifest["monitor"] == "val_ap"
    assert run.manifest["best"]["val_ap"] == pytest.approx(max(row["val_ap"] for row in run.history))


def test_what_is_validated_and_kept_are_averages_of_the_weights(shapes, recipe_for):
    learner = Learner.build(*base.prepare(recipe_for(shapes), quiet=True))
    learner.ready(learner.training_feed(), learner.validation_feed(), total_steps=8)
    assert isinstance(learner.averages(), Averages)


def test_the_threshold_is_chosen_on_validation_and_anew_when_asked(run, tmp_path):
    task = base.for_run(run)
    kept = run.load(ConfidenceThreshold)
    assert kept.images == run.data["images"]["validation"]
    assert "chosen on" in task.sentences(run)[0]
    shown, before = task.choose_threshold(run, {}, rows_per_day=None, prevalence=None)
    assert (shown, before) == (kept, None)
    with pytest.raises(RecipeError, match="--rows-per-day"):
        task.choose_threshold(run, {}, rows_per_day=5.0, prevalence=None)
    new, old = task.choose_threshold(run, {"f_beta": "2"}, rows_per_day=None, prevalence=None)
    assert old == kept
    assert new.recall >= kept.recall
    run.save(kept)


def test_other_images_are_scored_in_the_classes_of_the_run(run, write_voc, tmp_path):
    other = write_voc(tmp_path / "other", 12, seed=9)
    (other / "000.xml").write_text((other / "001.xml").read_text().replace("bar", "newt").replace("square", "newt"))
    evaluation = evaluate(run, data=str(other))
    assert (evaluation.split, evaluation.objects) == ("other", ("bar", "square"))
    assert "1 class that the network does not know" in " ".join(evaluation.other_data.notes)
    assert len(run.evaluation["accesses"]) == 1
    for file in other.glob("*.xml"):
        file.write_text(file.read_text().replace("bar", "newt").replace("square", "newt"))
    with pytest.raises(DataError, match="knows 'bar', 'square'"):
        evaluate(run, data=str(other))


def test_a_run_is_as_good_as_itself_and_better_than_one_that_finds_less(run, tmp_path):
    same = compare(run, run)
    assert same.difference == 0
    assert same.ap50[0] == pytest.approx(base.for_run(run).read_evaluation(run).ap50.value, abs=0.01)
    rows = run.predictions
    weak = Run(tmp_path / "weak")
    weak.path.mkdir()
    for name in ("run.json", "recipe.yaml", "data.json", "split.csv", "evaluation.json"):
        (weak.path / name).write_bytes((run.path / name).read_bytes())
    kept = [row for row in rows if row["kind"] != "found" or row["class"] == "bar"]
    weak.write_table("predictions", list(rows[0]), [list(row.values()) for row in kept])
    found = compare(weak, run)
    assert found.low <= found.difference <= found.high
    assert found.difference == pytest.approx(found.ap50[1] - found.ap50[0])
    assert found.difference > 0
    assert "AP50" in found.verdict


def test_the_page_shows_boxes_over_images(run):
    report(run)
    page = run.report_path.read_text(encoding="utf-8")
    card = (run.path / "README.md").read_text(encoding="utf-8")
    for key in ("scores", "classes", "confusion", "worst", "missed", "invented", "baselines", "data", "learning"):
        assert f'<section id="{key}"' in page
    assert "Objects of each class, by split" in page
    assert np.char.count(page, "<figure><div") >= 1 or "There are none." in page
    assert "object-detection" in card
    assert "| AP50 |" in card
