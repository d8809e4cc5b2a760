"""The figures of a report on recommendations, as SVG in the colours of the page."""

from collections.abc import Sequence

from saccade.core.charts import as_svg, axes_for_page
from saccade.core.metric_value import MetricValue
from saccade.report.curves import ACCENT, INK, PALE, explain
from saccade.tasks.recommendation.evaluation import ColdGroup, RecommendationEvaluation
from saccade.tasks.recommendation.evaluation_text import NAMES


def beside(evaluation: RecommendationEvaluation, measure: str) -> str:
    """Return the network's value of a measure and those of the baselines, with their intervals, the best on top."""
    rows = [("this network", evaluation.metrics[measure])]
    rows += [(each.title, each.metrics[measure]) for each in evaluation.baselines if measure in each.metrics]
    sign = 1 if measure == "rmse" else -1
    rows.sort(key=lambda row: -sign * (row[1].value or 0))
    figure, axes = axes_for_page(5.2, 0.7 + 0.34 * len(rows))
    for at, (name, score) in enumerate(rows):
        own = name == "this network"
        low, high = (score.value if end is None else end for end in (score.low, score.high))
        axes.plot([low, high], [at, at], color=ACCENT if own else PALE, linewidth=4 if own else 2.5, alpha=0.6)
        axes.plot([score.value], [at], "o", color=ACCENT if own else PALE, markersize=7 if own else 5)
    axes.set_yticks(range(len(rows)), [name for name, _ in rows], color=INK)
    better = "smaller" if measure == "rmse" else "larger"
    axes.set_xlabel(f"{NAMES[measure]}{', in stars' if measure == 'rmse' else ''} ({better} is better)")
    label = f"{NAMES[measure]} of this network and of the baselines"
    return as_svg(figure, name=f"beside_{measure}", label=label)


def cold(groups: Sequence[ColdGroup], measure: str, *, title: str) -> str:
    """Return a measure of the network and of the best baseline, by how many ratings are known.

    Args:
        groups: of users, or of items.
        measure: "rmse", "ndcg" or "recall".
        title: of the best baseline.
    """
    figure, axes = axes_for_page(4.4, 2.9)
    shown = [each for each in groups if measure in each.network and each.network[measure].value is not None]
    for shift, name, colour, mark in ((-0.08, "network", ACCENT, "o"), (0.08, "best", PALE, "s")):
        scores = [getattr(each, name).get(measure, MetricValue(None)) for each in shown]
        for at, score in enumerate(scores):
            if score.value is not None and score.low is not None:
                axes.plot([at + shift] * 2, [score.low, score.high], color=colour, linewidth=2, alpha=0.6)
        places = [(at + shift, score.value) for at, score in enumerate(scores) if score.value is not None]
        label = "this network" if name == "network" else title
        axes.plot(*zip(*places, strict=True), mark, color=colour, label=label) if places else None
    axes.set_xticks(range(len(shown)), [each.title for each in shown])
    kind = groups[0].kind[:-1]
    axes.set_xlabel(f"ratings of the {kind} that are known")
    axes.set_ylabel(NAMES[measure])
    explain(axes)
    label = f"{NAMES[measure]} by how many ratings of the {kind} are known"
    return as_svg(figure, name=f"cold_{kind}_{measure}", label=label)
