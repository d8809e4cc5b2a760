"""Run + images → inspections: the network, its data if they are still there, and images by file, name or array."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from markupsafe import Markup

from saccade.core.arrays import Array
from saccade.core.backend import Model
from saccade.core.cache import cache_folder
from saccade.core.dataset import SPLITS
from saccade.core.errors import DataError, SaccadeError, unknown
from saccade.core.run import Run
from saccade.inspection import image_input
from saccade.inspection.image_input import InputImage
from saccade.inspection.inspection import NOTHING, Correction, Examples, Inspection, Interpret
from saccade.inspection.nearest_images import VERSION, KnownImages, Neighbourhood
from saccade.modalities.images.data_identity import identity
from saccade.modalities.images.dataset import ImageDataset
from saccade.modalities.images.decoding import decode
from saccade.modalities.images.pixels import Fit, read_file
from saccade.tasks import base

AnyImage = str | Path | Array


@dataclass(frozen=True)
class ImageInspector:
    """A network and what is needed to look at images in it.

    Attributes:
        title: what to call the network.
        model: a Keras model.
        classes: names of its answers, or None.
        dataset: the data it was trained on, or None.
        no_data: why there are none.
        fit: how images of another shape are brought to the network's.
        correction: by which the run corrects the network's probabilities, or None.
        interpret: what a row of answers means for the task, where that is more than a probability a class; else None.
        noun: what one of `classes` is called.
        label: says in words what a class of the dataset is: "no label" of "".
        run: the run that it is of, or None.
    """

    title: str
    model: Model
    classes: tuple[str, ...] | None = None
    dataset: ImageDataset | None = None
    no_data: str = ""
    fit: Fit = "pad"
    correction: Correction | None = None
    interpret: Interpret | None = None
    noun: str = "class"
    label: Callable[[str], str] = str
    run: Run | None = None

    def find(self, image: AnyImage) -> InputImage:
        """Return an image from a file, by its name in the data ("test/00000"), or of an array.

        Raises:
            DataError: there is none, or it is not one that the network can take.
        """
        shape = image_input.input_shape(self.model)
        if not isinstance(image, str | Path):
            return image_input.from_array(image, shape)
        if Path(image).is_file() or (self.dataset is None and not self.no_data):
            return from_file(image, shape, fit=self.fit)
        if self.dataset is None:
            raise DataError(f"There is no file '{image}'. {self.no_data}")
        return from_data(self.dataset, str(image), label=self.label)

    def inspect(self, image: AnyImage | InputImage, *, lead: Markup = NOTHING) -> Inspection:
        """Return the whole way of an image through the network; `lead` stands on its page in place of probabilities."""
        found = image if isinstance(image, InputImage) else self.find(image)
        examples = Examples(self.dataset.images, self.dataset.rows("train")) if self.dataset else None
        return Inspection(
            self.model,
            found,
            title=self.title,
            classes=self.classes,
            examples=examples,
            no_examples=self.no_data,
            correction=self.correction,
            lead=lead,
            interpret=self.interpret,
            noun=self.noun,
            neighbourhood=None if lead else self.neighbourhood,  # such an answer is not made of a last layer's features
        )

    @cached_property
    def neighbourhood(self) -> Neighbourhood | None:
        """The training images by what the network makes of them, which are looked at when first asked for."""
        if self.dataset is None or self.run is None:
            return None
        dataset = self.dataset

        def label(row: int) -> str:
            return self.label(dataset.classes[dataset.labels[row]])

        known = KnownImages(dataset.images, dataset.rows("train"), dataset.names, label)
        key = hashlib.sha256(f"{VERSION} {self.run.network_hash} {identity(dataset)}".encode()).hexdigest()[:32]
        memory = cache_folder("training_features") / f"{key}.npz"
        return Neighbourhood(self.model, known, memory=memory, quiet=False)

    def of_class(self, name: str, count: int) -> list[InputImage]:
        """Return the first training images of a class, or with a label.

        Raises:
            DataError: the data are gone, or have no image of this class.
        """
        if self.dataset is None:
            raise DataError(f"The data are needed to compare groups of images. {self.no_data}")
        if name not in (self.classes or ()):
            raise unknown(self.noun, name, self.classes or ())
        rows = self.dataset.members(name, "train")[:count]
        if not len(rows):
            raise DataError(f"The training split has no image of the {self.noun} '{name}'.")
        return [from_data(self.dataset, str(self.dataset.names[row]), label=self.label) for row in rows]


def image_inspector(
    run: Run,
    model: Model,
    *,
    data: str | None = None,
    classes: Sequence[str] | None = None,
    correction: Correction | None = None,
    interpret: Callable[[Any], Interpret] | None = None,
    noun: str = "class",
    label: Callable[[str], str] = str,
    quiet: bool = True,
) -> ImageInspector:
    """Return the inspector of a run; without its data it still works, and says what it cannot show.

    Args:
        run: a trained run.
        model: its network.
        data: where the data lie now, when they or the run have moved.
        classes: names of the answers; those in the run's data when left out.
        correction: by which the run corrects the network's probabilities, or None.
        interpret: gives, for the data or None, what says the meaning of a row of answers.
        noun: what one of the classes is called.
        label: says in words what a class of the dataset is.
        quiet: no progress bars.

    Raises:
        SaccadeError: `data` was given and cannot be used.
    """
    dataset, reason = None, ""
    try:
        dataset = base.reload(run, data=data, quiet=quiet)
    except SaccadeError as error:
        if data is not None:
            raise
        reason = f"The data of this run cannot be used ({str(error).rstrip('.')}); say where they are with --data."
    return ImageInspector(
        title=run.path.name,
        model=model,
        classes=tuple(run.data["classes"] if classes is None else classes),
        dataset=dataset,
        no_data=reason,
        fit=run.recipe.fit,
        correction=correction,
        interpret=interpret(dataset) if interpret else None,
        noun=noun,
        label=label,
        run=run,
    )


def from_file(path: str | Path, shape: tuple[int, int, int], *, fit: Fit) -> InputImage:
    """Return an image file brought to a network's size, exactly as for a prediction; raises DataError."""
    height, width, channels = shape
    try:
        pixels = decode(read_file(path), size=(height, width), channels=channels, fit=fit)
    except OSError as error:
        raise DataError(f"Cannot read {path}: {error.strerror}.") from error
    except DataError as error:
        raise DataError(f"Cannot read {path}: {error}") from error
    return InputImage(Path(path).name, pixels[None].astype(np.float32), pixels)


def from_data(dataset: ImageDataset, name: str, *, label: Callable[[str], str] = str) -> InputImage:
    """Return an image of the data by its name, "test/00000" or a path within the folder; `label` words its class.

    Raises:
        DataError: there is none of this name; says what names there are.
    """
    found = np.flatnonzero(dataset.names == name)
    if not len(found):
        first = {str(dataset.names[dataset.rows(split)[0]]) for split in SPLITS if split in dataset.splits}
        raise DataError(
            f"There is neither a file '{name}' nor an image of this name in {dataset.name}. Names there look like "
            f"{', '.join(sorted(first))}."
        )
    row = int(found[0])
    pixels = np.asarray(dataset.images[row])
    return InputImage(name, pixels[None].astype(np.float32), pixels, label(dataset.classes[dataset.labels[row]]))
