"""Dataset → Audit: what is wrong with the data, before a network learns it."""

from saccade.auditing.checking import audit
from saccade.auditing.finding import Audit, Finding
from saccade.auditing.twins import Twins, twin_groups

__all__ = ["Audit", "Finding", "Twins", "audit", "twin_groups"]
