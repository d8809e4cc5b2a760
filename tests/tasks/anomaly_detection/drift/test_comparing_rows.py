import json

import numpy as np
import pytest

from saccade.core.errors import DataError
from saccade.modalities.tables.schema import Column, Schema
from saccade.modalities.tables.unseen import Unseen
from saccade.tasks.anomaly_detection.drift import comparing
from saccade.tasks.anomaly_detection.drift.column_tests import column_shifts
from saccade.tasks.anomaly_detection.drift.comparing import alarm_rate, compare
from saccade.tasks.anomaly_detection.drift.unseen_values import news
from saccade.tasks.anomaly_detection.threshold_criterion import read
from saccade.tasks.anomaly_detection.thresholding import choose

pytestmark = pytest.mark.heavy

NUMBERS = tuple(Column(f"V{place}", "number") for place in range(20))
MIXED = (
    Column("amount", "number", offset=100.0),
    Column("kind", "category", categories=("card", "cash", "wire")),
    Column("abroad", "boolean"),
    Column("age", "number", missing=10),
)


def numbers(rows, seed, width=20):
    return np.random.default_rng(seed).normal(size=(rows, width)).astype(np.float32)


def mixed(rows, seed, *, amount=0.0, kinds=(0.6, 0.3, 0.1, 0.0), abroad=0.2, gaps=0.1):
    rng = np.random.default_rng(seed)
    age = np.where(rng.random(rows) < gaps, np.nan, rng.integers(18, 90, rows))
    columns = [rng.normal(amount, 1, rows), rng.choice(4, rows, p=kinds), rng.random(rows) < abroad, age]
    return np.column_stack(columns).astype(np.float32)


@pytest.fixture
def no_forest(monkeypatch):
    """Leave out the slow test of all columns together."""
    monkeypatch.setattr(comparing, "tell_apart", lambda *_, **__: None)


# Nothing has changed


@pytest.mark.slow
def test_without_drift_something_is_found_at_most_5_times_in_100():
    found = large = 0
    for draw in range(150):
        shifts = column_shifts(numbers(400, 2 * draw), numbers(300, 2 * draw + 1), NUMBERS)
        found += any(shift.significant for shift in shifts)
        large += any(shift.drifted for shift in shifts)
    assert found <= 14  # .05 of 150 is 7.5; 14 is exceeded once in a hundred times
    assert large <= found


@pytest.mark.slow
def test_categories_and_gaps_without_drift_are_found_as_seldom():
    columns = MIXED * 3
    found = 0
    for draw in range(100):
        before, after = (np.hstack([mixed(500, 1000 * split + 3 * draw + i) for i in range(3)]) for split in (1, 2))
        found += any(shift.significant for shift in column_shifts(before, after, columns))
    assert found <= 11


@pytest.mark.slow
@pytest.mark.long
def test_dependent_columns_without_drift_are_found_as_seldom():
    found = 0
    for draw in range(100):
        rng = np.random.default_rng(draw)
        rows = (rng.normal(size=(700, 1)) * 2 + rng.normal(size=(700, 20))).astype(np.float32)
        found += any(shift.significant for shift in column_shifts(rows[:400], rows[400:], NUMBERS))
    assert found <= 11


@pytest.mark.slow
def test_the_forest_does_not_tell_rows_of_one_distribution_apart():
    warned = 0
    for draw in range(3):
        drift = compare(mixed(800, 10 + draw), mixed(800, 90 + draw), MIXED)
        assert drift.told_apart.low <= 0.53
        warned += drift.drifted
    assert warned == 0


@pytest.mark.slow
def test_equal_rows_on_both_sides_do_not_look_like_drift():
    rng = np.random.default_rng(0)
    few = rng.normal(size=(200, 20)).astype(np.float32)
    drift = compare(few[rng.integers(0, 200, 2000)], few[rng.integers(0, 200, 2000)], NUMBERS)
    assert not drift.drifted


# Something has changed


def test_planted_shifts_are_found_and_nothing_else(no_forest):
    before = mixed(5000, 1)
    drift = compare(before, mixed(5000, 2, amount=0.5), MIXED)
    assert [shift.column for shift in drift.shifts if shift.drifted] == ["amount"]
    assert "median 100" in drift.findings[0].title
    drift = compare(before, mixed(5000, 3, kinds=(0.3, 0.3, 0.1, 0.3)), MIXED)
    assert [shift.column for shift in drift.shifts if shift.drifted] == ["kind"]
    assert drift.findings[0].severity == "severe"
    assert "1 of 4 columns drifted" in drift.verdict
    drift = compare(before, mixed(5000, 4, abroad=0.35), MIXED)
    assert "'yes'" in drift.findings[0].title or "'no'" in drift.findings[0].title
    drift = compare(before, mixed(5000, 5, gaps=0.3), MIXED)
    assert [(shift.column, shift.what) for shift in drift.shifts if shift.drifted] == [("age", "missing")]


@pytest.mark.slow
def test_of_five_shifted_columns_among_twenty_at_most_a_few_false_ones_are_found_beside_them():
    false, found = [], []
    for draw in range(100):
        new = numbers(600, 5000 + draw)
        new[:, :5] += 0.4
        shifts = [shift.column for shift in column_shifts(numbers(600, draw), new, NUMBERS) if shift.significant]
        true = [name for name in shifts if name in {"V0", "V1", "V2", "V3", "V4"}]
        found.append(len(true) / 5)
        false.append((len(shifts) - len(true)) / max(1, len(shifts)))
    assert np.mean(found) > 0.99
    assert np.mean(false) < 0.06


@pytest.mark.parametrize(
    ("kinds", "unseen", "before", "after"),
    [
        ((0.45, 0.2, 0.1, 0.25), ["crypto"], "'crypto' 0.0%", "'crypto' 2"),
        ((0.45, 0.2, 0.1, 0.25), list("abcd"), "'a', 'b', 'c' … 0.0%", "'a', 'b', 'c' … 2"),
        ((0.3, 0.55, 0.1, 0.05), ["crypto"], "'card' 6", ", new 'crypto' "),
        ((0.45, 0.2, 0.1, 0.25), [], "'other' 0.0%", "'other' 2"),
    ],
)
def test_a_new_category_is_called_by_its_name(kinds, unseen, before, after):
    found = column_shifts(mixed(2000, 0), mixed(500, 1, kinds=kinds), MIXED, {"kind": unseen})
    shift = next(each for each in found if each.column == "kind")
    assert shift.before.startswith(before)
    assert after in shift.after


def test_a_negligible_shift_of_many_rows_is_a_note_only(no_forest):
    drift = compare(numbers(20_000, 1), numbers(20_000, 2) + np.float32(0.1), NUMBERS)
    assert sum(shift.significant for shift in drift.shifts) == 20
    assert [finding.severity for finding in drift.findings] == ["note"]
    assert not drift.drifted


@pytest.mark.slow
def test_columns_that_moved_together_but_not_alone_are_told_apart_as_a_whole():
    rng = np.random.default_rng(3)
    cause = rng.normal(size=(3000, 1))
    bound = (cause + 0.1 * rng.normal(size=(3000, 2))).astype(np.float32)
    free = rng.normal(0, np.sqrt(1.01), size=(3000, 2)).astype(np.float32)
    drift = compare(bound, free, NUMBERS[:2])
    assert not any(shift.drifted for shift in drift.shifts)
    assert drift.findings[0].kind == "told_apart"
    assert drift.findings[0].severity == "severe"


def test_a_column_that_is_missing_altogether_is_found(no_forest):
    new = mixed(2000, 6)
    new[:, 3] = np.nan
    drift = compare(mixed(2000, 7), new, MIXED)
    assert "100.0% missing" in drift.findings[0].title


# The threshold's promise


@pytest.mark.slow
def test_a_promise_that_holds_is_seldom_doubted_and_a_broken_one_is_found():
    rng = np.random.default_rng(4)
    doubted = broken = 0
    for _ in range(200):
        threshold = choose(rng.chisquare(5, 1000), asked=read("alarms=2%"))
        kept, more = rng.chisquare(5, 2000), rng.chisquare(5, 2000) * 1.3
        for scores, is_broken in ((kept, False), (more, True)):
            alarms = int(threshold.is_alarm(scores).sum())
            verdict = alarm_rate(threshold, alarms=alarms, rows=2000, labelled=False).verdict
            doubted += verdict in ("more", "fewer") and not is_broken
            broken += verdict == "more" and is_broken
    assert doubted <= 8
    assert broken >= 190


def test_known_anomalies_among_unlabelled_rows_are_expected_alarms():
    rng = np.random.default_rng(5)
    labels = np.repeat([0, 1], [5000, 200])
    threshold = choose(rng.normal(0, 1, 5200) + 20 + 6 * labels, labels, asked=read("alarms=1%"), prevalence=0.05)
    rate = alarm_rate(threshold, alarms=590, rows=10_000, labelled=False)
    assert rate.promised.value == pytest.approx(0.95 * 0.01 + 0.05, abs=0.002)
    assert rate.verdict == "kept"
    assert alarm_rate(threshold, alarms=590, rows=10_000, labelled=True).verdict == "more"


def test_no_alarm_where_many_were_promised_is_said(no_forest):
    threshold = choose(np.random.default_rng(6).chisquare(5, 5000), asked=read("alarms=2%"))
    rate = alarm_rate(threshold, alarms=0, rows=5000, labelled=False)
    drift = compare(numbers(100, 1), numbers(100, 2), NUMBERS, alarms=rate)
    assert "Anomalies may be missed" in drift.findings[0].advice
    assert "gives fewer alarms" in drift.verdict


# What goes in and out


def test_other_columns_or_no_rows_are_refused():
    with pytest.raises(DataError, match="found 100 rows of 3 columns"):
        compare(numbers(100, 1), numbers(100, 2, width=3), NUMBERS)
    with pytest.raises(DataError, match="found 0 rows"):
        compare(numbers(100, 1), numbers(0, 2), NUMBERS)


def test_too_few_rows_are_said_to_be_too_few():
    drift = compare(numbers(100, 1), numbers(5, 2), NUMBERS)
    assert drift.told_apart is None
    assert drift.shifts == ()
    assert "5 rows are too few" in drift.to_text()


@pytest.mark.slow
def test_equal_input_gives_equal_findings():
    first, second = (compare(mixed(800, 1), mixed(800, 2, amount=1), MIXED, seed=3).to_dict() for _ in range(2))
    assert first == second


def test_it_is_shown_as_text_and_as_json():
    threshold = choose(np.random.default_rng(6).chisquare(5, 5000), asked=read("alarms=2%"))
    rate = alarm_rate(threshold, alarms=21, rows=1000, labelled=False)
    scores = np.random.default_rng(7).chisquare(5, 500), np.random.default_rng(8).chisquare(5, 500) * 2
    drift = compare(mixed(800, 1), mixed(800, 2, amount=1), MIXED, source="new.csv", scores=scores, alarms=rate)
    plain = json.loads(json.dumps(drift.to_dict(), allow_nan=False))
    assert plain["drifted"]
    assert {"amount", "(score)"} <= {shift["column"] for shift in plain["shifts"] if shift["drifted"]}
    text = drift.to_text(width=120)
    for words in (
        "new.csv:",
        "'amount' drifted",
        "The network's scores drifted",
        "The threshold keeps its promise: 21 (",
    ):
        assert words in text


@pytest.mark.parametrize(
    ("alarms", "rows", "verdict"),
    [
        (0, 1, "unknown"),
        (1, 1, "unknown"),
        (0, 30, "unknown"),
        (1, 100, "unknown"),
        (3, 3, "more"),
        (20, 1000, "kept"),
        (0, 120, "kept"),
        (60, 1000, "more"),
        (0, 1000, "fewer"),
    ],
)
def test_a_promise_is_judged_by_as_many_rows_as_can_show_it(alarms, rows, verdict, no_forest):
    threshold = choose(np.random.default_rng(6).chisquare(5, 5000), asked=read("alarms=2%"))
    rate = alarm_rate(threshold, alarms=alarms, rows=rows, labelled=False)
    assert rate.verdict == verdict
    assert rate.sentence.startswith("The threshold keeps its promise") == (verdict == "kept")
    drift = compare(numbers(100, 1), numbers(rows, 2), NUMBERS, rows=rows, alarms=rate)
    assert ("too few to say whether the threshold keeps its promise" in drift.verdict) == (verdict == "unknown")
    assert drift.to_dict()["alarms"]["verdict"] == verdict


def test_one_row_is_said_to_show_nothing():
    threshold = choose(np.random.default_rng(6).chisquare(5, 5000), asked=read("alarms=2%"))
    rate = alarm_rate(threshold, alarms=0, rows=1, labelled=False)
    drift = compare(numbers(100, 1), numbers(1, 2), NUMBERS, source="new.csv", alarms=rate)
    assert drift.verdict == (
        "new.csv: 1 row: too few to say whether columns drifted; "
        "too few to say whether the threshold keeps its promise."
    )
    text = " ".join(drift.to_text().split())
    assert "An alarm rate between 0 and 975 in a thousand fits" in text
    assert " rows would tell" in text


def test_the_rows_said_to_be_needed_suffice():
    for share in ("1%", "0.5%", "10%"):
        threshold = choose(np.random.default_rng(6).chisquare(5, 50_000), asked=read(f"alarms={share}"))
        needed = alarm_rate(threshold, alarms=0, rows=1, labelled=False).rows_needed
        expected = round(needed * threshold.false_alarms.value)
        assert alarm_rate(threshold, alarms=expected, rows=needed, labelled=False).verdict == "kept"
        assert alarm_rate(threshold, alarms=expected // 4, rows=needed // 4, labelled=False).verdict == "unknown"


def test_few_rows_are_said_to_show_large_shifts_only(no_forest):
    assert "a distance below 0.2" in compare(numbers(100, 1), numbers(60, 2), NUMBERS).to_text(width=300)
    assert "hardly be seen" not in compare(numbers(1000, 1), numbers(1000, 2), NUMBERS).to_text(width=300)


def test_a_new_category_and_a_changed_constant_are_found_on_a_few_rows():
    kinds = Column("kind", "category", categories=("card", "cash"), counts=(50, 40, 0))
    schema = Schema((kinds,), constants=(("k", "5"),), rows=90)
    found = {"kind": Unseen(1, {"crypto": 1}), "k": Unseen(2, {"6": 2})}
    changed, new = news(found, schema, 3)
    assert (changed.kind, changed.severity) == ("constant_changed", "severe")
    assert (new.kind, new.severity) == ("new_category", "warning")
    assert "'kind' says in 1 of 3 new rows what was in no training row: 'crypto' (1)" in new.title
    drift = compare(np.zeros((9, 1), np.float32), np.zeros((3, 1), np.float32), (kinds,), news=(changed, new))
    assert drift.drifted
    assert drift.verdict.startswith("the new rows: 1 severe finding, 1 warning; 3 rows: too few")
    assert [each.severity for each in news(found, schema, 1000)] == ["warning", "note"]
