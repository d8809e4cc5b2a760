"""The network over the data set as one HTML page: every image lies in it once, and a script shows it where wanted."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade.core import pages
from saccade.core.arrays import Array
from saccade.core.atomic_files import write_text
from saccade.inspection import page_frame
from saccade.inspection.overview import LayerOverview, Overview
from saccade.inspection.statistics import Histogram
from saccade.inspection.weight_statistics import Weights

POINTS = 600
"""Images in the drawing of the feature space; a finger could not choose among more."""

SHOWN_CHANNELS = 24
"""Channels a layer whose images are shown: those that vary most."""

SHOWN_PAIRS = 3
"""Pairs of channels that do the same whose images are shown as well, and pairs that are named."""

STRONGEST, WEAKEST = 6, 3
MOST_FRAMED = 0.6
"""Share of an image up to which what a channel saw is framed."""

SIDE = 48
"""Pixels a side of an image, at most."""

MOST_BYTES = 9_000_000
"""Of images in a page; those beyond are left out, and counted."""

NAMED = 20
"""Classes up to which their names stand in the drawing."""

LETTER, LINE = 2.3, 4.2
"""Width and height that a letter of a name takes in the drawing."""

_TEMPLATE = Path(__file__).with_name("overview.html.j2")


def write_overview_page(overview: Overview, path: Path) -> None:
    """Write the page, of a few megabytes.

    Args:
        overview: of a network.
        path: the file to write, whatever its ending.

    Raises:
        DataError: the file cannot be written.
    """
    text = render_overview(overview)
    write_text(path, text)


def render_overview(overview: Overview) -> str:
    """Return the page as text."""
    drawing = _drawing(overview)
    layers = [_layer(layer, overview) for layer in overview.layers.values()]
    wanted = [point["row"] for point in drawing["points"]]
    wanted += [row for each in drawing["means"] for row in each["nearest"]]
    wanted += [row for layer in layers for each in layer["cards"] for row in _rows(each)]
    pool, left_out = _pool(overview, wanted)
    return page_frame.compose(
        _TEMPLATE,
        _sections(overview.scoring.groups),
        overview=overview,
        scoring=overview.scoring,
        ratio="{1} / {0}".format(*overview.images.images.shape[1:3]),
        drawing=drawing,
        layers=layers,
        effects=_effects(overview),
        weights=[_weights(each) for each in overview.weights],
        closest=_closest(overview),
        opened=max(0, len(layers) - 2),  # the last before the classes: what it prefers is easiest to see
        pool=pool,
        left_out=left_out,
    )


def _sections(groups: str) -> dict[str, tuple[str, str]]:
    return {
        "findings": ("findings", "Findings, the worst first"),
        "layers": ("layers", "Layers"),
        "space": (f"where {groups} lie", f"Where the {groups} lie"),
        "channels": ("channels", "What excites each channel"),
        "needs": ("what the answers need", "What the answers need"),
        "numbers": ("distributions", "Distributions"),
    }


def _rows(card: dict[str, Any]) -> list[int]:
    return [shown["row"] for shown in (*card["strongest"], *card["weakest"])]


def _pool(overview: Overview, wanted: Iterable[int]) -> tuple[dict[int, dict[str, str]], int]:
    """Return what is to know of each image that is shown, by its row, and how many lack the image itself."""
    found: dict[int, dict[str, str]] = {}
    size, left_out, wrong = 0, 0, overview.is_wrong
    for row in dict.fromkeys(wanted):
        source = _embedded(overview.images.images[row]) if size < MOST_BYTES else ""
        size += len(source)
        left_out += not source
        found[row] = {"source": source, **_known(overview, row, is_wrong=bool(wrong[row]))}
    return found, left_out


def _known(overview: Overview, row: int, *, is_wrong: bool) -> dict[str, str]:
    return {
        "name": str(overview.images.names[row]),
        "label": overview.scoring.true(overview.images.truth[row]),
        "said": overview.scoring.said(overview.probabilities[row]),
        "wrong": overview.scoring.wrong_in_words if is_wrong else "",
    }


def _embedded(image: Array) -> str:
    scale = 255 if image.dtype.kind == "f" and image.max() <= 1 else 1  # images that someone else has scaled
    pixels = np.clip(image * scale, 0, 255).astype(np.uint8)
    return pages.embedded(pixels if pixels.shape[-1] in (1, 3) else pixels[..., :1], largest=SIDE)


# The feature space


def _drawing(overview: Overview) -> dict[str, Any]:
    """Return points and class means in a box 100 wide, both directions to the same scale."""
    features = overview.features
    low = features.points.min(axis=0)
    span = np.ptp(features.points, axis=0)
    span = span if span.any() else np.ones(2)  # a network to which all images are alike
    scale = 100 / span.max()
    width, height = np.maximum(span * scale, 20)
    box = {"width": round(float(width), 2), "height": round(float(height), 2)}
    count = len(overview.images)
    rows = np.unique(np.linspace(0, count - 1, min(count, POINTS)).astype(np.int64))

    def place(point: NDArray[np.float64]) -> dict[str, float]:
        x, y = (point - low) * scale
        return {"x": round(float(x), 2), "y": round(box["height"] - float(y), 2)}

    wrong = overview.is_wrong
    points = [
        {"row": int(row), "class": int(label), "wrong": bool(wrong[row]), **place(point)}
        for row, label, point in zip(rows, overview.images.labels[rows], features.points[rows], strict=True)
    ]
    means = [
        {"class": label, "name": overview.classes[label], "nearest": nearest.tolist(), **place(mean)}
        for label, (mean, nearest) in enumerate(zip(features.means, features.nearest, strict=True))
        if np.isfinite(mean).all()
    ]
    hues = _hues(len(overview.classes), are_ordered=overview.scoring.are_ordered)
    named = _named_apart(means) if len(means) <= NAMED else set()
    return {**box, "points": points, "means": means, "hues": hues, "named": named}


def _hues(count: int, *, are_ordered: bool) -> list[int]:
    """Return a hue a group, in degrees: all around the circle, or from red to blue for groups in an order."""
    around, steps = (250, max(1, count - 1)) if are_ordered else (360, count)
    return [round(around * place / steps) for place in range(count)]


def _named_apart(means: Sequence[dict[str, Any]]) -> set[int]:
    """Return the groups whose names are drawn: those that would not lie on one before; all stand in the legend."""
    shown: list[dict[str, Any]] = []
    for mean in means:
        if all(_lie_apart(mean, other) for other in shown):
            shown.append(mean)
    return {mean["class"] for mean in shown}


def _lie_apart(mean: dict[str, Any], other: dict[str, Any]) -> bool:
    width = LETTER * (len(mean["name"]) + len(other["name"])) / 2
    return bool(abs(mean["x"] - other["x"]) > width or abs(mean["y"] - other["y"]) > LINE)


def _closest(overview: Overview) -> list[dict[str, Any]]:
    """Return the pairs of classes whose means lie nearest to each other."""
    compared, distances = overview.features.compared, overview.features.distances
    distances = np.where(np.tri(len(compared), dtype=bool), np.nan, distances)
    order = np.argsort(distances, axis=None)[: int(np.isfinite(distances).sum())][:3]
    pairs = [np.unravel_index(place, distances.shape) for place in order]
    return [
        {
            "first": overview.classes[compared[one]],
            "second": overview.classes[compared[other]],
            "distance": float(distances[one, other]),
        }
        for one, other in pairs
    ]


# Layers and channels


def _layer(layer: LayerOverview, overview: Overview) -> dict[str, Any]:
    chosen = _chosen(layer)
    return {
        "layer": layer,
        "cards": [_card(layer, channel, overview) for channel in chosen],
        "left_out": layer.channels - len(layer.dead) - len(chosen),
        "dead": _listed(layer.dead),
        "saturated": _listed(layer.saturated),
        "pairs": [f"{first} and {second} ({value:.3f})" for first, second, value in layer.same[:SHOWN_PAIRS]],
        "histogram": _bars(layer.statistics.histogram, logarithmic=True),
    }


def _chosen(layer: LayerOverview) -> list[int]:
    """Return the channels to show: those that vary most, and those that do the same as another."""
    most = np.argsort(-layer.statistics.std, kind="stable")[:SHOWN_CHANNELS].tolist()
    alike = [channel for first, second, _ in layer.same[:SHOWN_PAIRS] for channel in (first, second)]
    return sorted({*most, *alike} - set(layer.dead))


def _card(layer: LayerOverview, channel: int, overview: Overview) -> dict[str, Any]:
    known = layer.statistics
    silent = round((1 - float(known.woken[channel])) * known.images)
    effect = layer.ablation.channels.get(channel) if layer.ablation else None
    return {
        "number": channel,
        "name": overview.scoring.outputs[channel] if layer.bank.is_answer else f"channel {channel}",
        "fires": f"{known.woken[channel]:.0%}",
        "silent": silent if known.low[channel] >= 0 and silent >= WEAKEST else 0,
        "saturated": channel in layer.saturated,
        "same": _partners(layer, channel),
        "effect": effect,
        "strongest": [
            {"row": row, "frame": _frame(layer, channel, nth, overview)}
            for nth, row in enumerate(known.strongest[channel, :STRONGEST].tolist())
        ],
        "weakest": [{"row": row, "frame": ""} for row in known.weakest[channel, :WEAKEST].tolist()],
    }


def _frame(layer: LayerOverview, channel: int, nth: int, overview: Overview) -> str:
    """Return where to frame what excited a channel, as CSS; "" where that is most of the image."""
    height, width = overview.images.images.shape[1:3]
    top, left, bottom, right = layer.box(channel, nth, (height, width))
    if (bottom - top) * (right - left) > MOST_FRAMED * height * width:
        return ""
    sides = (100 * top / height, 100 * left / width, 100 * (bottom - top) / height, 100 * (right - left) / width)
    return "top:{:.1f}%;left:{:.1f}%;height:{:.1f}%;width:{:.1f}%".format(*sides)


def _partners(layer: LayerOverview, channel: int) -> str:
    partners = [second if first == channel else first for first, second, _ in layer.same if channel in (first, second)]
    return _listed(sorted(partners), most=4)


def _listed(numbers: Sequence[int], *, most: int = 12) -> str:
    named = ", ".join(str(number) for number in numbers[:most])
    return f"{named} and {len(numbers) - most} more" if len(numbers) > most else named


# Ablation and distributions


def _effects(overview: Overview) -> list[dict[str, Any]]:
    """Return a bar a layer: the share of answers that change without half of its channels, and its interval."""
    found = []
    for layer in overview.layers.values():
        if layer.ablation is None or layer.ablation.halves is None:
            continue
        channels = sorted(layer.ablation.channels.items(), key=lambda item: -(item[1].moved.value or 0))
        found.append({"layer": layer, **vars(layer.ablation), "most": channels[:3]})
    return found


def _weights(weights: Weights) -> dict[str, Any]:
    shape = "×".join(str(side) for side in weights.shape) or "1"
    return {"weights": weights, "shape": shape, "histogram": _bars(weights.histogram, logarithmic=False)}


def _bars(histogram: Histogram, *, logarithmic: bool) -> dict[str, Any]:
    """Return a histogram as an SVG path in a box of as many units as there are bins, and 20 high."""
    counts = np.asarray(histogram.counts, float)
    heights = np.log1p(counts) if logarithmic else counts
    heights = 20 * heights / max(heights.max(), 1e-12)
    path = "".join(f"M{place} 20v-{height:.2f}h.9v{height:.2f}z" for place, height in enumerate(heights) if height)
    edges = histogram.edges
    span = histogram.high - histogram.low
    ends = (edges[0], edges[-1], histogram.low, histogram.high)
    low, high, least, most = (f"{0 if abs(end) < 1e-4 * span else end:.3g}".replace("-", "−") for end in ends)
    return {"path": path, "bins": len(counts), "low": low, "high": high, "least": least, "most": most}
