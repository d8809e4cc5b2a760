"""What differs between images, or between classes: the channels that tell them apart best."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from saccade.core import pages
from saccade.core.backend import Model
from saccade.core.errors import DataError
from saccade.inspection import describing, page_frame, tiling
from saccade.inspection.cards import maps_of
from saccade.inspection.image_input import InputImage
from saccade.inspection.output_layer import answering
from saccade.inspection.running import run_layers
from saccade.inspection.tiling import Tiles, scale_of

MOST_CHANNELS = 8
MOST_THUMBNAILS = 12
LEAST_IMAGES = 2
"""Of each group, so that what differs within it is known."""

_TEMPLATE = Path(__file__).with_name("contrast.html.j2")


@dataclass(frozen=True)
class Group:
    """Images that are compared as one: a single image, or some of a class."""

    name: str
    images: tuple[InputImage, ...]


@dataclass(frozen=True)
class LayerContrast:
    """How one layer tells groups apart.

    Attributes:
        key: of the layer.
        kind: its Keras class.
        means: (groups, channels), the mean number of each channel over images and places.
        effect: (channels,), at least 0: largest less smallest of these means, in standard deviations within the groups;
            where a group has one image only, in those of the whole layer.
        maps: (groups, h, w, channels), the mean map of each group, or None for a layer without maps.
    """

    key: str
    kind: str
    means: NDArray[np.float32]
    effect: NDArray[np.float32]
    maps: NDArray[np.float32] | None

    @property
    def best(self) -> NDArray[np.int64]:
        """The channels that tell the groups apart best, the best first; none that are alike in all."""
        order = np.argsort(-self.effect, kind="stable")[:MOST_CHANNELS]
        return order[self.effect[order] > 0]


@dataclass(frozen=True)
class Contrast:
    """What differs between groups of images in one network.

    Attributes:
        title: of the network.
        groups: what is compared, at least two.
        classes: names of the answers; empty where it gives none.
        noun: what one of them is called: "class", "label", "number".
        probabilities: (groups, classes), the mean answers.
        layers: in the order of the computation.
    """

    title: str
    groups: tuple[Group, ...]
    classes: tuple[str, ...]
    noun: str
    probabilities: NDArray[np.float32]
    layers: tuple[LayerContrast, ...]

    def save(self, folder: str | Path) -> Path:
        """Write the page and return its path; raises RunError when the folder cannot be written."""
        return page_frame.write(_page(self), Path(folder))

    def _repr_html_(self) -> str:
        return pages.as_frame(_page(self))


def contrast(
    model: Model,
    groups: Sequence[Group],
    *,
    title: str = "",
    classes: Sequence[str] | None = None,
    noun: str = "class",
) -> Contrast:
    """Return what differs between groups of images.

    Args:
        model: a functional or built Sequential model.
        groups: at least two.
        title: what to call the network.
        classes: names of its answers.
        noun: what one of them is called.

    Raises:
        DataError: there is nothing to compare.
    """
    if len(groups) < 2:
        raise DataError(f"To say what differs, at least two are needed; found {len(groups)}. Name another image.")
    runs = [list(run_layers(model, np.concatenate([each.values for each in group.images]))) for group in groups]
    contrasts = []
    for uses in zip(*runs, strict=True):
        if not isinstance(uses[0].layer, (*describing.PASSING, *describing.PREPARING)):
            outputs = [np.asarray(use.output, np.float32) for use in uses]
            contrasts.append(_layer(uses[0].key, type(uses[0].layer).__name__, outputs))
    answers = answering(runs[0][-1])
    means = [answers.probabilities(found[-1]).mean(axis=0) for found in runs] if answers else [np.empty(0)] * len(runs)
    names = tuple(classes or [f"class {number}" for number in range(len(means[0]))])
    return Contrast(title or str(model.name), tuple(groups), names, noun, np.stack(means), tuple(contrasts))


def _layer(key: str, kind: str, outputs: Sequence[NDArray[np.float32]]) -> LayerContrast:
    has_maps = outputs[0].ndim == 4 and maps_of(outputs[0][:1]) is not None
    flat = [each.reshape(len(each), -1, each.shape[-1]).mean(axis=1) for each in outputs]
    means = np.stack([each.mean(axis=0) for each in flat])
    if min(map(len, flat)) >= LEAST_IMAGES:
        spread = np.sqrt(np.mean([each.var(axis=0, ddof=1) for each in flat], axis=0))
    else:
        spread = np.full(means.shape[1], np.concatenate(flat).std())
    # a channel that is nearly still within the groups would divide by nearly nothing
    floor = 0.01 * np.abs(means).max() or 1.0
    effect = (means.max(axis=0) - means.min(axis=0)) / np.maximum(spread, floor)
    maps = np.stack([each.mean(axis=0) for each in outputs]) if has_maps else None
    return LayerContrast(key, kind, means, effect.astype(np.float32), maps)


def _page(found: Contrast) -> str:
    answers = _answers(found)
    answering = {"answers": ("answers", "The answers")} if answers else {}
    return page_frame.compose(
        _TEMPLATE,
        {**answering, "layers": ("layers", "Layer by layer, the channels that differ most")},
        contrast=found,
        thumbnails=[
            [(image.name, pages.embedded(image.pixels)) for image in group.images[:MOST_THUMBNAILS]]
            for group in found.groups
        ],
        answers=answers,
        layers=[(layer, _tiles(layer, found.groups)) for layer in found.layers],
        one_each=min(len(group.images) for group in found.groups) < LEAST_IMAGES,
        palettes={name: tiling.palette(name).tolist() for name in (tiling.SEQUENTIAL, tiling.DIVERGING)},
    )


def _answers(found: Contrast) -> list[tuple[str, list[float]]]:
    """Return the answers that matter to any group, the most probable first."""
    order = np.argsort(-found.probabilities.max(axis=0, initial=0), kind="stable")[:10]
    return [(found.classes[position], found.probabilities[:, position].tolist()) for position in order]


def _tiles(layer: LayerContrast, groups: Sequence[Group]) -> Tiles | None:
    """Return the mean maps of the best channels, those of all groups side by side."""
    if layer.maps is None or not len(layer.best):
        return None
    maps = layer.maps[..., layer.best].transpose(3, 0, 1, 2)
    names = [
        f"channel {channel}, {group.name}: {layer.means[number, channel]:.3g}"
        for channel in layer.best
        for number, group in enumerate(groups)
    ]
    return tiling.tiles(maps.reshape(-1, *maps.shape[2:]), names, scale_of(layer.maps))
