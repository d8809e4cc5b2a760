"""The two ends that every autoencoder shares: raw columns in, a contribution a column out.

What stands for a missing value, scales and one-hot codes is part of the network, so that training, export and serving
cannot disagree about it.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade.core.backend import keras
from saccade.modalities.tables.schema import Column, Schema

FEATURES = "features"
"""The name of the layer whose output they are."""

RAREST = 0.01
"""A rarer category (or gap) counts as if it were so frequent: one that training never saw would weigh infinitely."""

FARTHEST = 1e6
"""Standard deviations from the mean beyond which a number is not told apart: its square must stay finite, and with it
what the other columns contribute."""


def features(schema: Schema) -> tuple[Any, Any, NDArray[np.float32]]:
    """Return the input (n, d), the features (n, width) made of it, and (width, d), 1 where a column owns a feature.

    Numbers are standardised, and the centre stands for a missing one. A category is one feature a value and one for
    all others, centred and divided by the root of its frequency, as in multiple correspondence analysis (Pagès 2004,
    "Analyse factorielle de données mixtes"); a missing one has none. Where training rows lacked values, "is missing"
    is a feature too.
    """
    columns = keras.Input((len(schema.columns),), dtype="float32", name="columns")
    kinds = {kind: _positions(schema, kind) for kind in ("numbers", "categories", "gaps")}
    made, owners = [], []
    if kinds["numbers"]:
        made.append(_standardized(columns, schema, kinds["numbers"]))
        owners += kinds["numbers"]
    for position in kinds["categories"]:
        made.append(_one_hot(columns, position, np.array(schema.columns[position].counts) / schema.rows))
        owners += [position] * made[-1].shape[-1]
    if kinds["gaps"]:
        gaps = keras.ops.cast(keras.ops.isnan(keras.ops.take(columns, kinds["gaps"], axis=1)), "float32")
        missing = [schema.columns[position].missing for position in kinds["gaps"]]
        made.append(_weighted(gaps, np.array(missing) / schema.rows, "gaps"))
        owners += kinds["gaps"]
    joined = keras.layers.Identity(name=FEATURES)(made[0] if len(made) == 1 else keras.ops.concatenate(made, axis=1))
    return columns, joined, np.eye(len(schema.columns), dtype=np.float32)[owners]


def network(columns: Any, errors: Any, owners: NDArray[np.float32]) -> Any:
    """Return the whole network; errors (n, width) become each column's part of their sum, divided by d."""
    of_its_own = np.array_equal(owners, np.eye(len(owners)))  # each column one feature
    shares = errors * (1 / len(owners)) if of_its_own else keras.ops.matmul(errors, owners / owners.shape[1])
    return keras.Model(columns, shares, name="detector")


def _positions(schema: Schema, kind: str) -> list[int]:
    of_kind: dict[str, Callable[[Column], bool]] = {
        "numbers": lambda column: column.kind != "category",
        "categories": lambda column: column.kind == "category",
        "gaps": lambda column: column.missing > 0,
    }
    return [position for position, column in enumerate(schema.columns) if of_kind[kind](column)]


def _standardized(columns: Any, schema: Schema, positions: list[int]) -> Any:
    chosen = [schema.columns[position] for position in positions]
    layer = keras.layers.Rescaling(
        scale=[1 / column.scale for column in chosen],
        offset=[-column.center / column.scale for column in chosen],
        name="standardize",
    )
    numbers = columns if positions == list(range(columns.shape[1])) else keras.ops.take(columns, positions, axis=1)
    # in this order: clipping what is not a number gives another one in OpenVINO
    said = keras.ops.nan_to_num(layer(numbers), nan=0.0)
    return keras.ops.clip(said, -FARTHEST, FARTHEST)


def _one_hot(columns: Any, position: int, shares: NDArray[np.float64]) -> Any:
    # compared, not looked up: ONNX counts a negative code from the end, and a missing one equals nothing
    codes = np.arange(len(shares), dtype=np.float32)
    hot = keras.ops.cast(keras.ops.equal(keras.ops.take(columns, [position], axis=1), codes), "float32")
    return _weighted(hot, shares, f"category_{position}")


def _weighted(indicators: Any, shares: NDArray[np.float64], name: str) -> Any:
    """Return indicators (n, k), 0 or 1, centred at their training shares and divided by the shares' roots."""
    roots = np.sqrt(np.maximum(shares, RAREST))
    scale, offset = (1 / roots).tolist(), (-shares / roots).tolist()
    return keras.layers.Rescaling(scale=scale, offset=offset, name=name)(indicators)
