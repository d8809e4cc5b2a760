"""What `saccade predict` prints, and draws, of pictures of which some do not belong."""

import csv
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from saccade.cli._classes import names, tell_skipped, unskipped

Write = Callable[[str, Any], None]


def judge_images(
    judge: Any, source: Path, pictures: tuple[str, ...], *, form: str, only_alarms: bool, heatmaps: Path | None
) -> None:
    """Print what is said of each picture as they come; raises DataError when some could not be read.

    Args:
        judge: a ImageAnomalyPredictor.
        source: the run.
        pictures: files, folders, or "-".
        form: "table", "csv" or "json".
        only_alarms: leave the others out.
        heatmaps: a folder for a drawing of each.
    """
    from saccade.inference import Remarks

    write, remarks = WRITERS[form](), Remarks()
    drawn = _drawn(source, pictures, heatmaps, remarks) if heatmaps else None
    answers = drawn or judge.predict_files(names(pictures), remarks=remarks)
    nothing = {"alarm": None, "score": None, "p_value": None}
    skipped, told, alarms = list[Any](), 0, 0
    for name, verdict in unskipped(answers, skipped, nothing if form == "json" else None):
        told, alarms = told + 1, alarms + verdict.alarm
        if verdict.alarm or not only_alarms:
            write(name, verdict)
    if told:
        click.echo(_summary(judge.threshold, told, alarms, heatmaps), err=True)
    tell_skipped(skipped, told, remarks)


def _drawn(source: Path, pictures: tuple[str, ...], folder: Path, remarks: Any) -> Iterator[tuple[str, Any]]:
    """Yield (name, verdict) for each picture, and draw where it does not belong into the folder."""
    from saccade.core.run import Run
    from saccade.modalities.images.dataset import SetAside
    from saccade.tasks.anomaly_detection.anomaly_maps import Locator, save

    taken: set[str] = set()
    for found in Locator(Run.open(source)).map_files(names(pictures), remarks=remarks):
        if isinstance(found, SetAside):
            yield found.name, found
            continue
        save(found, folder / _file_name(found.name, taken))
        yield found.name, found.verdict


def _file_name(name: str, taken: set[str]) -> str:
    """Return "scratch-000.png" for test/scratch/000.png, and a number behind it when that is taken."""
    path = Path(name)
    stem = f"{path.parent.name}-{path.stem}".lstrip("-.")
    number = next(number for number in range(1, len(taken) + 2) if _numbered(stem, number) not in taken)
    taken.add(_numbered(stem, number))
    return _numbered(stem, number)


def _numbered(stem: str, number: int) -> str:
    return f"{stem}.png" if number == 1 else f"{stem}-{number}.png"


def _summary(threshold: Any, pictures: int, alarms: int, heatmaps: Path | None) -> str:
    expected = threshold.expected_alarms(pictures)
    drawn = f" Drawings are in {heatmaps}." if heatmaps else ""
    return (
        f"{pictures:,} {'picture' if pictures == 1 else 'pictures'}, {alarms:,} {'alarm' if alarms == 1 else 'alarms'}:"
        f" scores above {threshold.value:.4g}. Were all normal, {expected.value:,.0f} would be expected "
        f"(95 of 100 times {expected.low:,.0f} to {expected.high:,.0f}).{drawn}"
    )


def _json_writer() -> Write:
    def write(name: str, verdict: Any) -> None:
        content = {"file": name, "alarm": verdict.alarm, "score": verdict.score, "p_value": verdict.p_value}
        click.echo(json.dumps(content, ensure_ascii=False))

    return write


def _csv_writer() -> Write:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    started: list[bool] = []

    def write(name: str, verdict: Any) -> None:
        if not started:
            writer.writerow(["file", "alarm", "score", "p_value"])
            started.append(True)
        writer.writerow([name, int(verdict.alarm), repr(verdict.score), f"{verdict.p_value:.6g}"])
        sys.stdout.flush()

    return write


def _table_writer() -> Write:
    def write(name: str, verdict: Any) -> None:
        click.echo(f"{verdict.label:<6}  score {verdict.score:<9.4g}  p {verdict.p_value:<7.3g}  {name}")

    return write


WRITERS: dict[str, Callable[[], Write]] = {"json": _json_writer, "csv": _csv_writer, "table": _table_writer}
