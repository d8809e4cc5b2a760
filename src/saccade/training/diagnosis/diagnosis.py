"""Diagnosis: why a network cannot learn, and how to show it."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from rich.console import Group, RenderableType
from rich.text import Text

from saccade.core.finding import Finding, count, shown
from saccade.core.rendering import as_text
from saccade.core.safe_json import Json


@dataclass(frozen=True)
class Diagnosis:
    """What keeps a model from learning, the worst first; false and empty when nothing does.

    Attributes:
        model: its name.
        images: on how many images it was looked at.
        findings: the worst first: severe spoils the learning for certain, a warning costs something or is probable.
    """

    model: str
    images: int
    findings: tuple[Finding, ...]

    def __len__(self) -> int:
        return len(self.findings)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    @property
    def verdict(self) -> str:
        """One line: "2 severe findings, 1 warning" or "nothing found"."""
        return count(self.findings)

    def to_dict(self) -> Json:
        """Return all of it as plain values for JSON."""
        findings = [
            {"kind": each.kind, "severity": each.severity, "title": each.title, "advice": each.advice}
            | {"values": dict(each.values)}
            for each in self.findings
        ]
        return {**asdict(self), "findings": findings}

    def __rich__(self) -> RenderableType:
        """Show itself on a terminal: Console().print(diagnosis)."""
        images = f"{self.images} image{'' if self.images == 1 else 's'}"
        return Group(Text(f"{self.model}, on {images}: {self.verdict}", "bold"), *map(shown, self.findings))

    def __str__(self) -> str:
        return as_text(self, width=100)
