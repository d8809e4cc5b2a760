"""What `saccade inspect` does with a run of a table."""

import json
from pathlib import Path
from typing import Any

import click


def inspect_rows(
    run: Any,
    tables: tuple[str, ...],
    *,
    row: int | None,
    to: Path | None,
    as_json: bool,
    data: str | None,
    of_images: tuple[str, ...],
) -> None:
    """Write a page on one row, or on the whole network over its calibration rows; or print the numbers.

    Args:
        run: of a table.
        tables: at most one file.
        row: its number.
        to: the folder to write into.
        as_json: print JSON and write no page.
        data: where the run's table lies now.
        of_images: options that were given and are for images.
    """
    from saccade.core.errors import DataError

    if of_images:
        raise click.UsageError(f"{', '.join(of_images)}: of images only; {run.path} was trained on a table.")
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

    from saccade.core.rendering import Console
    from saccade.trained import TrainedTable

    trained = TrainedTable(run.path)
    if row is None and not tables:
        found: Any = trained.overview(data=data, quiet=as_json)
        name = "overview"
    else:
        found = trained.inspect(tables[0] if tables else None, row=row, data=data)
        name = f"{_stem(tables[0])}-row-{found.anomaly.row}" if tables else f"row-{found.anomaly.row}"
    if as_json:
        click.echo(json.dumps(found.to_dict(), ensure_ascii=False))
        return
    Console().print(found)
    page = found.save(to or run.inspections_path / name)
    click.echo(f"{page} ({page.stat().st_size / 2**20:.1f} MiB); open it in a browser.")


def _stem(path: str) -> str:
    return Path(path).name.partition(".")[0][:60]
