"""Files that could not be read as pictures."""

from collections.abc import Iterator

from saccade.auditing.evidence import EXAMPLES, Evidence
from saccade.finding import Finding


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
        advice="They are left out. Repair or delete them.",
        share=share,
        values={"files": {file.name: file.reason for file in aside[:1000]}},
        examples=tuple((file.name,) for file in aside[:EXAMPLES]),
        count=len(aside),
    )
