"""Images with their boxes, gathered from files that name them: each image once, and the rest skipped with a reason."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from saccade.core.dataset import SkippedItem
from saccade.modalities.images.annotations import Annotations
from saccade.modalities.images.drawn_boxes import DrawnImage, settled
from saccade.modalities.images.image_lookup import ImageLookup

NOT_THERE = "image that is named and is not there."
"""Why an image of a file of boxes cannot be used."""


class GatheredImages:
    """What files of boxes say of the images below a folder; the first that names an image counts.

    Attributes:
        lookup: the images that there are.
        skipped: what cannot be used, and why.
    """

    def __init__(self, lookup: ImageLookup) -> None:
        self.lookup = lookup
        self.skipped = list[SkippedItem]()
        self._drawn = dict[Path, DrawnImage]()

    def add(self, found: DrawnImage | SkippedItem, *, twice: str = "named twice, the first time counts") -> None:
        """Add an image, or why there is none; `twice` says what is wrong with one that is known already."""
        if isinstance(found, SkippedItem):
            self.skipped.append(found)
        elif found.path in self._drawn:
            self.skipped.append(SkippedItem(found.name, f"image that is {twice}."))
        else:
            self._drawn[found.path] = found

    def settled(self, where: Path, *, notes: Iterable[str] = (), quiet: bool = False) -> Annotations:
        """Return the images with their boxes in pixels; raises DataError where no box can be used."""
        skipped = [*self.skipped, *self._unnamed()]
        return settled(list(self._drawn.values()), where=where, skipped_items=skipped, notes=notes, quiet=quiet)

    def _unnamed(self) -> Iterator[SkippedItem]:
        """Yield the images that no file of boxes names, and those that cannot be read."""
        said = {each.name for each in self.skipped}
        yield from self.lookup.skipped_items
        for file in self.lookup.files:
            if file not in self._drawn and self.lookup.name(file) not in said:
                yield SkippedItem(self.lookup.name(file), "image that no file of boxes names, not annotated.")
