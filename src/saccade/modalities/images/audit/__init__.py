"""Dataset or Table → Audit: what is wrong with the data, before a network learns it."""

from dataclasses import replace

from saccade.core.audit import Audit
from saccade.core.finding import Finding
from saccade.modalities.images.audit import checking
from saccade.modalities.images.audit.near_duplicates import NearDuplicates, near_duplicate_groups
from saccade.modalities.images.dataset import ImageDataset
from saccade.modalities.tables.audit import audit_rows
from saccade.modalities.tables.table import Table

__all__ = ["Audit", "Finding", "NearDuplicates", "audit", "near_duplicate_groups"]


def audit(dataset: ImageDataset | Table, *, quiet: bool = False) -> Audit:
    """Return what is wrong with images or a table and their split, the worst first; `quiet` shows no progress."""
    found = audit_rows(dataset) if isinstance(dataset, Table) else checking.audit(dataset, quiet=quiet)
    return replace(found, notes=dataset.notes)  # not remembered with the findings: they follow from how it was loaded
