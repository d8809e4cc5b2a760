"""A small run on invented films: judged, written down, compared, and told no test rating."""

import csv
import json
from dataclasses import replace

import numpy as np
import pytest

from saccade.core.errors import RunError
from saccade.core.run import Run
from saccade.evaluation import opening_split
from saccade.modalities.ratings.dataset import PARTS
from saccade.tasks import base
from saccade.tasks.recommendation.evaluation import RecommendationEvaluation

pytestmark = pytest.mark.heavy


@pytest.fixture(scope="module")
def evaluation(run):
    return base.for_run(run).evaluate(run)


def rows(run, name):
    with (run.path / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_network_stands_beside_baselines_of_equal_standing(evaluation):
    names = {each.name for each in evaluation.baselines}
    assert names == {"global_mean", "user_mean", "item_mean", "bias", "item_knn", "popularity", "ease"}
    assert evaluation.headline[0] == "RMSE"
    assert 0.3 < evaluation.rmse.low < evaluation.rmse.value < evaluation.rmse.high < 2
    assert evaluation.best_baseline("ndcg").name in evaluation.verdict.lower().replace("-", "_").replace(
        "item_knn", "item_knn"
    )
    assert set(evaluation.use) == {"rmse", "ndcg"}


def test_what_is_written_is_what_was_found(evaluation, run):
    content = run.evaluation
    assert len(content["accesses"]) == evaluation.accesses
    assert content["accesses"][0]["rmse"] == evaluation.rmse.value
    again = base.for_run(run).read_evaluation(run)
    assert again == replace(evaluation, findings=again.findings)
    assert again.to_dict() == RecommendationEvaluation.from_dict(json.loads(json.dumps(again.to_dict()))).to_dict()
    assert rows(run, "baselines")[0]["model"] == "network"


def test_scores_can_be_computed_again_from_the_tables(evaluation, run):
    asked, users = rows(run, "asked"), rows(run, "predictions")
    errors = [float(each["expected"]) - float(each["rating"]) for each in asked]
    assert np.sqrt(np.mean(np.square(errors))) == pytest.approx(evaluation.rmse.value, abs=1e-5)
    assert len(asked) == evaluation.ratings
    gains = [float(each["ndcg"]) for each in users if each["ndcg"]]
    assert np.mean(gains) == pytest.approx(evaluation.ndcg.value)
    assert len(gains) == evaluation.judged
    hits = sum(bool(each["place"]) and float(each["rating"]) >= evaluation.liked_from for each in asked)
    assert hits == pytest.approx(evaluation.metrics["precision"].value * 10 * evaluation.judged)


def test_no_test_rating_reaches_what_is_judged_by_it(evaluation, run, tmp_path, monkeypatch):
    """Poisoned: every test rating is turned around. Answers, baselines and their settings must stay the same."""
    poisoned = turned(base.reload(run, quiet=True), "test")
    copy = run_copy(run, tmp_path)
    monkeypatch.setattr(opening_split.base, "reload", lambda *_, **__: poisoned)
    other = base.for_run(copy).evaluate(copy)
    assert other.rmse != evaluation.rmse
    assert column(copy, "asked", "expected") == column(run, "asked", "expected")
    assert column(copy, "asked", "place") == column(run, "asked", "place")
    assert column(copy, "predictions", "recommended") == column(run, "predictions", "recommended")
    assert {each.name: each.chosen for each in other.baselines} == {
        each.name: each.chosen for each in evaluation.baselines
    }
    for one, two in zip(sorted(other.baselines, key=str), sorted(evaluation.baselines, key=str), strict=True):
        assert one.metrics.get("coverage") == two.metrics.get("coverage")


def turned(dataset, split):
    """Return the data with the ratings of a split turned around: 5 stars for 1."""
    own, poisoned = dataset.ratings, dataset.parts == PARTS.index(split)
    ratings = np.where(poisoned, own.scale.lowest + own.scale.highest - own.rating, own.rating)
    return replace(dataset, ratings=replace(own, rating=ratings.astype(np.float32)))


def run_copy(run, folder):
    import shutil

    return Run.open(shutil.copytree(run.path, folder / "copy"))


def column(run, table, name):
    return [each[name] for each in rows(run, table)]


def test_another_split_is_only_returned(run, evaluation):
    before = run.evaluation
    found = base.for_run(run).evaluate(run, split="validation")
    assert found.split == "validation"
    assert run.evaluation == before


def test_ratings_that_have_moved_are_the_run_s_own(run, evaluation, tmp_path):
    own, path = base.reload(run, quiet=True).ratings, tmp_path / "moved.csv"
    rows = zip(own.user.tolist(), own.item.tolist(), own.rating.tolist(), own.time.tolist(), strict=True)
    lines = [f"{own.users[user]},{own.items[item]},{rating:g},{when}" for user, item, rating, when in rows]
    path.write_text("\n".join(["user,item,rating,timestamp", *lines]) + "\n")
    found = base.for_run(run).evaluate(run, split="validation", data=str(path))
    assert found.other_data is None


def test_other_ratings_are_refused(run, tmp_path):
    path = tmp_path / "others.csv"
    path.write_text(
        "user,item,rating\n" + "".join(f"{user},{item},{item % 5 + 1}\n" for user in "abc" for item in range(9))
    )
    with pytest.raises(RunError, match="other data"):
        base.for_run(run).evaluate(run, data=str(path))


def test_a_run_is_compared_with_itself_user_by_user(run, evaluation, tmp_path):
    copy = run_copy(run, tmp_path)
    found = base.for_run(run).compare(run, copy)
    assert found.users == evaluation.users
    assert found.scores["rmse"] == pytest.approx((evaluation.rmse.value,) * 2)
    assert [gap.value for gap in found.gains.values()] == [0, 0]
    assert found.verdict.count("no difference can be shown") == 2


def test_a_run_on_other_test_ratings_is_not_compared(run, evaluation, tmp_path):
    copy = run_copy(run, tmp_path)
    path = copy.path / "predictions.csv"
    path.write_text(path.read_text().replace(rows(copy, "predictions")[0]["asked_hash"], "0" * 16))
    with pytest.raises(RunError, match="other test users"):
        base.for_run(run).compare(run, copy)


def test_the_report_says_what_to_use_and_shows_users(run, evaluation):
    page, card = base.for_run(run).report(run)
    for words in (
        "To foretell ratings, use",
        "By how many ratings of the user are known",
        "What everybody knows already",
    ):
        assert words in page
    assert page.count('class="pair"') == 3
    assert "| item\\-kNN |" in card or "| item-kNN |" in card
    assert f"{evaluation.rmse.value:.3f}" in card


def test_a_terminal_shows_the_table_and_what_to_use(evaluation):
    text = evaluation.to_text(width=100)
    assert "RMSE" in text and "item-kNN" in text and "known of the user" in text
    assert max(map(len, text.splitlines())) <= 100
    assert evaluation.to_csv().splitlines()[1].startswith("network,")
