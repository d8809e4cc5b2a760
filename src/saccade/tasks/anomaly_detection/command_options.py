"""Options that commands have because of anomaly detectors."""

from pathlib import Path

import click

ONLY_ALARMS = click.Option(["--only-alarms"], is_flag=True, help="Of rows, also with --json and --csv.")
ANOMALY_MAPS = click.Option(
    ["--anomaly-maps"],
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="Of a run that looks for anomalies in images: draw an image for each, of where.",
)

OF_ROWS = {"predict": (ONLY_ALARMS,)}
OF_IMAGES = {"predict": (ONLY_ALARMS, ANOMALY_MAPS)}
