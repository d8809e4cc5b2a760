"""What evaluations of every task show on a terminal: tables of scores, and which other data were scored."""

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from saccade.core.metric_value import MetricValue
from saccade.core.other_data import Other


def other_lines(other: Other) -> Iterator[RenderableType]:
    """Yield which data an evaluation is of that are not the run's own, and what to know of them."""
    title, *seen = other.lead
    yield Text(title, "bold")
    yield from (Text(sentence, "yellow" if other.known else "") for sentence in seen)
    yield from (Text(f"note: {note}") for note in other.notes)


def heading(title: str, *, accesses: int, other: Other | None) -> Iterator[RenderableType]:
    """Yield what stands first: what was scored, or which other data; and how often it was looked at."""
    if other:
        yield from other_lines(other)
    else:
        yield Text(title, "bold")
    if accesses > 1:
        yield Text(f"opened {accesses} times: the more often one looks and chooses, the less it says", "yellow")


def start_table(first: str, *others: str) -> Table:
    """Return a table without rows."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold", title=" ")  # a line of air above
    table.add_column(first, overflow="fold")
    for other in others:
        table.add_column(other, justify="right")
    return table


def add_row(table: Table, *cells: str, style: str = "") -> None:
    """Add a row of plain text: a class may be called [red], which Rich would take for a colour."""
    table.add_row(*(Text(cell, style) for cell in cells))


def score_cells(score: MetricValue) -> Sequence[str]:
    """Return a score and its interval, a cell each."""
    value = "–" if score.value is None else f"{score.value:.4f}"
    return value, "" if score.low is None else f"{score.low:.4f} to {score.high:.4f}"


def brief_cell(score: MetricValue, *, places: int = 3) -> str:
    """Return a score for a narrow column: "0.981 (0.967–0.989)", its ends with so many places; "1,024", "–"."""
    if score.value is None:
        return "–"
    if score.low is None:
        return f"{score.value:,}" if isinstance(score.value, int) else f"{score.value:.3f}"
    return f"{score.value:.3f} ({score.low:.{places}f}–{score.high:.{places}f})"
