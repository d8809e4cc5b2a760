"""Images with their splits → Audit: what is wrong with them, before a network learns it."""

from saccade.modalities.images.audit.near_duplicates import MOST_COMPARED, NearDuplicates, near_duplicate_groups

__all__ = ["MOST_COMPARED", "NearDuplicates", "near_duplicate_groups"]
