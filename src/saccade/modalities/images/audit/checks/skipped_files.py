"""All that is skipped, by reason: files that cannot be read or are no images, folders, further pages."""

from collections.abc import Iterator

from saccade.core.finding import Finding
from saccade.core.skipped_files import Skipped, by_reason
from saccade.modalities.images.audit.evidence import Evidence

NAMED = 10
"""Files that are named with what is wrong with each; JSON has the first `KEPT`."""

KEPT = 1000


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield a finding for each reason: a warning where somebody may miss the images."""
    aside = evidence.dataset.skipped_items
    of_all = len(aside) + len(evidence.dataset.labels)
    for skipped in by_reason(aside):
        yield Finding(
            kind="skipped_files",
            severity="warning" if skipped.is_loss else "note",
            title=f"Skipped: {skipped}.",
            advice=_details(skipped),
            share=len(skipped.files) / of_all,
            values={**skipped.to_dict(), "reasons": {file.name: file.reason for file in skipped.files[:KEPT]}},
        )


def _details(skipped: Skipped) -> str:
    """Return what is wrong with each of the first files, where it is not the same for all."""
    if skipped.kind != "image" or len({file.reason for file in skipped.files}) == 1:
        return ""
    named = "; ".join(f"{file.name}: {file.reason.rstrip('.')}" for file in skipped.files[:NAMED])
    left = len(skipped.files) - NAMED
    return f"Repair or delete them: {named}{f'; and {left:,} more' if left > 0 else ''}."
