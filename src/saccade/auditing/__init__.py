"""Dataset or Table → Audit: what is wrong with the data, before a network learns it."""

from dataclasses import replace

from saccade.auditing import checking
from saccade.auditing.findings import Audit
from saccade.auditing.rows import audit_rows
from saccade.auditing.twins import Twins, twin_groups
from saccade.data.dataset import Dataset
from saccade.data.table import Table
from saccade.finding import Finding

__all__ = ["Audit", "Finding", "Twins", "audit", "twin_groups"]


def audit(dataset: Dataset | Table, *, quiet: bool = False) -> Audit:
    """Return what is wrong with pictures or a table and their split, the worst first; `quiet` shows no progress."""
    found = audit_rows(dataset) if isinstance(dataset, Table) else checking.audit(dataset, quiet=quiet)
    return replace(found, notes=dataset.notes)  # not remembered with the findings: they follow from how it was loaded
