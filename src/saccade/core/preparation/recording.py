"""What data.json says of the data of a run."""

from dataclasses import asdict
from typing import Any

from saccade.core.skipped_files import by_reason
from saccade.modalities.images.dataset import ImageDataset
from saccade.modalities.tables.table import Table
from saccade.tasks.anomaly_detection.one_class_images import OneClassImages

MOST_NAMED = 1000
"""Files that data.json names with their reasons; it counts all of them."""


def record(dataset: ImageDataset | Table) -> dict[str, Any]:
    """Return what data.json says of images or of a table."""
    if isinstance(dataset, Table):
        return dataset.record()
    judged = {"normal": dataset.normal} if isinstance(dataset, OneClassImages) else {}
    return {
        "name": dataset.name,
        "source": dataset.source,
        "licence": dataset.licence,
        "content_hash": dataset.content_hash,
        "image_shape": list(dataset.image_shape),
        "classes": list(dataset.classes),
        **judged,
        "counts": dataset.counts(),
        "notes": list(dataset.notes),
        "skipped": [each.to_dict() for each in by_reason(dataset.skipped_items)],
        "skipped_items": [asdict(each) for each in dataset.skipped_items[:MOST_NAMED]],
    }
