"""Finding: one thing that is wrong, how badly, what to do about it, and how to show it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

SEVERITIES = ("severe", "warning", "note")
"""severe: what comes out will not mean what it seems to; warning: look before training; note: good to know."""

SHOWN_EXAMPLES = 3
_COLOURS = {"severe": "bold red", "warning": "yellow", "note": "dim"}


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong.

    Attributes:
        kind: the check that found it, a file of `auditing/checks/` or `diagnosing/faults/`.
        severity: "severe", "warning" or "note".
        title: what was found, one sentence.
        advice: what to do about it.
        share: of the images (or classes) concerned, 0 to 1; orders findings of one severity.
        values: the numbers behind it, for JSON.
        examples: names of images that belong side by side; the first of `count`.
        count: how many such rows there are in all.
        certain: whether what was found is what it seems; not where nature may be the reason as well.
    """

    kind: str
    severity: str
    title: str
    advice: str = ""
    share: float = 0.0
    values: Mapping[str, Any] = field(default_factory=dict)
    examples: tuple[tuple[str, ...], ...] = ()
    count: int = 0
    certain: bool = True


def worst_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings by their severity; within one, what is certain first, and of that the largest share."""
    return tuple(sorted(findings, key=lambda each: (SEVERITIES.index(each.severity), not each.certain, -each.share)))


def plural(number: int, one: str, several: str) -> str:
    """Return a number with the words that go with it: "1 image is", "1,200 images are"."""
    return f"{number:,} {one if number == 1 else several}"


def count(findings: Iterable[Finding]) -> str:
    """Return one line: "2 severe findings, 1 warning, 3 notes" or "nothing found"."""
    found = [finding.severity for finding in findings]
    nouns = {"severe": "severe finding", "warning": "warning", "note": "note"}
    counts = {each: found.count(each) for each in SEVERITIES if each in found}
    splits = [f"{number} {nouns[each]}{'' if number == 1 else 's'}" for each, number in counts.items()]
    return ", ".join(splits) or "nothing found"


def shown(finding: Finding) -> RenderableType:
    """Return a finding for a terminal: its severity in a column of its own, so that long sentences stay together."""
    lines = Table.grid(padding=(0, 1, 0, 0))
    lines.add_column(width=8, no_wrap=True)
    lines.add_column(overflow="fold")
    lines.add_row("")
    lines.add_row(Text(finding.severity, _COLOURS[finding.severity]), Text(finding.title))
    if finding.advice:
        lines.add_row("", Text(finding.advice, "dim"))
    # where there is no count, images are samples to look at, and their names say nothing
    for names in finding.examples[: SHOWN_EXAMPLES if finding.count else 0]:
        lines.add_row("", Text("  =  ".join(names), "cyan"))
    if finding.examples and finding.count > SHOWN_EXAMPLES:
        lines.add_row("", Text(f"… {finding.count:,} in all", "dim"))
    return lines
