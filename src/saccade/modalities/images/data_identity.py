"""What makes one data set the same as another: names under which answers about it are remembered."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np

from saccade.core.data_identity import source_hash
from saccade.modalities.images.dataset import ImageDataset


def identity(dataset: ImageDataset, *more: Any) -> str:
    """Return a digest of everything an answer depends on: content, look of the pixels, split, groups, and `more`."""
    store = Path(getattr(dataset.images, "filename", None) or "").parent.name  # named after its look and its files
    skipped = [(file.name, file.reason) for file in dataset.skipped_items]
    head = [dataset.content_hash, dataset.source, store, dataset.image_shape, skipped, *more]
    digest = hashlib.sha256(json.dumps(head).encode())
    digest.update(np.ascontiguousarray(dataset.splits).astype("<U10").tobytes())
    if dataset.groups is not None:
        digest.update("\0".join(dataset.groups.tolist()).encode())
    return digest.hexdigest()[:32]


def split_hash(dataset: ImageDataset, split: str) -> str:
    """Return a digest of one split: the same data and the same rows, whatever became of the others."""
    names = "\0".join(dataset.names[dataset.rows(split)].tolist())
    return hashlib.sha256(f"{source_hash(dataset.content_hash)} {split} {names}".encode()).hexdigest()[:32]
