import numpy as np
import pytest

from saccade.modalities.tables.fitting import fit_schema
from saccade.modalities.tables.reading import load_table
from saccade.modalities.tables.rendering_schema import SHOWN_COLUMNS, as_table
from saccade.modalities.tables.schema import Column, Schema, number
from saccade.tasks.anomaly_detection.row_terminal import describe as describe_table
from saccade.tasks.anomaly_detection.splitting import split_table


def test_a_table_is_described_by_its_parts_columns_notes_and_bad_rows(tmp_path, capsys):
    rng = np.random.default_rng(0)
    lines = [f"{rng.normal():.3f},{'card' if row % 4 else 'ATM'},{'yes' if row % 2 else ''},x,0" for row in range(100)]
    lines += ["3,card,yes,x,1", "abc,card,no,x,0"]
    path = tmp_path / "payments.csv"
    path.write_text("amount,channel,abroad,same,fraud\n" + "\n".join(lines))
    table = load_table(path, label="fraud")
    describe_table(table)
    assert "card" in capsys.readouterr().out
    describe_table(fit_schema(split_table(table, validation=10, calibration=10, test=20)))
    shown = capsys.readouterr().out
    for split in (
        "payments: 101 rows, 3 columns, label 'fraud'\n",
        "  train 60 normal; validation 10 normal; calibration 10 normal",
        "1 anomalous",
        "amount",
        "median",
        "card 7",
        "ATM 2",
        "yes 100%",
        "note: Not used, the same in all rows: 'same'.",
        "1 row skipped: row 102: 'amount' is 'abc', which is no finite number\n",
    ):
        assert split in shown


def test_of_many_columns_the_first_are_shown():
    schema = Schema(tuple(Column(f"x{place}", "number") for place in range(SHOWN_COLUMNS + 7)), rows=3)
    assert as_table(schema).row_count == SHOWN_COLUMNS + 1


@pytest.mark.parametrize(
    ("value", "shown"),
    [(1234567.8, "1,234,568"), (0.001234567, "0.001235"), (-0.5, "−0.5"), (-0.0, "0"), (-12345, "−12,345"), (20, "20")],
)
def test_numbers_are_short_but_whole_ones_in_full(value, shown):
    assert number(value) == shown
