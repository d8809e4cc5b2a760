"""Audit: what is wrong with a data set, and how to show it."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import click
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from saccade.core.errors import DataError
from saccade.core.finding import SEVERITIES, Finding, count, shown
from saccade.core.rendering import Shown
from saccade.core.safe_json import Json
from saccade.core.shell_words import shell_word
from saccade.core.type_validation import checked

__all__ = ["SEVERITIES", "Audit", "Finding", "print_problems"]

SHOWN_FINDINGS = 3


@dataclass(frozen=True)
class Audit(Shown):
    """What is wrong with a data set and its split, the worst first, and what was looked at.

    Attributes:
        name: of the data.
        source: where they came from, as given.
        content_hash: of the data.
        facts: of images, counts a class and split, sizes, channels, brightness, file types; of a table, counts a
            label and split, and the columns.
        findings: the worst first.
        not_tested: what could not be tested, and why, a sentence each.
        notes: how the data were read, a sentence each.
    """

    name: str
    source: str
    content_hash: str
    facts: Mapping[str, Any]
    findings: tuple[Finding, ...]
    not_tested: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def problems(self) -> tuple[Finding, ...]:
        """The severe findings and the warnings: what `--strict` refuses."""
        return tuple(finding for finding in self.findings if finding.severity != "note")

    def refuse_problems(self) -> None:
        """Raise DataError when there is a severe finding or a warning."""
        if self.problems:
            worst = self.problems[0]
            raise DataError(
                f"{self.name} has {self.verdict}; the worst: {worst.title} {worst.advice}".rstrip()
                + f" All of it: saccade check {shell_word(self.source)} --html check.html"
            )

    # As data

    def to_dict(self) -> Json:
        """Return all of it as plain values for JSON."""
        findings = [
            {**asdict(finding), "examples": [list(names) for names in finding.examples]} for finding in self.findings
        ]
        plain = {**asdict(self), "findings": findings, "not_tested": list(self.not_tested), "notes": list(self.notes)}
        return {**plain, "problems": len(self.problems)}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> "Audit":
        """Return the audit that `to_dict` described."""
        findings = [
            Finding(**{**each, "examples": tuple(tuple(row) for row in each["examples"])})
            for each in content["findings"]
        ]
        names = ("name", "source", "content_hash", "facts")
        read = {name: content[name] for name in names}
        not_tested, notes = tuple(content["not_tested"]), tuple(content.get("notes", ()))  # earlier versions had none
        return checked(cls(**read, findings=tuple(findings), not_tested=not_tested, notes=notes))

    # For reading

    @property
    def verdict(self) -> str:
        """One line: "2 severe findings, 1 warning, 3 notes" or "nothing found"."""
        return count(self.findings)

    def _shown(self) -> Iterator[RenderableType]:
        yield Text(f"{self.name}: {self.verdict}", "bold")
        yield from (Text(f"note: {sentence}") for sentence in self.notes)
        yield from map(shown, self.findings)
        yield self._facts_table()
        for sentence in self.not_tested:
            yield Text(f"not tested: {sentence}", "dim")

    def _facts_table(self) -> Table:
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold", title=" ")  # a line of air above
        splits = list(self.facts["counts"])
        of_images = "brightness" in self.facts
        table.add_column("images" if of_images else "rows", overflow="fold")
        for split in splits:
            table.add_column(split, justify="right")
        for label in next(iter(self.facts["counts"].values()), {}):
            table.add_row(Text(label), *(f"{self.facts['counts'][split][label]:,}" for split in splits))
        if not of_images:
            return table
        bright = self.facts["brightness"]
        for name, of in (("mean brightness", "mean"), ("its spread", "std")):
            # an empty split has none
            numbers = (f"{bright[split][of]:.1f}" if split in bright else "–" for split in splits)
            table.add_row(Text(name), *numbers, style="dim")
        table.caption = f"{self.facts['sizes']}; {self.facts['channels']}"
        table.caption_justify = "left"
        return table


def print_problems(audit: Audit) -> None:
    """Print the worst findings of an audit, a line each; notes are left to `saccade check`."""
    problems = [finding for finding in audit.problems if finding.kind != "skipped_files"]  # `describe` has said it
    for finding in problems[:SHOWN_FINDINGS]:
        click.secho(f"  {finding.severity}: {finding.title}", fg="red" if finding.severity == "severe" else "yellow")
    if audit.findings:
        more = audit.facts.get("options", " --html check.html")
        click.echo(f"  audit: {audit.verdict}; see them with: saccade check {shell_word(audit.source)}{more}")
