"""Run + images → inspections: the network, its data if they are still there, and images by file, name or array."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from saccade.core.errors import DataError, SaccadeError
from saccade.core.run import Run
from saccade.inspection import image_input
from saccade.inspection.image_input import InputImage
from saccade.inspection.inspection import Examples, Inspection
from saccade.modalities.images.dataset import ImageDataset
from saccade.modalities.images.pixels import Fit
from saccade.tasks import base
from saccade.tasks.classification.calibration import Calibration

AnyImage = str | Path | NDArray[Any]


@dataclass(frozen=True)
class Microscope:
    """A network and what is needed to look at images in it.

    Attributes:
        title: what to call the network.
        model: a Keras model.
        classes: names of its answers, or None.
        dataset: the data it was trained on, or None.
        no_data: why there are none.
        fit: how images of another shape are brought to the network's.
        temperature: by which the run corrects the network's probabilities.
    """

    title: str
    model: Any
    classes: tuple[str, ...] | None = None
    dataset: ImageDataset | None = None
    no_data: str = ""
    fit: Fit = "pad"
    temperature: float = 1

    def find(self, image: AnyImage) -> InputImage:
        """Return an image from a file, by its name in the data ("test/00000"), or of an array.

        Raises:
            DataError: there is none, or it is not one that the network can take.
        """
        shape = image_input.input_shape(self.model)
        if not isinstance(image, str | Path):
            return image_input.from_array(image, shape)
        if Path(image).is_file() or (self.dataset is None and not self.no_data):
            return image_input.from_file(image, shape, fit=self.fit)
        if self.dataset is None:
            raise DataError(f"There is no file '{image}'. {self.no_data}")
        return image_input.from_data(self.dataset, str(image))

    def inspect(self, image: AnyImage | InputImage) -> Inspection:
        """Return the whole way of an image through the network."""
        found = image if isinstance(image, InputImage) else self.find(image)
        examples = Examples(self.dataset.images, self.dataset.rows("train")) if self.dataset else None
        return Inspection(
            self.model,
            found,
            title=self.title,
            classes=self.classes,
            examples=examples,
            no_examples=self.no_data,
            temperature=self.temperature,
        )

    def of_class(self, name: str, count: int) -> list[InputImage]:
        """Return the first training images of a class.

        Raises:
            DataError: the data are gone, or have no image of this class.
        """
        if self.dataset is None:
            raise DataError(f"The data are needed to compare classes. {self.no_data}")
        if name not in self.dataset.classes:
            raise DataError(f"There is no class '{name}'. Classes: {', '.join(self.dataset.classes)}.")
        rows = self.dataset.rows("train")
        rows = rows[self.dataset.labels[rows] == self.dataset.classes.index(name)][:count]
        if not len(rows):
            raise DataError(f"The training split has no image of class '{name}'.")
        return [image_input.from_data(self.dataset, str(self.dataset.names[row])) for row in rows]


def microscope(run: Run, model: Any, *, data: str | None = None, quiet: bool = True) -> Microscope:
    """Return the microscope of a run; without its data it still works, and says what it cannot show.

    Args:
        run: a trained run.
        model: its network.
        data: where the data lie now, when they or the run have moved.
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
    calibration = run.load(Calibration)
    temperature = calibration.temperature if calibration else 1
    return Microscope(run.path.name, model, tuple(run.data["classes"]), dataset, reason, run.recipe.fit, temperature)
