"""How time columns are read: a new form or unit is a line."""

import numpy as np
import polars as pl
import pytest
from each_case import each_case

from saccade.core.errors import DataError, SaccadeError
from saccade.modalities.tables import datetime_formats, times
from saccade.modalities.tables.reading import encoded_batches, load_table

MOMENT = 1_674_910_800  # 2023-01-28 13:00 UTC


def written_as(seconds, form):
    return np.datetime64(int(seconds), "s").astype(object).strftime(form)


def table_of(write, cells, name="table.csv"):
    """Return a file whose second column is the time."""
    return write("a;when\n" + "".join(f"{row * row % 17}.5;{cell}\n" for row, cell in enumerate(cells)), name)


HOURS = [MOMENT + 3600 * hour for hour in range(100)]


@each_case(
    "text",
    [
        "2023-01-28 13:00:00",
        "2023-01-28T13:00",
        "2023-01-28T13:00:00.000Z",
        "2023-01-28T13:00:00.000000000Z",
        "2023-01-28t13:00:00z",
        "2023-01-28 13:00:00 UTC",
        "2023-01-28 14:00:00 UTC+1",
        "2023-01-28T14:00:00+01:00",
        "2023-01-28T14:00:00+0100",
        "2023-01-28 18:30:00+0530",
        "2023-01-28T08:00−05:00",
        "2023-01-28T14:00+01:00[Europe/Berlin]",
        "2023-01-28 13:00:00,000",
        "2023-01-28_13:00:00",
        "2023-1-28 13:00",
        "2023-01-28 13",
        "2023-01-28 13h00",
        "2023-01-28 1:00 PM",
        "2023-01-28 01:00:00 p.m.",
        "2023/01/28 13:00:00",
        "2023.01.28 13:00",
        "2023-Jan-28 13:00",
        "20230128T130000Z",
        "20230128T1300",
        "20230128 130000",
        "28 Jan 2023 13:00",
        "28-JAN-2023 13:00:00",
        "28/Jan/2023:13:00:00 +0000",
        "28 January 2023 at 13:00:00 UTC",
        "Jan 28, 2023 1:00 PM",
        "January 28th, 2023 at 1:00 p.m.",
        "Saturday, January 28, 2023 1:00:00 PM",
        "Sat, 28 Jan 2023 13:00:00 +0000",
        "Sat, 28 Jan 2023 13:00:00 GMT",
        "Sat Jan 28 13:00:00 2023",
        "Sat Jan 28 13:00:00 UTC 2023",
        "Sat Jan 28 2023 14:00:00 GMT+0100 (Central European Standard Time)",
        "28/01/2023 13:00",
        "28.01.2023 13:00:00",
    ],
)
def test_written_moments_that_can_mean_one_thing_only_are_read(text):
    assert datetime_formats.moments(pl.Series([text, None]))[0][0] == MOMENT


@each_case(
    "text",
    [
        *("01/28/23", "28.01.23 13:00", "23-01-28", "23-01-28 13:00:00", "2023-02-30", "2023-13-01", "12/34/2023"),
        *("2023-01-28 25:00", "2023-01-28 13:60", "2023-01-28 13:00 PM", "2023-01-28 13:00 CST", "13:00", "soon"),
        *("1.2.3", "Marc 5, 2023", "2023-01-28T13:00:00+25:00"),
    ],
)
def test_what_can_mean_several_things_or_nothing_is_not_read(text):
    day_first, month_first, _ = datetime_formats.moments(pl.Series([text]))
    assert np.isnan(day_first[0])
    assert month_first is None or np.isnan(month_first[0])


@pytest.mark.parametrize(
    ("unit", "cell"),
    [
        ("seconds", str),
        ("seconds", lambda at: f"{at}.25"),
        ("milliseconds", lambda at: f"{at}000"),
        ("milliseconds", lambda at: f"{at:.3E}".replace("E+09", "E+12")),
        ("microseconds", lambda at: f"{at}000000"),
        ("nanoseconds", lambda at: f"{at}000000000"),
        ("yyyymmddhh", lambda at: written_as(at, "%Y%m%d%H")),
        ("yyyymmddhhmm", lambda at: written_as(at, "%Y%m%d%H%M")),
        ("yyyymmddhhmmss", lambda at: written_as(at, "%Y%m%d%H%M%S") + ".0"),
        ("serial-days", lambda at: f"{at / 86400 + 25569:.5f}"),
        ("serial-days", lambda at: f"{at / 86400 + 25569:.5f}".replace(".", ",")),
    ],
)
def test_numbers_are_known_by_their_size_and_by_their_digits(write, unit, cell):
    table = load_table(table_of(write, map(cell, HOURS)), time="when")
    assert table.schema.time_format == unit
    if "E" not in cell(MOMENT):
        assert table.times == pytest.approx(HOURS, abs=1)
        assert "2023-01-28 13:00 to 2023-02-01 16:00, 24 rows a day." in table.notes[0]
        assert times.UNITS[unit] in table.notes[0]


@pytest.mark.parametrize(
    ("unit", "cells", "said"),
    [
        ("yyyymmdd", [written_as(MOMENT + 86400 * day, "%Y%m%d") for day in range(60)], "2023-03-28, 1 row a day"),
        ("yyyymmdd", [f"202301{day:02}" for day in range(1, 32) for _ in range(9)], "2023-01-31, 9 rows a day"),
        ("yyyymm", [f"2022{month:02}" for month in range(1, 13)] * 4, "2022-01-01 to 2022-12-01"),
        ("yyyy", range(1990, 2020), "1990-01-01 to 2019-01-01"),
        ("elapsed-seconds", range(600), "seconds that have passed, 0 to 599 seconds, 86,400 rows a day"),
        ("elapsed-seconds", range(0, 172_800, 300), "0 to 172,500 seconds, 288 rows a day"),
        ("elapsed-seconds", [0, 0, 1, 5, 9.5] * 9, "0 to 9.5 seconds"),
    ],
)
def test_dates_of_digits_and_counters_are_told_apart(write, unit, cells, said):
    table = load_table(table_of(write, cells), time="when")
    assert table.schema.time_format == unit
    assert said in table.notes[0]


@pytest.mark.parametrize("cells", [["638105148000000000", "638105949000000000"], ["1674910800", "1674914400000"]])
def test_numbers_in_no_unit_or_in_several_are_asked_for(write, cells):
    with pytest.raises(DataError, match="no times in one unit.* --time-format seconds, milliseconds"):
        load_table(table_of(write, cells * 30), time="when")


@pytest.mark.parametrize(
    ("cells", "order", "first"),
    [
        (["02/01/2023", "28/01/2023"], "day-first", "2023-01-02"),
        (["02/01/2023 1:05 PM", "01/28/2023 1:05 AM"], "month-first", "2023-01-28"),
        (["2.1.2023", "28.1.2023", "2023-01-03"], "day-first", "2023-01-02"),
    ],
)
def test_one_day_above_12_shows_the_order_of_all(write, cells, order, first):
    table = load_table(table_of(write, cells * 20), time="when")
    assert table.schema.time_format == order
    assert f"with the {order.replace('-', ' ')}" in table.notes[0]
    assert f"{first}" in table.notes[0]
    new = next(encoded_batches(table_of(write, ["05/02/2023"], "new.csv"), table.schema))
    assert written_as(new.times[0], "%d %m") == ("05 02" if order == "day-first" else "02 05")


def test_where_no_row_shows_the_order_it_is_asked_for(write):
    path = table_of(write, ["01/02/2023", "03/04/2023"] * 20)
    with pytest.raises(DataError, match=r"01/02/2023, .* day-first reads 2023-02-01, .* month-first 2023-01-02"):
        load_table(path, time="when")
    for order, month in (("day-first", 2), ("month-first", 1)):
        assert written_as(load_table(path, time="when", time_format=order).times[0], "%m") == f"0{month}"


def test_dates_in_both_orders_are_refused_and_a_single_wrong_one_is_put_aside(write):
    days = [f"{day}/01/2023" for day in range(13, 30)]
    with pytest.raises(DataError, match=r"day first \(17 .*month first \(17"):
        load_table(table_of(write, [*days, *(f"01/{day}/2023" for day in range(13, 30))]), time="when")
    table = load_table(table_of(write, [*days * 3, "01/30/2023"]), time="when")
    assert table.skipped_items[0].reason == "its time 'when' is no date in the order of the others."


@pytest.mark.parametrize(
    ("time_format", "cell", "first"),
    [
        ("%d/%m/%y %H:%M", "02/01/23 13:00", "2023-01-02 13:00"),
        ("%y%m%d", "230102", "2023-01-02"),
        ("elapsed-hours", "7", "25,200"),
        ("milliseconds", "7000", "1970-01-01"),
    ],
)
def test_a_format_can_be_said(write, time_format, cell, first):
    table = load_table(table_of(write, [cell] * 20), time="when", time_format=time_format)
    assert first in table.notes[0]
    assert table.schema.time_format == time_format


@pytest.mark.parametrize(
    ("time_format", "said"), [("milisecond", "'milliseconds'"), ("%Q", "cannot be read as a time as '%Q'")]
)
def test_a_format_that_does_not_exist_is_refused(write, time_format, said):
    with pytest.raises(SaccadeError, match=said):
        load_table(table_of(write, HOURS), time="when", time_format=time_format)


def test_times_that_mostly_cannot_be_read_are_refused_with_what_can(write):
    with pytest.raises(DataError, match=r"20 of 21 cells .* '01/02/23'\. A year of two digits .*28 Jan 2023"):
        load_table(table_of(write, [*["01/02/23"] * 20, "2023-01-01"]), time="when")


def test_several_forms_may_stand_in_one_column_and_a_missing_zone_is_said(write):
    cells = ["2023-01-28T13:00:00Z", "28 Jan 2023 13:00", "2023/01/28 2:00 PM +01:00", str(MOMENT)] * 9
    table = load_table(table_of(write, cells), time="when")
    assert set(table.times) == {MOMENT}
    assert "9 of 27 without zone, taken as UTC" in table.notes[0]
    assert "9 are numbers and 27 are written out" in table.notes[1]


@pytest.mark.parametrize(
    ("name", "clock"),
    [
        ("1970-01-01", ""),
        ("1970-01-01", "T00:00:00Z"),
        ("1900-01-01", " 00:00:00+01:00"),
        ("9999-12-31", " 23:59:59"),
        ("0001-01-01", "T00:00:00"),
        ("0000-00-00", ""),
        ("0000-00-00", " 00:00:00"),
    ],
)
def test_a_placeholder_is_named_counted_put_aside_and_moves_no_rate(write, name, clock):
    cells = [written_as(hour, "%Y-%m-%dT%H:%M:%SZ") for hour in HOURS]
    table = load_table(table_of(write, [*cells, f"{name}{clock}", f"{name}{clock}"]), time="when")
    assert (len(table), table.skipped_count) == (100, 2)
    assert "2023-01-28 13:00 to 2023-02-01 16:00, 24 rows a day" in table.notes[0]
    assert f"2 rows have {name}" in table.notes[1]
    assert table.skipped_items[0].reason == f"its time 'when' is {name}, which stands for no date."


def test_a_zero_among_milliseconds_is_no_date_of_1970(write):
    table = load_table(table_of(write, [*(f"{at}000" for at in HOURS), "0"]), time="when")
    assert table.numbers.tolist() == list(range(1, 101))


def test_a_series_that_goes_through_1970_keeps_its_first_of_january(write):
    days = [np.datetime64("1969-06-01") + np.timedelta64(day, "D") for day in range(400)]
    assert load_table(table_of(write, days), time="when").skipped_count == 0


def test_what_lies_far_from_all_others_in_time_is_said(write):
    table = load_table(table_of(write, [*HOURS, MOMENT + 200 * 366 * 86400 // 100]), time="when")
    assert "24 rows a day" in table.notes[0]
    assert "1 row lies far from all others in time, such as 2025-01-29" in table.notes[1]
