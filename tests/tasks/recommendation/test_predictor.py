import numpy as np
import pytest
from scipy import sparse

from saccade.core.errors import RunError, UnknownNameError
from saccade.tasks.recommendation import predictor as module
from saccade.tasks.recommendation import reasons


def codes(**rated):
    made = np.zeros((1, 6), np.uint8)
    for item, code in rated.items():
        made[0, int(item[1:]) // 10 - 1] = code
    return made


def recommended(predictor, asked, **options):
    (found,) = predictor.recommend(asked, **options)
    return found


def test_what_is_rated_is_never_recommended_and_the_best_come_first(of_run, by_hand):
    found = recommended(of_run, codes(i10=5, i40=1), count=3)
    assert [each.item for each in found.items] == ["20", "30", "60"]
    assert [each.rank for each in found.items] == [1, 2, 3]
    assert found.rated == 2
    scores = by_hand(codes(i10=5, i40=1))["scores"][0]
    assert found.items[0].score == pytest.approx(scores[1])
    assert found.items[0].expected == pytest.approx(scores[1] - 0.05)


def test_more_than_there_is_is_all_that_is_left(of_run):
    assert len(recommended(of_run, codes(i10=5), count=50).items) == 5
    assert recommended(of_run, np.full((1, 6), 3, np.uint8)).items == ()


def test_an_effect_is_the_score_with_a_rating_less_the_score_without_it(of_run, by_hand):
    asked = codes(i10=5, i20=4, i40=1)
    (solaris, *_) = recommended(of_run, asked, count=3, reasons=5).items
    assert solaris.item == "30"
    for reason in solaris.reasons:
        without = asked.copy()
        without[0, int(reason.item) // 10 - 1] = 0
        fall = by_hand(asked)["scores"][0, 2] - by_hand(without)["scores"][0, 2]
        assert reason.effect == pytest.approx(float(fall), abs=1e-6)
    assert [reason.item for reason in solaris.reasons] == ["10", "40", "20"]
    assert solaris.reasons[0].rating == 5


def test_a_rating_that_speaks_against_an_item_is_no_reason_for_it(of_run):
    found = recommended(of_run, codes(i10=5, i30=1), count=6)
    aliens = next(each for each in found.items if each.item == "20")
    assert [reason.item for reason in aliens.reasons] == ["10"]


def test_without_reasons_the_network_is_asked_once(of_run, catalogue, by_hand):
    asked = []
    counting = module.RecommendationPredictor(
        "x", lambda block: asked.append(len(block)) or by_hand(block), catalogue, "y"
    )
    found = list(counting.recommend(np.zeros((3, 6), np.uint8), reasons=0, names=["a", "b", "c"]))
    assert asked == [3]
    assert [each.user for each in found] == ["a", "b", "c"]


def test_of_very_many_ratings_those_are_tried_that_say_most(monkeypatch):
    monkeypatch.setattr(reasons, "TRIED", 2)
    assert reasons.tried(np.array([3, 0, 5, 3, 1, 3], np.uint8)).tolist() == [2, 4]


def test_persons_are_answered_block_by_block_also_from_a_sparse_matrix(of_run, monkeypatch):
    monkeypatch.setattr(module, "ROWS", 4)
    asked = np.random.default_rng(0).integers(0, 6, (11, 6), dtype=np.uint8)
    dense, thin = list(of_run.answers(asked)), list(of_run.answers(sparse.csr_matrix(asked)))
    assert [len(block) for block, _ in dense] == [4, 4, 3]
    assert np.array_equal(np.concatenate([block for block, _ in thin]), asked)
    expected, scores = of_run.expected(asked)
    assert np.array_equal(np.concatenate([found["scores"] for _, found in thin]), scores)
    assert expected.shape == (11, 6)
    assert of_run.expected(asked[:0])[1].shape == (0, 6)


def test_a_user_of_the_run_comes_with_what_is_known(of_run):
    assert of_run.codes_of_user("anna").tolist() == [5, 0, 4, 1, 0, 0]
    assert of_run.codes_of("anna", {"Ronin (1998)": 2, "10": 1}).tolist() == [1, 0, 4, 1, 2, 0]


def test_a_user_that_is_not_there_is_said_with_the_nearest(of_run):
    with pytest.raises(UnknownNameError, match="Did you mean 'anna'"):
        of_run.codes_of_user("ana")


def test_a_file_knows_nobody(of_file):
    with pytest.raises(RunError, match="holds nobody's ratings"):
        of_file.codes_of_user("anna")
    assert of_file.codes_of("", {"10": 5}).tolist() == [5, 0, 0, 0, 0, 0]
