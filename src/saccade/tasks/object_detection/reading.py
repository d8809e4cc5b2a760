"""Images with boxes: from a recipe's data to a listing whose classes are texts of annotations."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from saccade.core import registry
from saccade.core.errors import DataError
from saccade.modalities.images import box_recognition, listing
from saccade.modalities.images.annotations import Annotations, MarkedImage, annotation_text
from saccade.modalities.images.dataset import ImageDataset
from saccade.modalities.images.listing import Found, Listing
from saccade.modalities.images.loading import load_listing
from saccade.models import backbones
from saccade.tasks.object_detection.input_size import LEAST_SIDE, suitable_side
from saccade.tasks.object_detection.settings import DetectionRecipe
from saccade.tasks.pretrained_training import is_pretrained

_SIZE = '{"size":'
"""How the text of an annotation begins."""


def load_marked(recipe: DetectionRecipe, *, quiet: bool = False) -> ImageDataset:
    """Return the images of a recipe's data; arguments, notes and errors as for `find_marked` and `load_found`."""
    return load_found(recipe, find_marked(recipe, quiet=quiet), quiet=quiet)


def find_marked(recipe: DetectionRecipe, *, quiet: bool = False) -> Listing:
    """Return which images the data of a recipe have, none of them decoded; their classes are texts of annotations.

    Raises:
        DataError: there are no boxes, or none that can be used.
    """
    if recipe.data in registry.names("data"):
        return _named(recipe.data, quiet=quiet)
    return of_annotations(box_recognition.read(Path(recipe.data).expanduser(), quiet=quiet))


def load_found(recipe: DetectionRecipe, found: Listing, *, quiet: bool = False) -> ImageDataset:
    """Return the images that were found; `classes` are the different annotations that they have.

    Where the recipe leaves the size of the images open, it is chosen by the sizes of their boxes, and a note says so.
    """
    side, notes = _side(recipe, found)
    found = listing.noted(found, notes)
    images = load_listing(
        found, recipe.data, image_size=side, channels=recipe.channels, fit=recipe.fit, classify=False, quiet=quiet
    )
    # an annotation is no class that somebody may miss, as the note on lost classes would have it
    return replace(images, notes=tuple(note for note in images.notes if _SIZE not in note))


def of_annotations(annotations: Annotations) -> Listing:
    """Return the listing of annotated image files."""
    found = [_found(each) for each in annotations.images]
    made = listing.of_files(found, notes=annotations.notes, skipped_items=annotations.skipped_items)
    return listing.growing(made, annotations.address) if annotations.address else made


def _found(image: MarkedImage) -> Found:
    return Found(image.name, annotation_text(image), image.split, str(image.path), image.group)


def _named(name: str, *, quiet: bool) -> Listing:
    """Return named data; raises DataError where they have no boxes."""
    named = registry.load("data", name)
    found: Listing = named.read(quiet=quiet)
    if not found.classes[0].startswith(_SIZE):
        raise DataError(f"{name} has no boxes around objects. Data with boxes: scattered-digits, or a folder of yours.")
    return replace(found, licence=named.LICENCE)


def _side(recipe: DetectionRecipe, found: Listing) -> tuple[int | None, Sequence[str]]:
    if recipe.image_size is not None:
        return recipe.image_size, ()
    side, note = suitable_side(found.classes, fit=recipe.fit, least=_least_side(recipe))
    return side, (note,)


def _least_side(recipe: DetectionRecipe) -> int:
    """Return the least side that is chosen: of a pretrained network, that of the images that it has learnt from."""
    if not is_pretrained(recipe):
        return LEAST_SIDE
    return backbones.described(recipe.model.options.get("backbone", backbones.DEFAULT)).side
