import numpy as np
import pytest
from scipy import stats

from saccade.core.errors import DataError, RecipeError
from saccade.tasks.anomaly_detection.threshold_criterion import read
from saccade.tasks.anomaly_detection.thresholding import choose, default_criterion

pytestmark = pytest.mark.heavy


def normal(count, seed=0):
    return np.random.default_rng(seed).lognormal(size=count)


def two_gaussians(rows, anomalies, rng):
    scores = np.concatenate([rng.normal(10, 1, rows), rng.normal(14, 1.5, anomalies)])
    return scores, np.repeat([0, 1], [rows, anomalies])


# Promises, by simulation


@pytest.mark.parametrize(("rows", "share"), [(300, 0.01), (99, 0.01), (1500, 0.005)])
def test_the_rate_of_false_alarms_is_at_most_what_was_asked_and_the_interval_covers_it(rows, share):
    rng = np.random.default_rng(rows)
    rates, covered, covered_value = [], 0, 0
    for _ in range(400):
        threshold = choose(rng.lognormal(size=rows), asked=read(f"alarms={share}"))
        rate = stats.lognorm.sf(threshold.value, 1)
        rates.append(rate)
        covered += threshold.false_alarms.low <= rate <= threshold.false_alarms.high
        wanted = stats.lognorm.isf(share, 1)
        covered_value += (threshold.low or 0) <= wanted <= (threshold.high or np.inf)
    assert np.mean(rates) <= share + 3 * np.std(rates) / 20  # the mean of 400 is known to a twentieth of the spread
    assert np.mean(rates) >= 0.9 * share - 3 * np.std(rates) / 20
    assert 370 <= covered <= 393
    assert covered_value >= 370


def test_with_many_equal_scores_the_rate_is_below_what_was_asked_and_the_interval_covers_it():
    rng = np.random.default_rng(5)
    rates, covered = [], 0
    for _ in range(300):
        threshold = choose(rng.poisson(3, 500).astype(float), asked=read("alarms=2%"))
        rate = stats.poisson.sf(np.floor(threshold.value), 3)
        rates.append(rate)
        covered += threshold.false_alarms.low <= rate <= threshold.false_alarms.high
    assert np.mean(rates) <= 0.02
    assert covered >= 279


def test_of_the_rows_of_a_budget_as_many_are_alarms_as_was_said():
    rng = np.random.default_rng(6)
    within, alarms = 0, []
    for _ in range(120):
        threshold = choose(rng.lognormal(size=1999), asked=read("budget=10/1000"))
        low, high = (int(word) for word in threshold.notes[0].split(" like these, ")[1].split()[:3:2])
        alarms.append(threshold.is_alarm(rng.lognormal(size=1000)).sum())
        within += low <= alarms[-1] <= high
    assert np.mean(alarms) == pytest.approx(10, abs=1)
    assert within >= 108


def test_a_budget_counts_the_anomalies_that_take_a_place_in_it():
    rng = np.random.default_rng(7)
    scores, labels = two_gaussians(20_000, 400, rng)
    threshold = choose(scores, labels, asked=read("budget=100/10000"), prevalence=0.005)
    mixed = np.concatenate([rng.normal(10, 1, 995_000), rng.normal(14, 1.5, 5_000)])
    assert threshold.is_alarm(mixed).mean() == pytest.approx(0.01, rel=0.1)


@pytest.mark.parametrize("miss", [pytest.param(500, marks=pytest.mark.slow), 50])
def test_the_cheapest_threshold_is_near_the_analytic_one_at_another_prevalence_than_that_of_the_rows(miss):
    rng, prevalence, alarm = np.random.default_rng(miss), 0.00173, 10
    values = np.linspace(8, 20, 12_001)
    found, false = stats.norm.sf(values, 14, 1.5), stats.norm.sf(values, 10)
    costs = miss * prevalence * (1 - found) + alarm * (prevalence * found + (1 - prevalence) * false)
    chosen, covered = [], 0
    for _ in range(30):
        scores, labels = two_gaussians(5_000, 200, rng)
        threshold = choose(scores, labels, asked=read(f"cost=miss={miss},alarm={alarm}"), prevalence=prevalence)
        chosen.append(threshold.value)
        covered += threshold.low <= values[costs.argmin()] <= threshold.high
    assert np.mean(chosen) == pytest.approx(values[costs.argmin()], abs=0.12)
    assert np.mean(np.interp(chosen, values, costs)) < 1.04 * costs.min()
    assert covered >= 24


@pytest.mark.parametrize("beta", [pytest.param(1, marks=pytest.mark.slow), 2])
def test_f_beta_is_near_the_best_at_the_stated_prevalence(beta):
    rng, prevalence = np.random.default_rng(beta), 0.01
    values = np.linspace(8, 20, 12_001)
    found, false = stats.norm.sf(values, 14, 1.5), stats.norm.sf(values, 10)
    right, wrong = prevalence * found, (1 - prevalence) * false
    scores_at = (1 + beta**2) * right / (right + wrong + beta**2 * prevalence)
    reached, precision_covered = [], 0
    for _ in range(30):
        scores, labels = two_gaussians(5_000, 200, rng)
        threshold = choose(scores, labels, asked=read(f"f_beta={beta}"), prevalence=prevalence)
        reached.append(np.interp(threshold.value, values, scores_at))
        precision = np.interp(threshold.value, values, right / (right + wrong))
        precision_covered += threshold.precision.low <= precision <= threshold.precision.high
    assert np.mean(reached) > 0.98 * scores_at.max()
    assert precision_covered >= 25


def test_a_rarer_anomaly_or_a_dearer_alarm_raises_the_threshold():
    scores, labels = two_gaussians(5000, 200, np.random.default_rng(8))
    values = [
        choose(scores, labels, asked=read(f"cost=miss=500,alarm={alarm}"), prevalence=prevalence).value
        for alarm, prevalence in ((10, 0.01), (50, 0.01), (50, 0.001))
    ]
    assert values == sorted(values)
    assert values[0] < values[-1]


# Without labels, and what takes them


@pytest.mark.parametrize("asked", ["alarms=1%", "alarms=20/day", "budget=5/1000", "p_value=0.01", "extreme_value=1e-4"])
def test_without_any_labelled_anomaly_there_is_a_threshold(asked):
    threshold = choose(normal(2000), asked=read(asked), rows_per_day=3000)
    assert threshold.recall is threshold.precision is threshold.prevalence is None
    assert "2,000 of the rows have no label and are taken for normal" in threshold.sentence


@pytest.mark.parametrize("asked", ["cost=miss=500,alarm=10", "f_beta=2"])
def test_what_takes_labelled_anomalies_says_what_to_use_instead(asked):
    with pytest.raises(DataError, match="--max-alarms"):
        choose(normal(100), np.zeros(100, int), asked=read(asked))


def test_anomalies_do_not_move_a_threshold_that_counts_false_alarms():
    scores = normal(1000)
    alone = choose(scores, asked=read("alarms=1%")).value
    with_them = choose(np.append(scores, [50.0] * 99), np.repeat([0, 1], [1000, 99]), asked=read("alarms=1%"))
    assert with_them.value == alone
    assert with_them.recall.value == 1


def test_few_labelled_anomalies_are_said_to_be_few():
    scores, labels = np.append(normal(1000), [30, 40, 50]), np.repeat([0, 1], [1000, 3])
    assert "With 3 labelled anomalies" in choose(scores, labels, asked=read("alarms=1%")).sentence


# Too few rows


def test_a_rate_that_few_rows_cannot_show_is_extrapolated_where_a_tail_can_be_fitted():
    threshold = choose(normal(400), asked=read("alarms=1/1000"))
    assert threshold.method == "extreme_value"
    assert threshold.asked.method == "alarms"
    assert "Extrapolated" in threshold.sentence


def test_a_rate_that_few_rows_cannot_show_is_refused_with_one_that_they_can():
    with pytest.raises(DataError, match=r"98 normal calibration rows.*at least 99.*--max-alarms 0\.011"):
        choose(normal(98), asked=read("alarms=1%"))
    choose(normal(98), asked=read("alarms=0.011"))
    choose(normal(99), asked=read("alarms=1%"))


def test_a_p_value_that_few_rows_cannot_reach_is_refused():
    with pytest.raises(DataError, match="--extreme-value 0.001"):
        choose(normal(900), asked=read("p_value=0.001"))


@pytest.mark.parametrize("rows", [1, 2, 10, 199, 200, 5000])
def test_what_is_asked_when_nobody_asks_can_always_be_kept(rows):
    assert choose(normal(rows), asked=default_criterion(rows)).tail is None
    assert default_criterion(5000).said == "0.005"


def test_one_row_is_refused_clearly():
    with pytest.raises(DataError, match="1 normal calibration rows"):
        choose(normal(1), asked=read("alarms=1%"))


# Odd scores


def test_constant_scores_raise_no_alarm_and_say_so():
    threshold = choose(np.full(500, 0.25), asked=read("alarms=1%"))
    assert not threshold.is_alarm(np.full(10, 0.25)).any()
    assert threshold.is_alarm(np.array([0.2501])).all()
    assert "same score" in threshold.sentence
    with pytest.raises(DataError, match="different values"):
        choose(np.full(500, 0.25), asked=read("extreme_value=0.0001"))


def test_a_row_equal_to_those_at_the_threshold_is_no_alarm_when_computed_in_another_order():
    scores = np.round(normal(5000), 1)
    threshold = choose(scores, asked=read("alarms=1%"))
    at = scores[scores <= threshold.value].max()
    assert not threshold.is_alarm(np.array([at * (1 + 5e-6)])).any()
    assert threshold.is_alarm(np.array([at + 0.1])).all()


def test_rows_without_a_score_count_as_alarms_until_there_are_too_many():
    scores = normal(1000)
    scores[:5] = np.nan
    threshold = choose(scores, asked=read("alarms=1%"))
    assert "5 normal calibration rows have no finite score" in threshold.sentence
    assert threshold.is_alarm(scores).sum() == 9  # the tenth largest of 1,000 is the threshold
    scores[:50] = np.nan
    with pytest.raises(DataError, match="50 normal calibration rows have no finite score"):
        choose(scores, asked=read("alarms=1%"))
    with pytest.raises(DataError, match="nobody knows"):
        choose(np.full(5, np.nan), asked=read("alarms=1%"))


def test_costs_are_reckoned_with_infinite_scores_too():
    scores, labels = two_gaussians(500, 50, np.random.default_rng(9))
    scores[[0, -1]] = np.nan
    threshold = choose(scores, labels, asked=read("cost=miss=500,alarm=10"), prevalence=0.01)
    assert 11 < threshold.value < 15


def test_where_no_alarm_pays_or_every_row_does_it_is_said():
    scores, labels = two_gaussians(500, 50, np.random.default_rng(10))
    dear = choose(scores, labels, asked=read("cost=miss=11,alarm=10"), prevalence=1e-6)
    assert "no alarm pays" in dear.sentence
    assert not dear.is_alarm(scores).any()
    cheap = choose(scores, labels, asked=read("cost=miss=1e9,alarm=1"), prevalence=0.5)
    assert cheap.recall.value == 1


# What goes in


def test_alarms_a_day_take_the_rows_a_day():
    assert choose(normal(2000), asked=read("alarms=20/day"), rows_per_day=4000).false_alarms.value == pytest.approx(
        0.005, rel=0.05
    )
    with pytest.raises(RecipeError, match="--rows-per-day"):
        choose(normal(2000), asked=read("alarms=20/day"))
    with pytest.raises(RecipeError, match="only 10 rows come a day"):
        choose(normal(2000), asked=read("alarms=20/day"), rows_per_day=10)


@pytest.mark.parametrize("options", [{"prevalence": 0}, {"prevalence": 1.5}, {"rows_per_day": 0}])
def test_numbers_out_of_range_are_refused(options):
    with pytest.raises(RecipeError, match="found"):
        choose(normal(200), asked=read("alarms=1%"), **options)


def test_other_scores_or_labels_have_another_hash():
    scores, labels = two_gaussians(200, 20, np.random.default_rng(11))
    hashes = [
        choose(each, said, asked=read("alarms=10%")).data_hash
        for each, said in ((scores, labels), (scores, labels), (scores + 1, labels), (scores, 1 - labels))
    ]
    assert hashes[0] == hashes[1]
    assert len(set(hashes)) == 3


def test_the_order_of_the_rows_changes_nothing_but_the_hash():
    scores, labels = two_gaussians(300, 30, np.random.default_rng(12))
    order = np.random.default_rng(13).permutation(330)
    one, other = (
        choose(scores[rows], labels[rows], asked=read("alarms=1%")) for rows in (np.arange(330), order)
    )  # fmt: skip
    assert one.value == other.value and one.ranks == other.ranks
