"""The curves of every report, as SVG in the colours of the page."""

from collections.abc import Sequence
from typing import Any

from matplotlib.ticker import MaxNLocator, PercentFormatter

from saccade.core.charts import THEME, as_svg, axes_for_page

ACCENT, WARNING, GOOD, INK, PALE = (THEME[name] for name in ("accent", "warning", "good", "ink", "pale"))


def learning(history: Sequence[dict[str, float]], *, best: int | None) -> list[str]:
    """Return a figure a metric: how it went from epoch to epoch, in training and in validation.

    Args:
        history: a row an epoch.
        best: the epoch whose weights were kept, if it is known.
    """
    names = [name for name in (history[0] if history else {}) if name not in ("epoch", "seconds")]
    return [_metric(history, name, best) for name in names if not name.startswith("val_")]


def _metric(history: Sequence[dict[str, float]], name: str, best: int | None) -> str:
    figure, axes = axes_for_page()
    epochs = [int(row["epoch"]) for row in history]
    if best:
        axes.axvline(best, color=PALE, linestyle=":", linewidth=1.2, label=f"kept: epoch {best}")
    for key, label, colour, mark in ((name, "training", PALE, "o"), (f"val_{name}", "validation", ACCENT, "s")):
        if key in history[0]:
            values = [row[key] for row in history]
            axes.plot(epochs, values, color=colour, label=label, marker=mark, markersize=4 if len(epochs) < 40 else 0)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes.set_xlabel("epoch")
    axes.set_ylabel(name.replace("_", " "))
    explain(axes)
    return as_svg(figure, name=f"learning_{name}", label=f"{name} of training and validation in each epoch")


def in_percent(axes: Any, across: str, upwards: str) -> None:
    """Name both axes, of shares from 0 to 1, and write them in percent."""
    axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.yaxis.set_major_formatter(PercentFormatter(1))
    axes.set_xlabel(across)
    axes.set_ylabel(upwards)


def explain(axes: Any) -> None:
    """Say what each line is."""
    axes.legend(frameon=False, labelcolor=INK, fontsize="small")
