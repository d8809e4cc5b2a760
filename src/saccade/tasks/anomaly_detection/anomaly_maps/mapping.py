"""Images → anomaly maps of what does not belong in them."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade.core.arrays import Array
from saccade.core.backend import Model, keras
from saccade.core.dataset import SkippedItem
from saccade.core.errors import DataError, RunError
from saccade.core.run import Run
from saccade.core.shell_words import shell_word
from saccade.inference import Network, load_model
from saccade.inference.keras_network import batches
from saccade.modalities.images.streams import Remarks, images
from saccade.models import autoencoders
from saccade.tasks.anomaly_detection.anomaly_map import AnomalyMap
from saccade.tasks.anomaly_detection.anomaly_map_scale import AnomalyMapScale
from saccade.tasks.anomaly_detection.image_predictor import (
    ImageAnomalyPredictor,
    from_contributions,
    open_image_predictor,
)


class Locator:
    """A run's network, its threshold and its anomaly-map scale: what anomaly maps are made with."""

    def __init__(self, run: Run, *, model: Model = None) -> None:
        """Open a run.

        Args:
            run: a trained run that looks for anomalies in images.
            model: its network, when it is loaded already.

        Raises:
            RunError: it has no network, threshold or anomaly-map scale.
        """
        network = load_model(run) if model is None else model
        self.judge: ImageAnomalyPredictor = open_image_predictor(run, model=network)
        self._scale: AnomalyMapScale = _scale(run)
        self._looked_into = Network(keras.Model(network.input, [network.output, *_remainder(network)]))

    def maps(self, images: Array, names: Sequence[str]) -> Iterator[AnomalyMap]:
        """Yield the anomaly map of each image, in order.

        Args:
            images: (n, h, w, c), 0 to 255, of the network's size.
            names: n of them.
        """
        first = 0
        for batch in batches(images):
            contributions, *remainders = self._looked_into.outputs(batch)
            outputs = from_contributions(contributions, self._scale)
            for position, verdict in enumerate(self.judge.interpret(outputs)):
                yield AnomalyMap(
                    name=names[first + position],
                    image=_bytes(batch[position]),
                    rebuilt=_bytes(batch[position] - 127.5 * remainders[0][position]) if remainders else None,
                    anomaly_map=outputs["anomaly_map"][position],
                    verdict=verdict,
                )
            first += len(batch)

    def map_files(self, paths: Iterable[str | Path], *, remarks: Remarks) -> Iterator[AnomalyMap | SkippedItem]:
        """Yield the anomaly map of each image behind paths, as `ImageAnomalyPredictor.map_files` does."""
        for found in images(paths, remarks):
            read = found if isinstance(found, SkippedItem) else self.judge.intake.read(found, remarks)
            yield from [read] if isinstance(read, SkippedItem) else self.maps(read[None], [found.name])

    def locate(self, image: str | Path | Array) -> AnomalyMap:
        """Return the anomaly map of one image: a file, or an array (h, w, c) or grey (h, w), 0 to 255.

        Raises:
            DataError: it cannot be read, or the array has another size than the network's.
        """
        name = str(image) if isinstance(image, str | Path) else "image"
        read = self.judge.intake.file(Path(image)) if isinstance(image, str | Path) else image
        if isinstance(read, SkippedItem):
            raise DataError(f"{name} cannot be used: {read.reason}")
        (found,) = self.maps(self.judge.intake.array(read), [name])
        return found


def _remainder(network: Model) -> list[Any]:
    """Return what is left between image and rebuilt image, in a network that rebuilds."""
    return [autoencoders.remainder(network)] if autoencoders.rebuilds(network) else []


def _bytes(image: Array) -> NDArray[np.uint8]:
    return np.asarray(np.clip(np.rint(image), 0, 255), np.uint8)


def _scale(run: Run) -> AnomalyMapScale:
    scale = run.load(AnomalyMapScale)
    if scale is None:
        raise RunError(
            f"{run.path} has no anomaly-map scale: its training did not come to its end, or had no normal calibration "
            f"images. Go on with: saccade train --resume {shell_word(run.path)}"
        )
    return scale
