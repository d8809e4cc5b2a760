"""Anomaly detection in rows on the command line: what describes a table, prints answers and shows the inside."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from saccade.core.dataset import SkippedItem
from saccade.core.errors import DataError
from saccade.modalities.tables.table import TABLE_SPLITS, Table
from saccade.modalities.tables.unseen import Unseen, changed_constants, joined
from saccade.tasks.anomaly_detection.anomaly import factor
from saccade.tasks.anomaly_detection.row_predictor import REASONS
from saccade.tasks.anomaly_detection.row_streams import scored_file

SHOWN_SKIPPED = 5
"""Rows that could not be read are named up to so many, and all counted."""

Write = Callable[[Any, Any], None]


def describe(table: Table) -> None:
    """Print size, labels and splits, what is usual in each column, the notes, and the rows that were skipped."""
    schema, counts = table.schema, table.counts()
    roles = [f"label '{schema.label}'" if schema.label else "no label", f"time '{schema.time}'" if schema.time else ""]
    click.echo(f"{table.name}: {len(table):,} rows, {len(schema.columns)} columns, {', '.join(filter(None, roles))}")
    if counts:
        click.echo(f"  {'; '.join(in_split(split, counts[split]) for split in TABLE_SPLITS if split in counts)}")
    from saccade.core.rendering import Console  # which a machine that only predicts has not
    from saccade.modalities.tables.rendering_schema import as_table

    Console().print(as_table(schema))
    _describe_rest(table.notes, table.skipped_items, table.skipped_count)


def in_split(split: str, counts: dict[str, int]) -> str:
    """Return "train 90 normal, 3 anomalous"."""
    shown = {"normal": "normal", "unknown": "without label", "anomaly": "anomalous"}
    return f"{split} {', '.join(f'{counts[name]:,} {word}' for name, word in shown.items() if counts[name])}"


def _describe_rest(notes: tuple[str, ...], skipped: tuple[SkippedItem, ...], count: int) -> None:
    for note in notes:
        click.echo(f"  note: {note}")
    if skipped:
        shown = "; ".join(f"{each.name}: {each.reason.rstrip('.')}" for each in skipped[:3])
        more = f"; and {count - 3:,} more, listed in data.json" if count > 3 else ""
        click.echo(f"  {count:,} {'row' if count == 1 else 'rows'} skipped: {shown}{more}")


def predict_rows(predictor: Any, source: object, files: Sequence[str], *, form: str, only_alarms: bool = False) -> None:
    """Print what is strange in the rows of a table as they are read; raises DataError when they cannot be.

    Args:
        predictor: a RowPredictor.
        source: the run or the file.
        files: one table.
        form: "table", "csv" or "json".
        only_alarms: leave the other rows out; the table always does.
    """
    if len(files) > 1:
        raise DataError(
            f"Expected one table, found {len(files)} names. Rows are numbered a file: ask for one at a time."
        )
    if files[0] == "-":
        raise DataError("A table is not read from standard input: name its file.")
    write = WRITERS[form](predictor)
    rows = alarms = skipped = 0
    unseen = dict[str, Unseen]()
    for scored in scored_file(predictor, files[0]):
        for note in scored.batch.notes:
            click.echo(f"note: {note}", err=True)
        for row in scored.batch.skipped_items[: max(0, SHOWN_SKIPPED - skipped)]:
            click.echo(f"skipped: {row.name}: {row.reason}", err=True)
        skipped += scored.batch.skipped_count
        unseen = joined(unseen, scored.batch.unseen)
        write(scored, scored.alarms.nonzero()[0] if only_alarms or form == "table" else None)
        rows += len(scored.scores)
        alarms += int(scored.alarms.sum())
    for _, sentence in changed_constants(unseen, predictor.schema, rows):
        click.echo(f"note: {sentence}", err=True)
    click.echo(_summary(predictor.threshold, rows, alarms, skipped), err=True)


def _summary(threshold: Any, rows: int, alarms: int, skipped: int) -> str:
    expected = threshold.expected_alarms(rows)
    return (
        f"{_count(rows, 'row')}, {_count(alarms, 'alarm')}"
        + (f" ({alarms / rows:.2%})" if rows else "")
        + f": scores above {threshold.value:.4g}. "
        + f"Were all rows normal, {expected.value:,.0f} would be expected (95 of 100 times {expected.low:,.0f} to "
        + f"{expected.high:,.0f})."
        + (f" {_count(skipped, 'row')} skipped." if skipped else "")
    )


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


# What is printed of some scored rows, or of the positions among them


def _table_writer(predictor: Any) -> Write:
    def write(scored: Any, positions: Any) -> None:
        for anomaly in predictor.explained(scored, positions):
            times = anomaly.score / predictor.threshold.value if anomaly.score > 0 else 0.0
            beside = f", {factor(times)} times the threshold" if times else ""
            click.echo(f"row {anomaly.row:,}: score {anomaly.score:.4g}{beside}; p {anomaly.p_value:.2g}")
            for reason in anomaly.reasons:
                click.echo(f"    {reason}")

    return write


def _json_writer(predictor: Any) -> Write:
    def write(scored: Any, positions: Any) -> None:
        for anomaly in predictor.explained(scored, positions):
            click.echo(json.dumps(anomaly.to_dict(), ensure_ascii=False))

    return write


def _csv_writer(predictor: Any) -> Write:
    """Return what writes thousands of rows at once: a million take seconds."""
    import polars as pl

    started: list[bool] = []

    def write(scored: Any, positions: Any) -> None:
        rows = pl.DataFrame(
            {
                "row": scored.batch.numbers,
                "score": scored.scores,
                "p_value": scored.p_values,
                "alarm": scored.alarms,
                **dict(_largest(predictor, scored)),
            }
        )
        if positions is not None:
            rows = rows[positions]
        sys.stdout.write(rows.write_csv(include_header=not started))
        started.append(True)

    return write


def _largest(predictor: Any, scored: Any) -> Iterator[tuple[str, Any]]:
    """Yield, by name, the columns that add most to each row's score, and their share of it."""
    import numpy as np
    import polars as pl

    names = pl.Series(predictor.schema.names)
    left, every = scored.contributions.copy(), np.arange(len(scored.scores))
    scores = np.where(scored.scores > 0, scored.scores, 1)
    for place in range(1, 1 + min(REASONS, len(names))):
        largest = left.argmax(axis=1)
        yield f"reason_{place}", names[largest]
        yield f"share_{place}", (left[every, largest] / scores).round(4)
        left[every, largest] = -1


WRITERS: dict[str, Callable[[Any], Write]] = {"table": _table_writer, "json": _json_writer, "csv": _csv_writer}


def inspect_rows(
    run: Any,
    tables: tuple[str, ...],
    *,
    row: int | None = None,
    to: Path | None = None,
    as_json: bool = False,
    data: str | None = None,
) -> Path | None:
    """Write a page on one row, or on the network over its calibration rows, and return its path; or print the numbers.

    Args:
        run: of a table.
        tables: at most one file.
        row: its number.
        to: the folder to write into.
        as_json: print JSON and write no page.
        data: where the run's table lies now.
    """
    if len(tables) > 1:
        raise DataError(f"Expected one table, found {len(tables)} names. A row of it is named by --row 17.")
    if tables and not Path(tables[0]).is_file():
        raise DataError(
            f"There is no file '{tables[0]}'. {run.path} was trained on a table: name one (.csv, .csv.gz, .parquet, "
            ".npz) and --row 17, or only --row for a row of its own table."
        )
    if row is not None and not tables:
        from saccade.tasks.anomaly_detection.inspection.row_input import refuse_sealed

        refuse_sealed(run, row)  # before anything heavy loads

    from saccade.tasks.anomaly_detection.trained import TrainedRowDetector

    trained = TrainedRowDetector(run.path)
    if row is None and not tables:
        found: Any = trained.overview(data=data, quiet=as_json)
        name = "overview"
    else:
        found = trained.inspect(tables[0] if tables else None, row=row, data=data)
        name = f"{_stem(tables[0])}-row-{found.anomaly.row}" if tables else f"row-{found.anomaly.row}"
    if as_json:
        click.echo(json.dumps(found.to_dict(), ensure_ascii=False))
        return None
    from saccade.core.rendering import Console

    Console().print(found)
    page: Path = found.save(to or run.inspections_path / name)
    return page


def _stem(path: str) -> str:
    return Path(path).name.partition(".")[0][:60]
