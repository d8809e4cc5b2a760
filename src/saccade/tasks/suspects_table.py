"""A search for wrong labels on the terminal: what was found, how, what makes it doubtful, and the worst places."""

from collections.abc import Iterable, Iterator, Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from saccade.core.finding import plural


def shown(
    verdict: str, method: str, caution: str, columns: Sequence[str], places: Iterable[tuple[str, Sequence[str], bool]]
) -> Iterator[RenderableType]:
    """Yield the sentences, then a table of the worst places.

    Args:
        verdict: what was found.
        method: how.
        caution: what makes it doubtful; "" for nothing.
        columns: their names, after the rank; the first is of the image.
        places: (image, the other cells, whether it is flagged) a row, the worst first.
    """
    yield Text(verdict, "bold")
    yield Text(method, "dim")
    if caution:
        yield Text(caution, "yellow")
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold", title=" ")  # a line of air above
    table.add_column("", justify="right")
    for column in columns:
        table.add_column(column, overflow="fold")
    for rank, (image, cells, flagged) in enumerate(places, 1):
        table.add_row(f"{rank}", Text(image, "cyan"), *map(Text, cells), style="" if flagged else "dim")
    yield table


def not_judged(count: int, noun: str) -> str:
    """Return " 3 images were not judged: …"; "" where there are none."""
    if not count:
        return ""
    return f" {plural(count, f'{noun} was', f'{noun}s were')} not judged: all of the class are in one fold."
