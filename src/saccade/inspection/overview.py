"""Overview: what a network does over many images, for reading, for JSON, for a notebook."""

import html
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from saccade.core.arrays import Array
from saccade.core.finding import Finding, shown
from saccade.core.metric_value import MetricValue
from saccade.core.rendering import Shown
from saccade.core.safe_json import Json
from saccade.inspection import findings
from saccade.inspection.ablating import Ablation
from saccade.inspection.channel_groups import Bank
from saccade.inspection.features import FeatureSpace
from saccade.inspection.receptive_field import Field
from saccade.inspection.scoring import Scoring
from saccade.inspection.statistics import Statistics
from saccade.inspection.weight_statistics import Weights

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Images:
    """The images that were looked at.

    Attributes:
        images: (n, h, w, c).
        labels: (n,) positions of their classes, or of the groups that they are drawn in.
        truth: (n, …) what the data say of them, as the scoring takes it; of classes the same.
        names: (n,).
        split: of the data that they were drawn from; "" when not known.
        drawn_from: how many there were to draw from.
    """

    images: Array
    labels: Rows
    truth: Array
    names: NDArray[np.str_]
    split: str
    drawn_from: int

    def __len__(self) -> int:
        """Return how many were looked at."""
        return len(self.labels)


@dataclass(frozen=True)
class LayerOverview:
    """What the channels of one layer do.

    Attributes:
        bank: the layer, and where its channels are measured.
        statistics: of its channels.
        dead: channels that give the same whatever the image.
        saturated: channels that are nearly always at a bound of their activation.
        same: pairs that do the same: (first, second, correlation).
        ablation: what the answers owe to it; None for the answers themselves.
        view: what one number of a channel sees of the image.
    """

    bank: Bank
    statistics: Statistics
    dead: tuple[int, ...]
    saturated: tuple[int, ...]
    same: tuple[tuple[int, int, float], ...]
    ablation: Ablation | None
    view: Field

    @property
    def name(self) -> str:
        """The layer with the weights."""
        return self.bank.name

    @property
    def channels(self) -> int:
        """How many it has."""
        return len(self.statistics.mean)

    @property
    def repeats(self) -> int:
        """How many could go, so that of each set that does the same one stays."""
        return findings.repeats(self.same, self.channels)

    def box(self, channel: int, nth: int, image: tuple[int, int]) -> tuple[int, int, int, int]:
        """Return (top, left, bottom, right) of what excited a channel in its n-th strongest image, in pixels.

        Args:
            channel: its number.
            nth: of `statistics.strongest`, from 0.
            image: (height, width) in pixels.
        """
        width = self.statistics.mean_output.shape[-2] if self.statistics.mean_output.ndim == 3 else 1
        row, column = divmod(int(self.statistics.places[channel, nth]), width)
        return self.view.box(row, column, image)

    def to_dict(self) -> Json:
        """Return it as plain values for JSON; of the correlations only those of `same`."""
        left_out = ("correlation", "mean_output")
        known = {key: value for key, value in asdict(self.statistics).items() if key not in left_out}
        return {
            **_plain(asdict(self.bank)),
            "channels": self.channels,
            "dead": list(self.dead),
            "saturated": list(self.saturated),
            "same": _plain(self.same),
            "statistics": _plain(known),
            "ablation": _plain(asdict(self.ablation)) if self.ablation else None,
        }


@dataclass(frozen=True)
class Ablated:
    """How much of a network was ablated.

    Attributes:
        layers, of_layers: that were ablated, and that there are.
        channels, of_channels: that were replaced one by one, and that there are.
        least, most: on how many images a layer was ablated.
    """

    layers: int
    of_layers: int
    channels: int
    of_channels: int
    least: int
    most: int

    @property
    def is_whole(self) -> bool:
        """Whether every layer was ablated on the same number of images."""
        return self.layers == self.of_layers and self.least == self.most

    @property
    def images_in_words(self) -> str:
        """Return "300", or "30 to 300"."""
        return f"{self.most:,}" if self.least == self.most else f"{self.least:,} to {self.most:,}"


def ablated(layers: Sequence[LayerOverview]) -> Ablated:
    """Return how much of some layers was ablated."""
    done = [layer.ablation for layer in layers if layer.ablation]
    images = [each.images for each in done] or [0]
    return Ablated(
        layers=len(done),
        of_layers=len(layers),
        channels=sum(len(each.channels) for each in done),
        of_channels=sum(layer.channels for layer in layers),
        least=min(images),
        most=max(images),
    )


@dataclass(frozen=True)
class Overview(Shown):
    """What a network does over many images.

    Attributes:
        name: of the network.
        classes: in the order of its outputs; of a network that answers with something else, groups of images.
        scoring: how its answers are read and scored.
        images: that were looked at.
        probabilities: (n, k) what the network answers.
        layers: by name, in the order of the computation.
        weights: every tensor.
        features: the space that the last layer divides.
        findings: what is wrong, the worst first.
    """

    name: str
    classes: tuple[str, ...]
    scoring: Scoring
    images: Images
    probabilities: NDArray[np.float64]
    layers: Mapping[str, LayerOverview]
    weights: tuple[Weights, ...]
    features: FeatureSpace
    findings: tuple[Finding, ...]

    @property
    def answers(self) -> Rows:
        """(n,) positions of the most probable answers."""
        return np.asarray(self.probabilities.argmax(axis=1))

    @property
    def score(self) -> MetricValue:
        """How good the answers are, of classes the share of right ones, with its 95% interval."""
        return self.scoring.score(self.probabilities, self.images.truth)

    @property
    def is_wrong(self) -> NDArray[np.bool_]:
        """(n,) which images are answered wrong."""
        return self.scoring.is_wrong(self.probabilities, self.images.truth)

    @property
    def about(self) -> str:
        """What was looked at, in one sentence."""
        split = {"train": "training ", "validation": "validation "}.get(self.images.split, "")
        count = f"{len(self.images):,}"
        drawn = f"{count} of {self.images.drawn_from:,}" if len(self.images) < self.images.drawn_from else count
        return f"{drawn} {split}images, {self.scoring.scored(self.score)}"

    @property
    def judged(self) -> tuple[LayerOverview, ...]:
        """The layers but the answers themselves: those that are to be ablated."""
        return tuple(layer for layer in self.layers.values() if not layer.bank.is_answer)

    @property
    def ablated(self) -> Ablated:
        """How much of the network was ablated."""
        return ablated(self.judged)

    # As data

    def to_dict(self) -> Json:
        """Return all of it but the images as plain values for JSON."""
        return {
            "name": self.name,
            "classes": list(self.classes),
            "images": len(self.images),
            "drawn_from": self.images.drawn_from,
            "split": self.images.split,
            self.scoring.measure: self.score.to_dict(),
            "ablated": asdict(self.ablated),
            "findings": [_plain(asdict(finding)) for finding in self.findings],
            "layers": {name: layer.to_dict() for name, layer in self.layers.items()},
            "weights": [_plain(asdict(weights)) for weights in self.weights],
            "features": _plain(asdict(self.features)),
        }

    # For reading

    def _repr_html_(self) -> str:
        """Show itself in a notebook."""
        return f"<pre>{html.escape(self.to_text())}</pre>"

    def _shown(self) -> Iterator[RenderableType]:
        yield Text(f"{self.name}: {self.about}", "bold")
        yield from map(shown, self.findings)
        if not self.findings:
            yield Text("Nothing is wrong with its channels.")
        yield self._table()

    def _table(self) -> Table:
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold", title=" ")  # a line of air above
        table.add_column("layer", overflow="fold")
        for header in ("channels", "dead", "saturated", "repeat", "answers changed\nby half of it"):
            table.add_column(header, justify="right")
        for layer in self.layers.values():
            table.add_row(*(Text(cell) for cell in _cells(layer)))
        table.caption = f"half of it: half of the channels at their mean, on {self.ablated.images_in_words} images"
        table.caption_justify = "left"
        return table


def _cells(layer: LayerOverview) -> tuple[str, ...]:
    if layer.bank.is_answer:
        return layer.name, f"{layer.channels}", "", "", "", ""
    halves = layer.ablation.halves if layer.ablation else None
    return (
        layer.name,
        f"{layer.channels}",
        f"{len(layer.dead)}",
        f"{len(layer.saturated)}",
        f"{layer.repeats}",
        f"{halves.changed.value:.1%}" if halves else "",
    )


def _plain(value: Any) -> Any:
    """Return arrays, tuples and what is in them as lists; what is no number as None."""
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value
