"""Images for a page, as many as it has room for."""

import numpy as np
from numpy.typing import NDArray

from saccade.core import pages
from saccade.modalities.images.dataset import ImageDataset


class Album:
    """Embeds images until a share of the page is used up, so that it stays small whatever the data.

    Attributes:
        dataset: the data; None when they are not to be had.
        room: characters that are left.
    """

    def __init__(self, dataset: ImageDataset | None, *, room: int) -> None:
        self.dataset, self.room = dataset, room
        self._row_of = {name: row for row, name in enumerate(dataset.names.tolist())} if dataset else {}

    def embed(self, pixels: NDArray[np.uint8]) -> str:
        """Return an image (h, w, c) as a data address, or "" when there is no more room."""
        if self.room <= 0:
            return ""
        source = pages.embedded(pixels, exact=False)
        self.room -= len(source)
        return source if self.room >= 0 else ""

    def named(self, name: str) -> str:
        """Return an image by its name in the data; "" when it is not there or there is no more room."""
        row = self._row_of.get(name)
        return "" if row is None or self.dataset is None else self.embed(self.dataset.images[row])
