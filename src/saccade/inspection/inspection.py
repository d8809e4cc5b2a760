"""Model + one image → everything on the way from its pixels to the answer."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from saccade.core import pages
from saccade.core.arrays import Array
from saccade.core.backend import Layer, Model, keras
from saccade.core.errors import RunError, unknown
from saccade.inspection import describing, page
from saccade.inspection.attributing import Network, Occlusion, enlarged, gradcam, integrated_gradients, occlude
from saccade.inspection.explaining import explain
from saccade.inspection.graph import graph_of, is_graph, nodes
from saccade.inspection.image_input import InputImage
from saccade.inspection.nearest_images import Neighbour, Neighbourhood
from saccade.inspection.output_layer import Answering, answering
from saccade.inspection.running import LayerRun, run_layers
from saccade.inspection.stepper import has_stepper, stepper_data, write_stepper
from saccade.inspection.steps import Step
from saccade.inspection.summary import LayerSummary, by_key, total
from saccade.inspection.top_patches import Exciting, most_exciting

layers = keras.layers
NOTHING = Markup()

BATCH_BYTES = 256 * 2**20
"""Of activations in a batch, at most: integrated gradients need about three times as much."""

# Work is bounded in multiply-adds and not in seconds, so that the same image always gives the same page.
STEPS_WORK, STEPS = 120e9, (8, 32)
GRID_WORK, GRID = 400e9, (5, 12)
PATCHES_WORK, PATCHES = 40e9, (32, 1000)

PASSES, PASSES_SECONDS = 10, 0.3
"""Passes in which the layers are timed, at most."""

TOP = 4
"""Patches shown for a channel."""


@dataclass(frozen=True)
class Correction:
    """How probabilities are corrected after the network.

    Attributes:
        apply: returns corrected probabilities (n, classes) for those of the network.
        name: in words: "temperature 1.25"; "" where it changes nothing.
        note: what predictions take in besides the network's answer to the image, in a sentence; "" for nothing.
    """

    apply: Callable[[NDArray[np.float32]], NDArray[np.float32]]
    name: str = ""
    note: str = ""


@dataclass(frozen=True)
class Meaning:
    """What a row of answers means for a task, where that is more than a probability a class.

    Attributes:
        answer: what a prediction of the same image gives.
        lead: HTML, which stands on the page in place of probabilities.
    """

    answer: Any
    lead: Markup


Interpret = Callable[[NDArray[np.float32], InputImage], Meaning]
"""Says what the answers (k,) to an image mean."""


@dataclass(frozen=True)
class Examples:
    """Images of the data in which to look for what excites a channel.

    Attributes:
        images: (n, h, w, c), uint8.
        rows: which of them may be looked at: those of the training split, in any order.
    """

    images: NDArray[np.uint8]
    rows: NDArray[np.int64]


@dataclass(frozen=True)
class InspectedLayer:
    """One layer, and what it did to this image.

    Attributes:
        key: its name, as in `Inspection.activations`: "conv_1", "block/conv_1", "conv_1:2" for its second use.
        number: from 1, the first that computes; 0 for what only prepares the image before it.
        layer: the Keras layer.
        settings: in words.
        sentence: what it does, in words.
        summary: shapes, parameters, multiply-adds and receptive field.
        seconds: how long it took for this image.
        unchanged: whether it passes on what it gets.
    """

    key: str
    number: int
    layer: Layer
    settings: str
    sentence: str
    summary: LayerSummary
    seconds: float
    unchanged: bool


class Inspection:
    """The whole way of one image through a network.

    Attributes:
        title: what to call the network.
        image: what came in.
        layers: the layers in the order of the computation.
        activations: what each layer gave, NumPy arrays by the layer's key. Layers with maps: (1, height, width,
            channels); dense and flattened ones: (1, units).
        filters: the kernels of convolutions by the layer's key: (height, width, channels in, filters); depthwise:
            (height, width, channels, filters a channel); transposed: (height, width, filters, channels in).
        classes: names of the answers; empty where the network does not answer with a row of numbers.
        answer: what a prediction of the same image gives, where that is more than a probability a class; else None.
    """

    def __init__(
        self,
        model: Model,
        image: InputImage,
        *,
        title: str = "",
        classes: Sequence[str] | None = None,
        examples: Examples | None = None,
        no_examples: str = "",
        correction: Correction | None = None,
        lead: Markup = NOTHING,
        interpret: Interpret | None = None,
        noun: str = "class",
        neighbourhood: Neighbourhood | None = None,
    ) -> None:
        """Run the image through the network.

        Args:
            model: a functional or built Sequential model with one input, (h, w, c).
            image: what to look at.
            title: what to call the network; its own name when left out.
            classes: names in the order of its outputs; "class 0", … when left out.
            examples: images in which to look for what excites each channel.
            no_examples: why there are none, in a sentence.
            correction: of the answer's probabilities, as in predictions; None leaves them as they are.
            lead: HTML in place of probabilities, for a network whose answer is something else.
            interpret: says what a row of answers means, and what stands there then.
            noun: what one of `classes` is called.
            neighbourhood: training images, among which are those that the image is most like.

        Raises:
            RunError: the network cannot be looked into.
            DataError: names and answers differ in number.
        """
        self.title, self.image = title or str(model.name), image
        self.no_examples = no_examples or "No data were given in which to look for what excites each channel."
        self._model, self._examples = model, examples
        self._summaries = by_key(model)
        _refuse_channels_first(model)
        _refuse_several_outputs(model)
        runs = list(run_layers(model, image.values))
        self._runs = {run.key: run for run in runs}
        self.activations: dict[str, NDArray[np.float32]] = {run.key: np.asarray(run.output, np.float32) for run in runs}
        self.layers = tuple(_inspected(runs, self._summaries, _seconds(model, image.values)))
        self.filters = {each.key: kernel for each in self.layers if (kernel := _kernel(each.layer)) is not None}
        self._answering = answering(runs[-1])
        self.classes = _named(classes, self._answering)
        self.correction = correction
        self.noun = noun
        self.neighbourhood = neighbourhood if self._answering else None
        self.no_neighbours = no_examples if self._answering and not neighbourhood else ""
        self._probabilities = self._corrected(self._answering, runs[-1]) if self._answering else np.empty(0, np.float32)
        self._scored: dict[bytes, NDArray[np.float32]] = {}
        meaning = interpret(self._probabilities, image) if interpret and self._answering else Meaning(None, lead)
        self.answer, self.lead = meaning.answer, meaning.lead

    def __repr__(self) -> str:
        answer = f": {self.predicted if self.answer is None else self.answer}" if self.classes else ""
        return f"<Inspection of {self.image.name} in {self.title}, {len(self.layers)} layers{answer}>"

    def save(self, folder: str | Path, *, png: bool = True, classes: Sequence[str | int] = ()) -> Path:
        """Write the page, index.html, and plain images of maps, filters and explanations; return the page's path.

        Args:
            folder: made when it does not exist.
            png: whether to write the plain images.
            classes: to be explained besides the predicted one.

        Raises:
            RunError: the folder cannot be written.
            UnknownNameError: no such class.
        """
        return page.save(self, Path(folder), png=png, classes=classes)

    def _repr_html_(self) -> str:
        return pages.as_frame(page.page(self))

    # How a number came about

    def explain(self, layer: str, *, at: tuple[int, int] | None = None, channel: int | None = None) -> Step:
        """Return how one number of a layer came about: window, kernel, products, sum, bias.

        Args:
            layer: key of a layer.
            at: (row, column) of its output; where it answers most when left out.
            channel: of its output; the largest at that place when left out.

        Raises:
            UnknownNameError: no such layer.
            RecipeError: the layer has no such place or channel.
            RunError: a layer of this kind cannot be explained.
        """
        run = self._run(layer)
        return explain(run.layer, self.came_into(layer), at=at, channel=channel)

    def came_into(self, layer: str) -> NDArray[np.float32]:
        """Return what came into a layer, (h, w, c) or (units,); raises UnknownNameError for no such layer."""
        inputs: NDArray[np.float32] = np.asarray(keras.ops.convert_to_numpy(self._run(layer).inputs[0]), np.float32)
        return np.asarray(inputs[0])

    def stepper(self, layer: str, *, at: tuple[int, int] | None = None, channel: int | None = None) -> dict[str, Any]:
        """Return what a page needs to slide the window of a layer over its input; arguments and errors as above."""
        return stepper_data(
            self._run(layer).layer, self.came_into(layer), at=at, channel=channel, image=self._in_colour
        )

    def save_stepper(
        self, layer: str, folder: Path, *, at: tuple[int, int] | None = None, channel: int | None = None
    ) -> Path | None:
        """Write a page with the stepper of one layer and return its path; None for a layer that slides no window."""
        found = self._run(layer).layer
        if not has_stepper(found):
            return None
        path = folder / f"{layer.replace('/', '-')}.html"
        title = f"{layer} of {self.title}, {self.image.name}"
        inputs, image = self.came_into(layer), self._in_colour
        write_stepper(path, found, inputs, title=title, at=at, channel=channel, image=image)
        return path

    @property
    def _in_colour(self) -> NDArray[np.uint8]:
        pixels = self.image.pixels
        return np.ascontiguousarray(np.broadcast_to(pixels, (*pixels.shape[:2], 3)))

    def _run(self, layer: str) -> LayerRun:
        if layer not in self._runs:
            raise unknown("layer", layer, self._runs)
        return self._runs[layer]

    # The answer

    def _corrected(self, answers: Answering, last: LayerRun) -> NDArray[np.float32]:
        found = answers.probabilities(last)
        return np.asarray((self.correction.apply(found) if self.correction else found)[0])

    @property
    def probabilities(self) -> dict[str, float]:
        """The answer: a probability by class; one number where the network has one output without a sigmoid."""
        return dict(zip(self.classes, self._probabilities.tolist(), strict=True))

    @property
    def predicted(self) -> str:
        """The most probable class; raises RunError where the network gives no row of numbers."""
        self._network()
        return self.classes[int(self._probabilities.argmax())]

    @property
    def score_in_words(self) -> str:
        """What Grad-CAM and integrated gradients explain."""
        return self._network().answering.score_in_words

    def position(self, class_: str | int | None) -> int:
        """Return the position of a class by its name or position; the predicted one for None."""
        self._network()
        if class_ is None:
            return int(self._probabilities.argmax())
        if isinstance(class_, int | np.integer) and 0 <= class_ < len(self.classes):
            return int(class_)
        if class_ not in self.classes:
            raise unknown("class", str(class_), self.classes)
        return self.classes.index(str(class_))

    @property
    def is_number(self) -> bool:
        """Whether the answer is one number, and no probability."""
        return self._answering is not None and self._answering.kind == "number"

    # Why it is the answer

    @cached_property
    def nearest(self) -> tuple[Neighbour, ...]:
        """The three training images that are most like it by what comes into the last layer, the nearest first.

        Each has its name, what the data say of it, its distance, and in words how near that is. Empty without data. An
        image of the training split is not its own neighbour.
        """
        return self.neighbourhood.nearest(self.image.values, name=self.image.name) if self.neighbourhood else ()

    @cached_property
    def last_maps(self) -> str:
        """The key of the last layer that still has maps, on which Grad-CAM looks; raises RunError without one."""
        learnt = [bool(getattr(each.layer, "weights", ())) for each in self.layers]
        first = learnt.index(True) if any(learnt) else len(learnt)
        # maps before the first weights are the image itself
        spatial = [each.key for each in self.layers[first:] if _has_maps(self.activations[each.key])]
        if not spatial:
            raise RunError("No layer of this network has maps: Grad-CAM has nowhere to look.")
        return spatial[-1]

    def gradcam(self, class_: str | int | None = None, *, layer: str | None = None) -> NDArray[np.float32]:
        """Return where a layer found what speaks for a class, (h, w) of the image, at least 0.

        Args:
            class_: name or position; the predicted class when left out.
            layer: key of a layer with maps; the last one when left out.

        Raises:
            RunError: no layer has maps, or this one has none.
            UnknownNameError: no such class or layer.
        """
        position, key = self.position(class_), layer or self.last_maps
        maps = self._run(key)
        if not _has_maps(self.activations[key]):
            raise RunError(f"The layer '{key}' has no maps, but numbers of shape {self.activations[key].shape[1:]}.")
        found = gradcam(self._network(), self.image.values, position, maps)
        return enlarged(found, self._size)

    @property
    def steps(self) -> int:
        """Steps of the integrated gradients; fewer for networks that work more."""
        return int(np.clip(STEPS_WORK / self.work, *STEPS))

    def integrated_gradients(
        self, class_: str | int | None = None, *, baseline: Array | float = 0, steps: int | None = None
    ) -> NDArray[np.float32]:
        """Return how much each number of the image added to the class's score, (h, w, c), signed.

        Args:
            class_: name or position; the predicted class when left out.
            baseline: an image of nothing, a number or (h, w, c): the network's 0 when left out, for raw pixels black.
            steps: on the way from the baseline to the image.
        """
        nothing = np.broadcast_to(np.asarray(baseline, np.float32), self.image.values.shape)
        return integrated_gradients(
            self._network(),
            self.image.values,
            self.position(class_),
            baseline=nothing,
            steps=steps or self.steps,
        )

    def score_difference(self, class_: str | int | None = None, *, baseline: Array | float = 0) -> float:
        """Return the class's score for the image less that for the baseline: what integrated gradients add up to."""
        nothing = np.broadcast_to(np.asarray(baseline, np.float32), self.image.values.shape)
        return float((self._scores(self.image.values) - self._scores(nothing))[self.position(class_)])

    def _scores(self, images: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the scores of all classes for one image; remembered, for every class asks for the same two."""
        key = images.tobytes()
        if key not in self._scored:
            network = self._network()
            scores = network.answering.scores(network.answer(images))
            self._scored[key] = np.asarray(keras.ops.convert_to_numpy(scores), np.float32)[0]
        return self._scored[key]

    def occlusion(self, class_: str | int | None = None) -> NDArray[np.float32]:
        """Return by how much the class's probability falls where the image is covered, (h, w); negative: it rises."""
        return self.occluded.map(self.position(class_), self._size)

    @cached_property
    def occluded(self) -> Occlusion:
        """The answers to the image with one square after the other covered; computed once for all classes."""
        grid = int(np.clip(np.sqrt(GRID_WORK / self.work), *GRID))
        return occlude(self._network(), self.image.values, grid=grid)

    # What excites its channels

    @cached_property
    def exciting(self) -> Mapping[str, Exciting]:
        """Where, in images of the data, each channel of each convolution is largest; empty without data."""
        names = [key for key in self.filters if len(self._summaries[key].output_shape) == 3]
        if self._examples is None or not names:
            return {}
        return most_exciting(self._model, self._examples.images, names, top=TOP, rows=self.looked_through)

    @property
    def looked_through(self) -> NDArray[np.int64]:
        """The rows of the data in which `exciting` looks: evenly spread, fewer for networks that work more."""
        if self._examples is None:
            return np.empty(0, np.int64)
        rows = self._examples.rows
        count = min(len(rows), int(np.clip(PATCHES_WORK / self.work, *PATCHES)))
        return rows[np.linspace(0, len(rows) - 1, count).astype(np.int64)]

    def patches(self, key: str, channel: int) -> list[NDArray[np.uint8]]:
        """Return the patches, (h, w, c), of the data that excite a channel of a convolution most; none without data."""
        if self._examples is None or key not in self.exciting:
            return []
        return self.exciting[key].patches(self._examples.images, channel)

    # What others need to know

    @property
    def _size(self) -> tuple[int, int]:
        height, width = self.image.values.shape[1:3]
        return height, width

    @cached_property
    def work(self) -> float:
        """Multiply-adds of one image, and what moving its activations costs in them; both take time on a CPU."""
        return total(list(self._summaries.values())).work

    def _network(self) -> Network:
        if self._answering is None:
            shape = self.activations[self.layers[-1].key].shape[1:]
            raise RunError(f"The network gives {shape}, not one row of numbers: there is no answer to explain.")
        memory = sum(summary.activation_bytes for summary in self._summaries.values())
        return Network(self._model, self._answering, int(np.clip(BATCH_BYTES // memory, 1, 64)))


def _inspected(
    runs: Sequence[LayerRun], summaries: Mapping[str, LayerSummary], seconds: Sequence[float]
) -> Iterator[InspectedLayer]:
    number = 0
    for run, took in zip(runs, seconds, strict=True):
        prepares = number == 0 and isinstance(run.layer, describing.PREPARING)
        number += not prepares
        shapes = [tuple(tensor.shape[1:]) for tensor in run.inputs]
        yield InspectedLayer(
            key=run.key,
            number=0 if prepares else number,
            layer=run.layer,
            settings=describing.settings(run.layer),
            sentence=describing.sentence(run.layer, shapes, tuple(run.outputs[0].shape[1:])),
            summary=summaries[run.key],
            seconds=took,
            unchanged=isinstance(run.layer, describing.PASSING),
        )


def _seconds(model: Model, images: NDArray[np.float32]) -> list[float]:
    """Return the shortest time that each layer takes in a few more passes: the first also compiles the kernels."""
    passes: list[list[float]] = []
    begun = time.perf_counter()
    while not passes or (len(passes) < PASSES and time.perf_counter() - begun < PASSES_SECONDS):
        seconds, started = [], time.perf_counter()
        for run in run_layers(model, images):
            keras.ops.convert_to_numpy(run.outputs[0])  # waits for backends that compute in the background
            seconds.append(time.perf_counter() - started)
            started = time.perf_counter()
        passes.append(seconds)
    return [min(of_layer) for of_layer in zip(*passes, strict=True)]


def _kernel(layer: Layer) -> NDArray[np.float32] | None:
    if isinstance(layer, layers.SeparableConv2D):
        kernel = layer.depthwise_kernel
    elif isinstance(layer, layers.Conv2D | layers.DepthwiseConv2D | layers.Conv2DTranspose):
        kernel = layer.kernel
    else:
        return None
    return np.asarray(keras.ops.convert_to_numpy(kernel), np.float32)


def _has_maps(values: NDArray[np.float32]) -> bool:
    return values.ndim == 4 and max(values.shape[1:3]) > 1


def _named(classes: Sequence[str] | None, answers: Answering | None) -> tuple[str, ...]:
    if answers is None:
        return ()
    if classes is None:
        return ("output",) if answers.kind == "number" else tuple(f"class {n}" for n in range(answers.classes))
    if len(classes) != answers.classes:
        raise RunError(f"The network answers for {answers.classes} classes, but {len(classes)} are named.")
    if len(set(classes)) != len(classes):
        raise RunError("Two classes have the same name: name every one of them differently.")
    return tuple(classes)


def _refuse_several_outputs(model: Model) -> None:
    outputs = graph_of(model).outputs
    if len(outputs) != 1:
        raise RunError(
            f"The network '{model.name}' gives {len(outputs)} outputs; choose one: "
            "keras.Model(model.input, model.outputs[0])."
        )


def _refuse_channels_first(model: Model) -> None:
    for node in nodes(graph_of(model)):
        if is_graph(node.operation):
            _refuse_channels_first(node.operation)
        elif getattr(node.operation, "data_format", None) == "channels_first":
            raise RunError(
                f"The layer '{node.operation.name}' puts channels first; only channels last can be "
                "looked into. Build it with data_format='channels_last'."
            )
