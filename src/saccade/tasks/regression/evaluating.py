"""Evaluate a run of a regression on one part of its data."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import betabinom, binomtest

from saccade.core.backend import Model
from saccade.core.finding import Finding, worst_first
from saccade.core.intervals import bootstrap_mean
from saccade.core.metric_value import MetricValue
from saccade.core.run import Run
from saccade.evaluation.opening_split import OpenedSplit, open_split
from saccade.inference import load_model
from saccade.tasks.image_evaluating import keep, now
from saccade.tasks.regression import metrics
from saccade.tasks.regression.baseline_answers import baseline_answers
from saccade.tasks.regression.conformal import Intervals, rank
from saccade.tasks.regression.conformal_fitting import answers as answers_of
from saccade.tasks.regression.conformal_fitting import fit_intervals
from saccade.tasks.regression.evaluation import Baseline, Coverage, RegressionEvaluation
from saccade.tasks.regression.measured_images import MeasuredImages
from saccade.tasks.regression.residual_plot import draw_residuals

PREDICTED = ("name", "true", "predicted", "low", "high")
"""The columns of predictions.csv."""

WORST = 50
"""Images that an evaluation names."""

RARE = 0.001
"""A p-value of a coverage below this is a finding."""

Numbers = NDArray[np.float64]


def evaluate(
    run: Run,
    *,
    split: str | None = None,
    data: str | None = None,
    label: str = "",
    model: Model = None,
    quiet: bool = True,
) -> RegressionEvaluation:
    """Return how far off the run's network is on one part of its data, or on other images with numbers.

    What is written and when, arguments and errors are those of `Task.evaluate`; `label` names the column of the numbers
    of other data, where it is called otherwise than in the run's.
    """
    opened: OpenedSplit[MeasuredImages] = open_split(run, split=split, data=data, quiet=quiet, label=label)
    dataset = opened.dataset
    answers = answers_of(load_model(run) if model is None else model, dataset, opened.rows)
    # of a run that was interrupted, say; what is left of changed data is no measure
    intervals = run.load(Intervals) or (None if opened.other else fit_intervals(run, dataset))
    evaluation = _compute(dataset, opened.split, answers, intervals)
    targets = dataset.of(opened.split)
    return keep(
        opened,
        evaluation,
        (PREDICTED, _predictions(dataset, opened.split, answers, intervals)),
        score=lambda new: {"mae": metrics.mae(targets[new], answers[new])},
        seen={"mae": evaluation.mae.value},
        write=lambda _: _draw(run, targets, answers, intervals, target=dataset.target),
        quiet=quiet,
    )


def _compute(
    dataset: MeasuredImages, split: str, answers: Numbers, intervals: Intervals | None
) -> RegressionEvaluation:
    targets = dataset.of(split)
    baselines = _baselines(dataset, split, np.abs(answers - targets))
    coverages = _coverages(intervals, np.abs(answers - targets)) if intervals else ()
    return RegressionEvaluation(
        split=split,
        images=len(targets),
        target=dataset.target,
        metrics=metrics.compute(targets, answers),
        baselines=baselines,
        coverages=coverages,
        findings=worst_first([*_on_the_mean(baselines), *_on_coverage(coverages)]),
        worst=tuple(_worst(dataset, split, answers)),
        when=now(),
    )


def _baselines(dataset: MeasuredImages, split: str, errors: Numbers) -> tuple[Baseline, ...]:
    """Return the baselines, the weakest first; `errors` (n,) are the network's absolute ones."""
    targets = dataset.of(split)
    others = {name: np.abs(found - targets) for name, found in baseline_answers(dataset, split).items()}
    made = [Baseline(name, bootstrap_mean(each), bootstrap_mean(each - errors)) for name, each in others.items()]
    return tuple(sorted(made, key=lambda each: -(each.score.value or 0)))


def _coverages(intervals: Intervals, errors: Numbers) -> tuple[Coverage, ...]:
    return tuple(_coverage(intervals.images, each.coverage, each.half_width, errors) for each in intervals.levels)


def _coverage(fitted_on: int, promised: float, half_width: float, errors: Numbers) -> Coverage:
    hits, count = int(np.sum(errors <= half_width)), len(errors)
    exact = binomtest(hits, count).proportion_ci(0.95, method="exact")
    # the share itself varies with the validation images: it is Beta(rank, images + 1 - rank) (Vovk 2012)
    at = rank(promised, fitted_on)
    p_value = float(betabinom.cdf(hits, count, at, fitted_on + 1 - at))
    return Coverage(promised, half_width, MetricValue(hits / count, float(exact.low), float(exact.high)), p_value)


def _on_the_mean(baselines: tuple[Baseline, ...]) -> Iterator[Finding]:
    for each in baselines:
        if each.name == "mean" and not each.difference.is_positive:
            yield Finding(
                kind="no_better_than_the_mean",
                severity="severe",
                title="The network is no better than always saying the mean of the training images "
                f"({each.score.value:.4g} off on average).",
                advice="It has not learnt what the images say of the number, or they say nothing: train longer, with "
                "another --learning-rate, or look at the images and their numbers.",
                share=1.0,
                values=each.difference.to_dict(),
            )


def _on_coverage(coverages: tuple[Coverage, ...]) -> Iterator[Finding]:
    for each in coverages:
        if each.p_value < RARE:
            yield Finding(
                kind="broken_promise",
                severity="warning",
                title=f"Of intervals that promise {each.promised:.0%}, {each.measured.value:.1%} hold the true number.",
                advice="These images are not like the validation images, by which the intervals were made.",
                share=each.promised - (each.measured.value or 0),
                values={"p_value": each.p_value},
            )


def _worst(dataset: MeasuredImages, split: str, answers: Numbers) -> Iterator[tuple[str, float, float]]:
    rows, targets = dataset.rows(split), dataset.of(split)
    for each in np.argsort(-np.abs(answers - targets), kind="stable")[:WORST].tolist():
        yield str(dataset.names[rows[each]]), float(targets[each]), float(answers[each])


def _draw(run: Run, targets: Numbers, answers: Numbers, intervals: Intervals | None, *, target: str) -> None:
    figure = draw_residuals(targets, answers, intervals, target=target)

    def save(path: Path) -> None:
        figure.savefig(path, dpi=150, format="png")

    run.save_image("residuals", save)


def _predictions(
    dataset: MeasuredImages, split: str, answers: Numbers, intervals: Intervals | None
) -> Iterator[tuple[object, ...]]:
    """Yield (name, true number, answer, lower and upper end of the usual interval) an image."""
    usual = intervals.usual if intervals else None
    rows = zip(dataset.rows(split).tolist(), dataset.of(split).tolist(), answers.tolist(), strict=True)
    for row, true, answer in rows:
        ends = (answer - usual.half_width, answer + usual.half_width) if usual else ("", "")
        yield str(dataset.names[row]), true, answer, *ends
