"""What the page of a regression adds: answers beside true numbers, intervals, the worst images, baselines."""

from pathlib import Path
from typing import Any

import numpy as np

from saccade.core.metric_value import MetricValue
from saccade.report import page
from saccade.report.page import Section, TaskContent
from saccade.tasks import image_report, race_text
from saccade.tasks.image_report import ImageMaterial, Tile
from saccade.tasks.regression.conformal import Intervals
from saccade.tasks.regression.evaluation import NAMES, RegressionEvaluation
from saccade.tasks.regression.report import curves

_FOLDER = Path(__file__).parent


def compose_page(material: ImageMaterial) -> str:
    """Return the page."""
    evaluation = material.evaluation
    content = TaskContent(
        says=image_report.sentences(
            material.sizes,
            exports="take image bytes and give a number",
            differences="that between two numbers, in standard deviations of the training numbers, “same answer” the "
            "share of the images on which they are less than a tenth of one apart",
        ),
        lead=image_report.lead(material),
        sections=[*race_text.section(material.run), *(_sections(material, evaluation) if evaluation else ())],
        facts=[image_report.fact(material), _range(material)],
        findings=image_report.findings(material),
        evaluated=evaluation.when if evaluation else "",
        accesses=evaluation.accesses if evaluation else 0,
    )
    return page.compose_page(material, content)


def _range(material: ImageMaterial) -> tuple[str, str]:
    of = material.data["targets"]["train"]
    text = f"{of['lowest']:.6g} to {of['highest']:.6g} in training, mean {of['mean']:.6g}, spread {of['std']:.4g}"
    return str(material.data["target"]), text


def _sections(material: ImageMaterial, evaluation: RegressionEvaluation) -> list[Section]:
    values = {"evaluation": evaluation, "names": NAMES, "written": written}
    worst = [Tile(name, f"says {said:.5g}", f"is {true:.5g}") for name, true, said in evaluation.worst]
    about = "The test images on which the answer is farthest from the number in the data. Look whether it is the "
    own = ("this network", written(evaluation.mae), "")
    others = [(each.title, written(each.score), written(each.difference)) for each in reversed(evaluation.baselines)]
    return [
        Section("answers", "Answers", page.fill(_FOLDER / "answers.html.j2", **values, figures=_figures(material))),
        Section("intervals", "Intervals", page.fill(_FOLDER / "intervals.html.j2", **values)),
        image_report.tiles(
            material,
            worst,
            key="worst",
            name="Worst images",
            title="The images it is farthest off on",
            about=f"{about}network that errs, or the number in the data.",
        ),
        image_report.baselines(
            [own, *others],
            score="mean absolute error",
            difference="this minus the network's",
            about="The last column compares image by image: when its interval has only positive numbers, the network "
            "is better, and chance does not explain it.",
        ),
    ]


def _figures(material: ImageMaterial) -> list[str]:
    rows = material.run.read_predictions(lambda row: (float(row["true"]), float(row["predicted"])))
    targets, found = np.array(rows, np.float64).T
    intervals = material.run.load(Intervals)
    half = intervals.usual.half_width if intervals and intervals.usual else None
    options: dict[str, Any] = {"target": str(material.data["target"])}
    return [curves.answers(targets, found, half, **options), curves.errors(targets, found, half, **options)]


def written(score: MetricValue) -> str:
    """Return "4.656 (4.036 to 5.266)"; "–" when not defined."""
    if score.value is None:
        return "–"
    interval = "" if score.low is None else f" ({score.low:.4g} to {score.high:.4g})"
    return f"{score.value:.4g}{interval}"
