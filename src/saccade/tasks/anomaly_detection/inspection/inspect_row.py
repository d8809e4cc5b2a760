"""Run + row → RowInspection: what is strange about a row, how the network sees it, and what would make it usual."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade.core.backend import Model
from saccade.core.errors import RunError, SaccadeError
from saccade.core.run import Run
from saccade.inspection.plan import plan
from saccade.inspection.summary import by_key
from saccade.modalities.tables.schema import Column, number
from saccade.modalities.tables.table import Table
from saccade.models import autoencoders
from saccade.tasks import base
from saccade.tasks.anomaly_detection.anomaly import Reason, scores_of
from saccade.tasks.anomaly_detection.inspection import row_input
from saccade.tasks.anomaly_detection.inspection.reconstruction import Ends, find_ends, in_words
from saccade.tasks.anomaly_detection.inspection.row_input import FoundRow
from saccade.tasks.anomaly_detection.inspection.row_inspection import ColumnInspection, Replaced, RowInspection
from saccade.tasks.anomaly_detection.inspection.units import few_enough, find_units, values_of
from saccade.tasks.anomaly_detection.reference_rows import ReferenceRows
from saccade.tasks.anomaly_detection.row_predictor import RowPredictor, open_row_predictor

MOST_REPLACED = 1000
"""Columns that are replaced one at a time, those with the largest contributions: each is a row for the network."""

MOST_STEPS = 8
"""Columns that are replaced one after the other."""

Values = NDArray[np.float32]


def inspect_row(
    run: Run, model: Model, *, rows: Any = None, row: int | None = None, data: str | None = None, quiet: bool = True
) -> RowInspection:
    """Return the way of one row through the network of a run.

    Args:
        run: a trained run of a table.
        model: its network.
        rows: a file, or what `open_rows` takes; left out: the run's own table.
        row: its number there, from 1; may be left out where there is only one.
        data: where the run's table lies now, when it or the run has moved.
        quiet: no progress bars.

    Raises:
        DataError: there is no such row, or it cannot be read.
        RunError: the row is of the test split, or the run has no threshold.
    """
    predictor = open_row_predictor(run, model=model)
    if rows is None:
        if row is None:
            raise RunError("Say which row of the run's table: row=17. The whole network is seen with overview().")
        row_input.refuse_sealed(run, row)
        table: Table | None = base.reload(run, data=data, quiet=quiet)
        assert table is not None
        found, reason = row_input.row_of_table(table, row), ""
    else:
        found = row_input.row_of_rows(rows, predictor.schema, row)
        table, reason = _table_if_there(run, data=data, quiet=quiet)
    reference, reference_of = usual_rows(run, table)
    return _inspected(run, model, predictor, found, reference, reference_of, reason)


def usual_rows(run: Run, table: Table | None) -> tuple[Values, str]:
    """Return normal rows that show what is usual, (n, d), and what they are; training rows where there is no other."""
    for split in ("calibration", "validation") if table is not None else ():
        assert table is not None
        rows = table.normal_rows(split)
        if len(rows):
            return table.values[rows], f"normal {split} rows"
    kept = run.load(ReferenceRows)
    if kept is None or not len(kept.values):
        raise RunError(f"{run.path} has kept no rows that show what is usual, and its data are not there.")
    return kept.values, "training rows"


def _table_if_there(run: Run, *, data: str | None, quiet: bool) -> tuple[Table | None, str]:
    """Return the run's table, or why there is none; a row of another file can be looked at without."""
    try:
        return base.reload(run, data=data, quiet=quiet), ""
    except SaccadeError as error:
        if data is not None:
            raise
        said = str(error).partition(". ")[0].rstrip(".")
        return None, f"The data of this run cannot be used ({said}); say where they are with --data."


def _inspected(
    run: Run, model: Model, predictor: RowPredictor, found: FoundRow, reference: Values, reference_of: str, reason: str
) -> RowInspection:
    network, schema = plan(model), predictor.schema
    ends, features = find_ends(network), autoencoders.layout(schema)
    scored = predictor.scored(found.batch)
    (anomaly,) = predictor.explained(scored, reasons=len(schema.columns))
    some = few_enough(network, reference)
    layers = find_units(
        network,
        ends,
        values_of(network, some),
        summaries=by_key(model),
        features=features,
        columns=schema.names,
    )
    values = values_of(network, found.batch.values)
    row = found.batch.values[0]
    change = _Replacing(predictor, row)
    effects = change.effects(scored.contributions[0])
    order = [schema.names.index(each.column) for each in anomaly.reasons]
    views = _Columns(schema.columns, features, ends, values, change.replacements)
    return RowInspection(
        title=run.path.name,
        source=found.source,
        split=found.split,
        label=found.label,
        notes=(*found.batch.notes, *([reason] if reason else [])),
        anomaly=anomaly,
        threshold=predictor.threshold,
        columns=tuple(
            views.column(position, each, effects.get(position))
            for position, each in zip(order, anomaly.reasons, strict=True)
        ),
        ways=len(ends.rebuilt),
        towards_normal=change.towards_normal() if anomaly.alarm else (),
        layers=layers,
        activations=tuple(values[layer.number][0] for layer in layers),
        reference_of=f"{len(some):,} {reference_of}",
    )


@dataclass(frozen=True)
class _Columns:
    """What is said of each column of a row.

    Attributes:
        columns: of the schema.
        features: that are made of them.
        ends: where features and rebuilt features stand.
        values: every value of the row, by number, (1, …) each.
        replacements: (d,), what is usual in each column, encoded.
    """

    columns: tuple[Column, ...]
    features: tuple[autoencoders.Feature, ...]
    ends: Ends
    values: dict[int, Values]
    replacements: Values

    def column(self, position: int, reason: Reason, effect: float | None) -> ColumnInspection:
        """Return one of them."""
        column = self.columns[position]
        places = [place for place, feature in enumerate(self.features) if feature.column == position]
        ways = [self.values[number][0, places] for number in self.ends.rebuilt]
        is_number = self.features[places[0]].kind == "value"
        rebuilt = np.mean(ways, axis=0) if ways else None
        return ColumnInspection(
            reason=reason,
            standardized=self._standardized(places[0]) if is_number and reason.value != "missing" else None,
            rebuilt="" if rebuilt is None else in_words(column, [self.features[place] for place in places], rebuilt),
            rebuilt_standardized=float(rebuilt[0]) if rebuilt is not None and is_number else None,
            ways=self._range(column, places, ways) if len(ways) > 1 and is_number else "",
            typical_value=_short(column, float(self.replacements[position])),
            effect=effect,
        )

    def _standardized(self, place: int) -> float:
        return float(self.values[self.ends.features][0, place])

    def _range(self, column: Column, places: list[int], ways: list[Values]) -> str:
        said = sorted(float(self.features[places[0]].said(way[0])) for way in ways)
        least, largest = (
            f"{round(end, 2) + 0:.2f}" if column.kind == "boolean" else _short(column, end)
            for end in (said[0], said[-1])
        )
        return f"{least} to {largest}"


class _Replacing:
    """Asks the network again with what is usual in place of what a row has."""

    def __init__(self, predictor: RowPredictor, row: Values) -> None:
        self._predictor, self._row = predictor, row
        self.replacements = np.array([_usual(column) for column in predictor.schema.columns], np.float32)

    def effects(self, contributions: Values) -> dict[int, float]:
        """Return by how much the score falls when a column is replaced, by the column's position."""
        columns = np.argsort(-contributions, kind="stable")[:MOST_REPLACED]
        scores = self._scores(self._row, columns)
        return dict(zip(columns.tolist(), (scores[0] - scores[1:]).tolist(), strict=True))

    def towards_normal(self) -> tuple[Replaced, ...]:
        """Replace columns one after the other, each time the one that lowers the score most, until it is no alarm."""
        row, steps = self._row.copy(), list[Replaced]()
        columns = np.argsort(-self._predictor.contributions(row[None])[0], kind="stable")[:MOST_REPLACED]
        while len(steps) < MOST_STEPS:
            scores = self._scores(row, columns)
            best = int(scores[1:].argmin())
            if not scores[best + 1] < scores[0]:
                break
            position = int(columns[best])
            row[position] = self.replacements[position]
            column = self._predictor.schema.columns[position]
            steps.append(Replaced(column.name, _short(column, float(row[position])), float(scores[best + 1])))
            if not self._predictor.threshold.is_alarm(scores[best + 1 : best + 2])[0]:
                break
        return tuple(steps)

    def _scores(self, row: Values, columns: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the score of a row, and then of it with each of some columns replaced, asked together."""
        rows = np.repeat(row[None], len(columns) + 1, axis=0)
        rows[np.arange(len(columns)) + 1, columns] = self.replacements[columns]
        return scores_of(self._predictor.contributions(rows))


def _short(column: Column, value: float) -> str:
    return number(value) if column.kind == "number" and not column.offset else column.shown(value)


def _usual(column: Column) -> float:
    """Return what is usual in a column, encoded: the median, or the most frequent value."""
    if column.kind == "number":
        return column.middle
    return float(np.argmax(column.counts)) if column.counts else 0.0
