import numpy as np
import pytest

from saccade.modalities.tables.periods import DAY, period, rows_per_day

HOURS = 1.6e9 + 3600 * np.arange(600.0)
DAYS = 1.6e9 // DAY * DAY + DAY * np.arange(364.0)
WEEKDAYS = DAYS[(DAYS // DAY).astype(int) % 7 < 5]


@pytest.mark.parametrize(
    ("times", "rate"),
    [
        (HOURS, 24),
        (HOURS[::-1], 24),
        (np.append(HOURS, 0), 24),
        (np.append(HOURS, [0, 253_402_300_799, np.nan]), 24),
        (np.append(HOURS, HOURS[-1] + 5 * DAY), 24),
        (np.append(np.arange(600.0), 5 * DAY), DAY),  # a row a second
        (np.repeat(DAYS, 50), 50),
        (WEEKDAYS, 5 / 7),  # weekends count: alarms a day are expected from the mean
        ((WEEKDAYS[:, None] + 3600 * np.arange(9, 17)).ravel(), 8 * 5 / 7),
        (np.concatenate([HOURS, HOURS + 600 * DAY]), 24),  # two years without a row are no part of it
        (np.repeat(DAYS[::30], 900), 30),  # all of a month at once
        (DAYS[::14], 1 / 14),
        (np.array([0, DAY]), 1),
        (np.array([5.0, np.nan, 5.0]), None),
        (np.array([]), None),
    ],
)
def test_the_rows_a_day_are_those_of_the_days_in_which_rows_come(times, rate):
    assert rows_per_day(times) == (rate if rate is None else pytest.approx(rate, rel=0.03))


def test_the_rate_of_rows_at_random_moments_is_that_of_their_process():
    rng = np.random.default_rng(0)
    for mean in (1.0, 3600.0, 10 * DAY):
        rates = [rows_per_day(1e9 + np.cumsum(rng.exponential(mean, 2000))) for _ in range(20)]
        assert np.mean(rates) == pytest.approx(DAY / mean, rel=0.03)


def test_strays_are_the_few_rows_far_from_all_others():
    assert period(np.append(HOURS, [7.0, 9e9])).strays.tolist() == [7, 9e9]
    assert len(period(HOURS).strays) == len(period(np.concatenate([HOURS, HOURS + 600 * DAY])).strays) == 0
