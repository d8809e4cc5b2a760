"""What the tables of a report say, row by row."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from saccade.core.metric_value import MetricValue
from saccade.core.recipe import Recipe
from saccade.evaluation import Evaluation
from saccade.tasks.classification.report.album import Album
from saccade.tasks.classification.report.material import Material, Shipped, Told

MOST_COLUMNS = 30
"""Classes in a confusion matrix: with more, those that are confused most."""

MOST_ROWS = 300
"""Classes in the other tables."""

MOST_SAMPLES = 40
"""Classes up to which each is shown by an image."""

SEEN_FROM = 0.4
"""Exponent of the share that becomes a colour: two mistakes in a hundred must be seen beside the diagonal."""


@dataclass(frozen=True)
class Cell:
    """A cell of the confusion matrix: images of one class that are taken for one class.

    Attributes:
        true, predicted: classes by number.
        count: so many images.
        of: so many images has the true class.
    """

    true: int
    predicted: int
    count: int
    of: int

    @property
    def share(self) -> float:
        """Of the true class's images, 0 to 1."""
        return self.count / self.of if self.of else 0.0

    @property
    def depth(self) -> float:
        """How deep its colour is, 0 to 1."""
        return float(self.share**SEEN_FROM)


@dataclass(frozen=True)
class Setting:
    """One setting of a recipe: its value, the default, and what it means."""

    name: str
    value: str
    default: str
    meaning: str

    @property
    def differs(self) -> bool:
        """Whether it is not the default."""
        return self.value != self.default


def confused(evaluation: Evaluation) -> list[int]:
    """Return the classes of the confusion matrix, by number: all, or the most confused in the order of the classes."""
    counts = np.array(evaluation.confusion)
    mistakes = counts - np.diag(np.diag(counts))
    worst = np.argsort(-(mistakes.sum(axis=0) + mistakes.sum(axis=1)), kind="stable")[:MOST_COLUMNS]
    return sorted(worst.tolist())


def matrix(evaluation: Evaluation) -> list[list[Cell]]:
    """Return the confusion matrix of the `confused` classes, a row a true class."""
    classes = confused(evaluation)
    totals = [sum(row) for row in evaluation.confusion]
    return [
        [Cell(true, predicted, evaluation.confusion[true][predicted], totals[true]) for predicted in classes]
        for true in classes
    ]


def frequent(evaluation: Evaluation, most: int) -> list[Cell]:
    """Return the most frequent mistakes."""
    number = {name: position for position, name in enumerate(evaluation.classes)}
    return [
        Cell(number[each.true], number[each.predicted], each.count, sum(evaluation.confusion[number[each.true]]))
        for each in evaluation.confusions[:most]
    ]


def counts(material: Material, album: Album) -> list[dict[str, Any]]:
    """Return name, a training image ("" for none) and images in each split, a row a class."""
    classes = material.classes[:MOST_ROWS]
    splits = material.data["counts"]
    return [
        {
            "name": name,
            "source": _sample(material, row, album) if len(material.classes) <= MOST_SAMPLES else "",
            "counts": [splits[split][name] for split in splits],
        }
        for row, name in enumerate(classes)
    ]


def _sample(material: Material, label: int, album: Album) -> str:
    dataset = material.dataset
    if dataset is None:
        return ""
    rows = dataset.rows("train")
    rows = rows[dataset.labels[rows] == label][:1]
    return album.embed(dataset.images[rows[0]]) if len(rows) else ""


@dataclass(frozen=True)
class Beside:
    """An exported file beside Keras, or Keras itself, as the tables write it."""

    name: str
    form: str
    size: str
    difference: str
    agreement: str
    alone: str
    in_batch: str


def exports(material: Told) -> list[Beside]:
    """Return the network as Keras has it and then the files made of it, a row each; nothing when there are none."""
    current = [each for each in material.shipped if each.current]
    return [*map(_keras, current[-1:]), *(_beside_keras(each, material.noun) for each in current)]


def _keras(latest: Shipped) -> Beside:
    record = latest.record
    return Beside("model.keras", "Keras", bytes_of(record["keras_bytes"]), "", "", *_speeds(record["speeds"]["keras"]))


def _beside_keras(each: Shipped, noun: str) -> Beside:
    record = each.record
    form, parity = f"{record['to']} {record['precision']}", record["parity"]
    details = "".join(f", {name} {value}" for name, value in record["details"].items())
    return Beside(
        name=each.name,
        form=form + details,
        size=bytes_of(record["bytes"]),
        difference=f"{parity['largest_difference']:.1g} ({parity['tolerance']['difference']:g} allowed)",
        agreement=f"{percent(parity['agreement'])} ({parity[noun]} {parity['split']} {noun})",
        **dict(zip(("alone", "in_batch"), _speeds(record["speeds"][form]), strict=True)),
    )


def _speeds(speed: Mapping[str, float]) -> tuple[str, str]:
    return f"{speed['alone']:,.0f}", f"{speed['in_batch']:,.0f}"


def settings(recipe: Recipe) -> list[Setting]:
    """Return every setting; those that are not the default first."""
    values, defaults = _flat(recipe.model_dump(mode="json")), _flat(Recipe().model_dump(mode="json"))
    meanings = _meanings()
    rows = [
        Setting(name, _plain(value), _plain(defaults.get(name, "")), meanings.get(name, "an option of the network"))
        for name, value in values.items()
        if name != "name"
    ]
    return sorted(rows, key=lambda row: not row.differs)


def _flat(nested: Mapping[str, Any]) -> dict[str, Any]:
    """Return {"model.name": …} for {"model": {"name": …}}."""
    flat: dict[str, Any] = {}
    for name, value in nested.items():
        flat |= {f"{name}.{inner}": each for inner, each in value.items()} if isinstance(value, dict) else {name: value}
    return flat


def _meanings() -> dict[str, str]:
    found = {}
    for name, field in Recipe.model_fields.items():
        found[name] = field.description or ""
        inner = getattr(field.annotation, "model_fields", {})
        found |= {f"{name}.{each}": detail.description or "" for each, detail in inner.items()}
    return found


def _plain(value: Any) -> str:
    if value is None:
        return "left out"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


# Numbers as the page writes them


def percent(share: float | None) -> str:
    """Return "97.3%", with more figures near 100%: "99.95%"; "–" when not defined."""
    if share is None:
        return "–"
    return f"{share:.2%}" if 0.99 <= share < 1 or 0 < share < 0.01 else f"{share:.1%}"


def sureness(probability: float) -> str:
    """Return how sure an answer is; no answer is 100% sure."""
    return "over 99.99%" if probability >= 0.99995 else percent(probability)


def as_percent(score: MetricValue) -> str:
    """Return "97.3% (96.9% to 97.6%)"."""
    return percent(score.value) + _interval(score, percent)


def as_points(score: MetricValue) -> str:
    """Return a difference in points: "+0.8 (+0.3 to +1.3)"."""

    def signed(share: float | None) -> str:
        return f"{100 * (share or 0):+.1f}"

    return signed(score.value) + _interval(score, signed)


def as_number(score: MetricValue) -> str:
    """Return "0.187 (0.113 to 0.284)", "27", "–"."""

    def brief(value: float | None) -> str:
        if value is None:
            return "–"
        return f"{value:,}" if isinstance(value, int) else f"{value:.3f}"

    return brief(score.value) + _interval(score, brief)


def _interval(score: MetricValue, written: Any) -> str:
    return "" if score.low is None or score.high is None else f" ({written(score.low)} to {written(score.high)})"


def bytes_of(count: int) -> str:
    """Return "1.2 MB", "426 kB"."""
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.0f} kB"


def duration(seconds: float) -> str:
    """Return "16 s", "5 min 12 s", "2 h 5 min"."""
    if seconds < 100:
        return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"
    minutes = math.floor(seconds / 60)
    return f"{minutes} min {seconds % 60:.0f} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
