"""Files that could not be read as pictures."""

from collections.abc import Iterator

from saccade.auditing.evidence import EXAMPLES, Evidence
from saccade.data.dataset import SetAside
from saccade.finding import Finding

NAMED = 10
"""Files that are named with their reasons; JSON has all."""


def _others(aside: tuple[SetAside, ...]) -> str:
    """Return the files after the first, with their reasons."""
    more = [f"{file.name}: {file.reason.rstrip('.')}" for file in aside[1:NAMED]]
    left = len(aside) - NAMED
    return f" {'; '.join(more)}{f'; and {left} more' if left > 0 else ''}." if more else ""


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield one finding for all files that were put aside."""
    aside = evidence.dataset.set_aside
    if not aside:
        return
    share = len(aside) / (len(aside) + len(evidence.dataset.labels))
    yield Finding(
        kind="files_put_aside",
        severity="warning",
        title=f"{len(aside):,} {'file' if len(aside) == 1 else 'files'} could not be used, {aside[0].name} for one: "
        f"{aside[0].reason}",
        advice=f"They are left out. Repair or delete them.{_others(aside)}",
        share=share,
        values={"files": {file.name: file.reason for file in aside[:1000]}},
        examples=tuple((file.name,) for file in aside[:EXAMPLES]),
        count=len(aside),
    )
