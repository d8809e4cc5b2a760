"""Images with their mean brightness as the label."""

from dataclasses import dataclass, fields

import numpy as np

from saccade.modalities.images.dataset import ImageDataset


@dataclass(frozen=True)
class BrightImages(ImageDataset):
    """Images whose labels, (n, 1), are numbers from 0 to 1."""

    def counts(self):
        return {split: {"images": len(self.rows(split))} for split in ("train", "validation", "test")}

    def split_rows(self):
        return ((name, "", split, "") for name, split in zip(self.names.tolist(), self.splits.tolist(), strict=True))


def bright(dataset):
    """Return images labelled with their brightness."""
    own = {each.name: getattr(dataset, each.name) for each in fields(dataset)}
    labels = (dataset.images.mean(axis=(1, 2, 3)) / 255).astype(np.float32)[:, None]
    return BrightImages(**{**own, "labels": labels})
