"""An evaluation of recommendations in words, and as text on a terminal."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from saccade.core.finding import plural, shown
from saccade.core.metric_value import MetricValue
from saccade.evaluation.text import add_row, brief_cell, heading, start_table

if TYPE_CHECKING:
    from saccade.tasks.recommendation.evaluation import RecommendationEvaluation

NAMES = {
    "rmse": "RMSE",
    "mae": "MAE",
    "ndcg": "nDCG@10",
    "recall": "recall@10",
    "precision": "precision@10",
    "coverage": "coverage",
    "popularity": "popularity",
    "novelty": "novelty",
}
"""What to call the measures; see `metrics`."""

PURPOSES = {"rmse": "to foretell ratings", "ndcg": "to choose what to recommend"}
"""What somebody wants, by the measure that says who does it best."""

WITH_INTERVALS = ("rmse", "ndcg")
"""Scores whose intervals a terminal shows; JSON, CSV and the report have all."""

IN_TERMINAL = ("rmse", "mae", "ndcg", "recall", "precision", "coverage")
"""Of all measures, those that have room there."""


def sentences(evaluation: "RecommendationEvaluation") -> Iterator[str]:
    """Yield what to know of an evaluation, the most important first."""
    yield _first(evaluation)
    order = sorted(PURPOSES, key=lambda each: each != evaluation.objective)
    yield from (_beside(evaluation, measure) for measure in order if measure in evaluation.use)


def _first(evaluation: "RecommendationEvaluation") -> str:
    where = f"On {plural(evaluation.ratings, 'rating', 'ratings')} of {evaluation.users:,} {evaluation.split} users"
    parts = []
    if evaluation.rmse:
        parts.append(f"expected ratings have an RMSE of {said(evaluation.rmse)} stars")
    if evaluation.ndcg:
        parts.append(f"ten recommendations have an nDCG of {said(evaluation.ndcg)}")
    if not parts:
        return f"{where} there is nothing to measure."
    order = reversed(parts) if evaluation.objective == "ndcg" else parts
    return f"{where}, {', and '.join(order)}."


def _beside(evaluation: "RecommendationEvaluation", measure: str) -> str:
    """Return whether the network beats the best baseline by a measure, and what to use."""
    best = evaluation.best_baseline(measure)
    by = f"By {NAMES[measure]}"
    if best is None:
        return f"{by} there is nothing to compare it with."
    gap, name = best.gains[measure], f"{best.title} ({best.metrics[measure].value:.3f})"
    if gap.low is None or gap.high is None:
        return f"{by} it is {'exactly as good as' if not gap.value else 'compared with'} {name}, the best baseline."
    if gap.low > 0:
        return f"{by} it is better than {name}, the best baseline, by {_points(gap.low)} to {_points(gap.high)}."
    if gap.high < 0:
        more = f"{by} {name} is better by {_points(-gap.high)} to {_points(-gap.low)}"
        return f"{more}: use that {PURPOSES[measure]}."
    return (
        f"{by} it does not beat {name}: the difference is between {gap.low:+.3f} and {gap.high:+.3f}, so that the "
        f"simpler one will do {PURPOSES[measure]}."
    )


def _points(gap: float) -> str:
    return f"{gap:.3f}" if gap >= 0.001 else f"{gap:.1g}"


def said(score: MetricValue) -> str:
    """Return a score for a sentence, "0.930 (0.912 to 0.948)"."""
    interval = "" if score.low is None else f" ({score.low:.3f} to {score.high:.3f})"
    return "–" if score.value is None else f"{score.value:.3f}{interval}"


def lines(evaluation: "RecommendationEvaluation") -> Iterator[RenderableType]:
    """Yield what a terminal shows, from top to bottom."""
    yield from heading(_title(evaluation), accesses=evaluation.accesses, other=evaluation.other_data)
    yield _score_table(evaluation)
    yield from (_cold_table(evaluation, kind) for kind in ("users", "items"))
    yield Text("")
    yield from (Text(each) for each in sentences(evaluation))
    yield from map(shown, evaluation.findings)


def _title(evaluation: "RecommendationEvaluation") -> str:
    counts = f"{evaluation.split}: {evaluation.users:,} users, {evaluation.ratings:,} ratings asked"
    return f"{counts}; relevant from {evaluation.liked_from:g} stars on, of {evaluation.items:,} items"


def _score_table(evaluation: "RecommendationEvaluation") -> Table:
    names = [name for name in IN_TERMINAL if name in evaluation.metrics or _anywhere(evaluation, name)]
    table = start_table("", *(NAMES[name].removesuffix("@10") for name in names))
    others = [(each.title, each.metrics, "dim") for each in reversed(evaluation.baselines)]
    for title, scores, style in [("network", evaluation.metrics, ""), *others]:
        cells = [_cell(scores.get(name, MetricValue(None)), name) for name in names]
        add_row(table, title, *cells, style=style)
    return table


def _anywhere(evaluation: "RecommendationEvaluation", measure: str) -> bool:
    return any(measure in each.metrics for each in evaluation.baselines)


def _cell(score: MetricValue, name: str) -> str:
    return brief_cell(score if name in WITH_INTERVALS else MetricValue(score.value))


def _cold_table(evaluation: "RecommendationEvaluation", kind: str) -> Table:
    groups = [each for each in evaluation.cold if each.kind == kind]
    ranked = {"users": "ndcg", "items": "recall"}[kind]
    names = [name for name in ("rmse", ranked) if any(name in each.network for each in groups)]
    titles = [title for name in names for title in (NAMES[name], "best baseline")]
    table = start_table(f"known of the {kind[:-1]}", kind, "ratings", *titles)
    for each in groups:
        cells = [
            brief_cell(MetricValue(scores[name].value) if name in scores else MetricValue(None))
            for name in names
            for scores in (each.network, each.best)
        ]
        add_row(table, each.title, f"{each.members:,}", f"{each.ratings:,}", *cells)
    return table
