"""Intake: how image files and arrays become what a network takes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from saccade.core.arrays import Array
from saccade.core.dataset import SkippedItem
from saccade.core.errors import DataError
from saccade.core.safe_json import Json, parse_json
from saccade.core.signature import Answer, Outputs, TensorSpec
from saccade.core.type_validation import checked
from saccade.modalities.images.decoding import decode
from saccade.modalities.images.page_count import further_pages
from saccade.modalities.images.pixels import Fit, read_file, to_pixels
from saccade.modalities.images.streams import Input, Remarks

if TYPE_CHECKING:  # a run needs packages that a machine which only predicts does not have
    from saccade.core.run import Run

SMALL = 10_000
"""Pixels of what is decoded in some 0.1 ms."""

LARGEST_SIDE = 2048
"""As in a recipe: a file that claims more was not exported by us."""


@dataclass(frozen=True)
class Intake:
    """What a network takes.

    Attributes:
        image_shape: (height, width, channels).
        fit: how images of another shape become this one.
    """

    image_shape: tuple[int, int, int]
    fit: Fit

    @property
    def colour_order(self) -> str:
        """Of the last axis of an image: "grey" or "rgb"."""
        return "grey" if self.image_shape[2] == 1 else "rgb"

    @property
    def tensor(self) -> TensorSpec:
        """The input of an exported network."""
        meaning = f"images, {self.colour_order}, 0 to 255"
        return TensorSpec("pixels", "uint8", (None, *self.image_shape), meaning)

    def to_dict(self) -> Json:
        """Return what an exported file says of it; the colour order is there for who reads the file without us."""
        return {"image_shape": list(self.image_shape), "fit": self.fit, "colour_order": self.colour_order}

    @classmethod
    def of_run(cls, run: "Run") -> Self:
        """Return how images become what the network of a run takes."""
        height, width, channels = run.data["image_shape"]
        return cls((height, width, channels), run.recipe.fit)

    @classmethod
    def from_texts(cls, texts: Mapping[str, str]) -> "Intake":
        """Return what an exported file says, text by text; raises ValueError or KeyError for what cannot be."""
        shape = checked(parse_json(texts["image_shape"]), tuple[int, int, int], "image_shape")
        made = checked(cls((shape[0], shape[1], shape[2]), texts["fit"]))  # type: ignore[arg-type] # is checked
        height, width, channels = made.image_shape
        if not (1 <= height <= LARGEST_SIDE and 1 <= width <= LARGEST_SIDE and channels in {1, 3}):
            raise ValueError(f"images of {height}×{width}×{channels}")
        return made

    def content(self, content: bytes, **bounds: Any) -> NDArray[np.uint8]:
        """Return an image file's content as the network takes it, (h, w, c); raises DataError.

        Args:
            content: of an image file.
            **bounds: `most_pixels`, `until` and `at_once`, as in `decoding.decode`.
        """
        height, width, channels = self.image_shape
        return decode(content, size=(height, width), channels=channels, fit=self.fit, **bounds)

    def reader(self, most_pixels: int) -> Callable[..., NDArray[np.uint8]]:
        """Return `content` for a service that takes images of so many pixels at most, as its header says.

        `small` refuses what is not decoded in some 0.1 ms.
        """

        def read(content: bytes, *, small: bool = False, **bounds: Any) -> NDArray[np.uint8]:
            return self.content(content, most_pixels=min(most_pixels, SMALL) if small else most_pixels, **bounds)

        return read

    def read(
        self, found: Input, remarks: Remarks, *, look: Callable[[bytes], object] = lambda content: None
    ) -> NDArray[np.uint8] | SkippedItem:
        """Return an image as the network takes it, (h, w, c), or why it cannot be used; remarks on further pages.

        Args:
            found: a file, what is in one, or pixels.
            remarks: is filled.
            look: is shown the content of a file that was decoded.
        """
        try:
            if isinstance(found.content, np.ndarray):
                return self.resized(found.content)
            content = read_file(found.content) if isinstance(found.content, Path) else found.content
            pixels = self.content(content)
            look(content)
        except OSError as error:
            return SkippedItem(found.name, error.strerror or str(error))
        except DataError as error:
            return SkippedItem(found.name, str(error))
        further = further_pages(found.name, content)
        remarks.skipped += [further] if further else []
        return pixels

    def file(self, file: Path) -> NDArray[np.uint8] | SkippedItem:
        """Return an image file as the network takes it, (h, w, c), or why it cannot be used."""
        return self.read(Input(str(file), file), Remarks())

    def resized(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return pixels (h, w, c) of any size as the network takes them, made the very way that files are."""
        height, width, channels = self.image_shape
        image = Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)
        return to_pixels(image, size=(height, width), channels=channels, fit=self.fit)

    def array(self, images: Array) -> Array:
        """Return images as (n, h, w, c); raises DataError for another shape or range than the network's."""
        pixels = _in_batches(np.asarray(images), self.image_shape)
        _refuse_wrong_range(pixels)
        return pixels


def _in_batches(images: Array, expected: tuple[int, int, int]) -> Array:
    """Return images as (n, h, w, c); refuses other shapes than the network's."""
    height, width, channels = expected
    if images.shape == expected or (channels == 1 and images.shape == (height, width)):
        return images.reshape(1, *expected)
    if images.shape[1:] == expected:
        return images
    if channels == 1 and images.shape[1:] == (height, width):
        return images[..., None]
    shape = "×".join(str(side) for side in expected)
    raise DataError(
        f"Expected images of {shape} (height × width × channels), one or a stack of them; found an array "
        f"of shape {images.shape}. Files of any size are resized by predict_files."
    )


def _refuse_wrong_range(images: Array) -> None:
    """Refuse pixels that were scaled already: the network scales them, and would answer at random."""
    if images.dtype == np.uint8 or not images.size:
        return
    if images.dtype.kind not in "fiu":
        raise DataError(f"Expected images as numbers from 0 to 255, found an array of {images.dtype}.")
    low, high = float(images.min()), float(images.max())
    if not (low >= 0 and high <= 255):
        raise DataError(f"Expected raw pixels from 0 to 255, found values from {low:g} to {high:g}.")
    if 0 < high <= 1:
        raise DataError(
            f"Expected raw pixels from 0 to 255, found values up to {high:g} only. "
            "The network scales them itself: multiply by 255."
        )


def only_output(outputs: Outputs, name: str) -> Answer:
    """Return what gives one output of an exported file, float32, for images of any number type."""
    return lambda images: np.asarray(outputs(as_bytes(images))[name], np.float32)


def as_bytes(images: Array) -> NDArray[np.uint8]:
    """Return images, 0 to 255, of any number type as an exported network takes them."""
    return images if images.dtype == np.uint8 else np.rint(images).astype(np.uint8)
