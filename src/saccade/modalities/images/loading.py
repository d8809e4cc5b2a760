"""Loading: a name or a path becomes a Dataset."""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from saccade.core import registry
from saccade.core.dataset import SkippedItem
from saccade.core.errors import DataError, SaccadeError, UnknownNameError, unknown
from saccade.core.parallel import in_chunks
from saccade.modalities.images import label_file, recognition
from saccade.modalities.images.dataset import ImageDataset
from saccade.modalities.images.file_properties import Survey, survey
from saccade.modalities.images.listing import Listing, for_classes, kept
from saccade.modalities.images.page_count import further
from saccade.modalities.images.pixels import Fit, to_pixels
from saccade.modalities.images.splitting import lots
from saccade.modalities.images.store import Look, store

LARGEST_OWN_SIDE = 128
"""Images that all have the same square size keep it up to this side, in pixels."""

USUAL_SIDE = 96
"""The side of all other images when none is asked for."""

_ENDINGS = (
    ".tar.gz", ".tar.xz", ".tar.bz2", ".tgz", ".tar", ".zip", ".csv.gz", ".tsv.gz", ".csv", ".tsv", ".txt", ".json",
    ".jsonl", ".parquet", ".npz",
)  # fmt: skip


def load(
    source: str | Path,
    *,
    image_size: int | None = None,
    channels: int | None = None,
    fit: Fit = "pad",
    label: str = "",
    classify: bool = True,
    quiet: bool = False,
) -> ImageDataset:
    """Return the labelled images behind a name or a path.

    Image files are decoded once; later starts find them in the cache.

    Args:
        source: a named data set ("mnist"), or a folder, archive or table of images.
        image_size: side in pixels; None: the images' own size if all agree, are square and at most 128,
            else 96.
        channels: 1 grey, 3 colour; None: 1 if all images are grey, else 3.
        fit: how other shapes become square: "pad", "crop" or "stretch".
        label: of a table: the column that holds the classes, where it shall not be guessed.
        classify: refuse data that no classifier can be trained on: of one class, or with classes in the test split that
            training lacks.
        quiet: no progress bars.

    Raises:
        UnknownNameError: there is no such name or path; names the nearest.
        DataError: the data cannot be used as they are.
        DownloadError: the data could not be fetched.
    """
    listing = read_listing(str(source), label=label, quiet=quiet)
    return load_listing(
        listing, source, image_size=image_size, channels=channels, fit=fit, classify=classify, quiet=quiet
    )


@dataclass(frozen=True)
class Seen:
    """What images are like, before any is decoded.

    Attributes:
        count: how many there are.
        side: the median of their shorter sides, in pixels.
        grey: whether none has colours.
    """

    count: int
    side: int
    grey: bool


def look_at(source: str | Path, *, label: str = "", quiet: bool = False) -> Seen:
    """Return what the images behind a name or a path are like; arguments and errors as for `load`."""
    return look_at_listing(read_listing(str(source), label=label, quiet=quiet), quiet=quiet)


def look_at_listing(listing: Listing, *, quiet: bool = False) -> Seen:
    """Return what the images of a listing are like; raises DataError where a file may not be opened."""
    if listing.pixels is not None:
        count, height, width, channels = listing.pixels.shape
        return Seen(count, min(height, width), channels == 1)
    return seen_in(listing.files, quiet=quiet)


def seen_in(files: Sequence[str], *, quiet: bool = False) -> Seen:
    """Return what image files are like; those that cannot be used do not count."""
    surveyed = survey(files, quiet=quiet)
    usable = surveyed.only(np.flatnonzero(surveyed.usable))
    sides = usable.sizes.min(axis=1) if len(usable.sizes) else np.zeros(1)
    return Seen(len(usable.sizes), int(np.median(sides)), bool(usable.grey.all()))


def load_listing(
    listing: Listing,
    source: str | Path,
    *,
    image_size: int | None = None,
    channels: int | None = None,
    fit: Fit = "pad",
    classify: bool = True,
    quiet: bool = False,
) -> ImageDataset:
    """Return the images of a listing, which may label them in a way of its own; `source` is where it came from.

    Arguments and errors as for `load`.
    """
    make = _from_files if listing.pixels is None else _from_pixels
    return make(listing, str(source), side=image_size, channels=channels, fit=fit, classify=classify, quiet=quiet)


def read_listing(source: str, *, label: str = "", quiet: bool = False) -> Listing:
    """Return which images there are behind a name or a path, with their labels; arguments and errors as for `load`."""
    if source in registry.names("data"):
        named = registry.load("data", source)
        listing: Listing = named.read(quiet=quiet)
        return replace(listing, licence=named.LICENCE)
    path = Path(source).expanduser()
    if not path.exists() and not label_file.as_of(path)[0].is_file():
        raise _missing(source)
    return recognition.read(path, quiet=quiet, label=label)


def _missing(source: str) -> SaccadeError:
    if any(mark in source for mark in {os.sep, "/", "."}):
        return DataError(f"There is no file or folder {source}. Look for a typing error, or give the full path.")
    return UnknownNameError(
        f"{unknown('data set', source, registry.known_data())} There is no folder of that name either."
    )


def _from_pixels(
    listing: Listing, source: str, *, side: int | None, channels: int | None, fit: Fit, classify: bool, quiet: bool
) -> ImageDataset:
    if classify:
        listing = for_classes(listing, where=source)
    pixels = listing.pixels
    assert pixels is not None
    _, height, width, depth = pixels.shape
    side = side or _own_side(np.array([[height, width]]))
    look = Look(side, side, channels or depth, fit)
    as_asked = (side, side, look.channels) == pixels.shape[1:]
    images = pixels if as_asked else _changed(pixels, look, quiet=quiet)
    return _dataset(listing, images, source, content=pixels)


def _changed(pixels: NDArray[np.uint8], look: Look, *, quiet: bool) -> NDArray[np.uint8]:
    """Return images of another size or depth, made the very way that files are."""
    change = partial(_change, pixels=pixels[..., 0] if pixels.shape[-1] == 1 else pixels, look=look)
    size = look.image_bytes
    found = in_chunks(change, range(len(pixels)), title="Resizing images", item_bytes=size, quiet=quiet)
    return np.concatenate(found)


def _change(rows: Sequence[int], *, pixels: NDArray[np.uint8], look: Look) -> NDArray[np.uint8]:
    size = (look.height, look.width)
    images = (Image.fromarray(pixels[row]) for row in rows)
    return np.stack([to_pixels(image, size=size, channels=look.channels, fit=look.fit) for image in images])


def _from_files(
    listing: Listing, source: str, *, side: int | None, channels: int | None, fit: Fit, classify: bool, quiet: bool
) -> ImageDataset:
    if classify:
        for_classes(listing, where=source)  # said before any file is read
    surveyed = survey(listing.files, quiet=quiet)
    rows = np.flatnonzero(surveyed.usable)
    listing = _usable(listing, rows, _reasons(surveyed), source)
    surveyed = surveyed.only(rows)
    side = side or _own_side(surveyed.sizes)
    look = Look(side, side, channels or (1 if surveyed.grey.all() else 3), fit)
    decoded = store(listing.files, surveyed, look, quiet=quiet)
    if decoded.failures:
        listing = _usable(listing, decoded.rows, decoded.failures, source)
    if classify:
        listing = for_classes(listing, where=source)
    listing = replace(listing, skipped_items=(*listing.skipped_items, *_further_pages(listing, decoded.files)))
    found = _dataset(listing, decoded.pixels, source, content=decoded.files.digests)
    return replace(found, lots=lots(decoded.files.digests)) if listing.address else found


def _further_pages(listing: Listing, files: Survey) -> list[SkippedItem]:
    rows = np.flatnonzero(files.pages > 1)
    return [further(str(listing.names[row]), int(files.pages[row])) for row in rows]


def _own_side(sizes: NDArray[np.int32] | NDArray[np.int64]) -> int:
    side = int(sizes[0, 0])
    return side if bool((sizes == side).all()) and side <= LARGEST_OWN_SIDE else USUAL_SIDE


def _reasons(surveyed: Survey) -> dict[int, str]:
    return {int(row): str(surveyed.reasons[row]) for row in np.flatnonzero(~surveyed.usable)}


def _usable(listing: Listing, rows: NDArray[np.int64], reasons: dict[int, str], source: str) -> Listing:
    """Return the rows that can be used; raises DataError when too few are left."""
    if len(rows) < 2:
        first = next(iter(reasons), None)
        example = (
            ""
            if first is None
            else f" The first of {len(reasons)} bad files is {listing.names[first]}: {reasons[first]}"
        )
        raise DataError(f"{source} has {len(rows) or 'no'} images that can be used; two are the least.{example}")
    if not reasons:
        return listing
    return kept(listing, rows, reasons)


def _dataset(listing: Listing, images: NDArray[np.uint8], source: str, *, content: NDArray[np.uint8]) -> ImageDataset:
    return ImageDataset(
        name=_name(source),
        source=listing.address or source,
        images=images,
        labels=listing.labels,
        classes=listing.classes,
        names=listing.names,
        splits=listing.splits,
        content_hash=_content_hash(listing.names, listing.labels, listing.classes, content),
        reasons=np.where(listing.splits == "", "", "given"),
        groups=listing.groups,
        skipped_items=listing.skipped_items,
        notes=listing.notes,
        licence=listing.licence,
    )


_DESCRIPTIONS = {label_file.NAME, *(f"{name}.{ending}" for name in ("data", "dataset") for ending in ("yaml", "yml"))}
"""Files that describe the folder in which they lie, and are called alike everywhere."""


def _name(source: str) -> str:
    path = Path(source).expanduser().resolve()
    name = source if source in registry.names("data") else path.name
    if name.lower().partition("@")[0] in _DESCRIPTIONS:
        return path.parent.name
    ending = next((ending for ending in _ENDINGS if name.lower().endswith(ending)), "")
    return name.removesuffix(name[len(name) - len(ending) :]) if ending else name


def _content_hash(
    names: NDArray[np.str_], labels: NDArray[np.int64], classes: Sequence[str], content: NDArray[np.uint8]
) -> str:
    digest = hashlib.sha256("\0".join((*classes, "", *names.tolist())).encode())
    digest.update(labels.astype("<i8").tobytes())
    digest.update(np.ascontiguousarray(content).data)
    return digest.hexdigest()
