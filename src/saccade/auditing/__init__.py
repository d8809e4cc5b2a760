"""Dataset → Audit: what is wrong with the data, before a network learns it."""

from saccade.auditing.checking import audit
from saccade.auditing.findings import Audit
from saccade.auditing.twins import Twins, twin_groups
from saccade.finding import Finding

__all__ = ["Audit", "Finding", "Twins", "audit", "twin_groups"]
