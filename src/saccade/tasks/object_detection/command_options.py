"""Options that commands have because of object detectors."""

from pathlib import Path

import click

FOLDER = click.Path(path_type=Path, file_okay=False)

OPTIONS = {
    "predict": (
        click.Option(
            ["--threshold"],
            type=float,
            metavar="SCORE",
            help="Of a run that finds objects: the least score of a box.",
        ),
        click.Option(
            ["--coco"],
            type=click.Path(path_type=Path),
            metavar="FILE",
            help="Of such a run: all boxes as COCO JSON.",
        ),
        click.Option(
            ["--yolo"],
            type=FOLDER,
            metavar="FOLDER",
            help="Of such a run: the boxes of each image as a YOLO text file.",
        ),
        click.Option(
            ["--draw"],
            type=FOLDER,
            metavar="FOLDER",
            help="Of such a run: each image with its boxes drawn on it.",
        ),
    )
}
