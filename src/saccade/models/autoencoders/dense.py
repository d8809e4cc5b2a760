"""Dense layers that rebuild a row through fewer or more units: plain, denoising, sparse or contractive."""

from collections.abc import Sequence
from typing import Any, Literal

from saccade.core.backend import keras
from saccade.core.errors import RecipeError

TAKES = "tables"

SLOPES = {
    "relu": lambda hidden: keras.ops.cast(hidden > 0, hidden.dtype),
    "tanh": lambda hidden: 1 - keras.ops.square(hidden),
    "sigmoid": lambda hidden: hidden * (1 - hidden),
    "linear": lambda hidden: 0 * hidden + 1,
}
"""The derivative of each activation, of its value."""


def build(
    width: int,
    *,
    hidden: Sequence[int] = (40,),
    activation: str = "relu",
    corruption: Literal["none", "zeros", "noise"] = "none",
    corrupted: float = 0.3,
    sparse: float = 0,
    contractive: float = 0,
) -> Any:
    """Return an autoencoder of dense layers with a linear output; 2,389 parameters for 29 features and 40 units.

    Args:
        width: features of a row.
        hidden: units of each hidden layer.
        activation: of the hidden layers.
        corruption: what the network sees in training of the row that it has to rebuild (Vincent et al. 2008,
            "Extracting and composing robust features with denoising autoencoders"): "zeros" leaves out features at
            random and enlarges the others to the same sum, as dropout does, "noise" adds a normal deviate to each.
        corrupted: the share of features that is left out, or the noise's standard deviation; 0 to 1.
        sparse: L1 penalty on the first hidden layer's activations, summed over the units, a row (Keras before 3.14
            summed it over the batch: what was 3e-5 there is 3e-5 times the batch size here).
        contractive: weight of the squared Frobenius norm of the Jacobian of the first hidden layer by the features
            (Rifai et al. 2011, "Contractive auto-encoders"), the mean over the rows.

    Raises:
        RecipeError: an option is none of these.
    """
    _check(hidden, activation, corruption, corrupted, contractive)
    rows = keras.Input((width,), name="features")
    signal = _corrupt(rows, corruption, corrupted)
    for number, units in enumerate(hidden, start=1):
        signal = keras.layers.Dense(
            units,
            activation=activation,
            activity_regularizer=keras.regularizers.L1(sparse) if sparse and number == 1 else None,
            name=f"dense_{number}",
        )(signal)
    rebuilt = keras.layers.Dense(width, name="reconstruction")(signal)
    return keras.Model(rows, keras.ops.square(rows - rebuilt), name="dense")


def penalty(network: Any, features: Any, *, contractive: float = 0, activation: str = "relu", **_: Any) -> Any:
    """Return the contractive penalty of features (n, width), a scalar, or None where there is none.

    For one dense layer the squared norm of the Jacobian is the sum over its units of (slope of the unit)² times the
    squared norm of its weights; both are those of this moment.
    """
    if not contractive:
        return None
    layer = network.get_layer("dense_1")
    slopes = SLOPES[activation](layer.activation(keras.ops.matmul(features, layer.kernel) + layer.bias))
    norms = keras.ops.sum(keras.ops.square(layer.kernel), axis=0)
    return contractive * keras.ops.mean(keras.ops.sum(keras.ops.square(slopes) * norms, axis=-1))


def _corrupt(rows: Any, corruption: str, amount: float) -> Any:
    """Return what the first layer sees in training; afterwards it sees the rows themselves."""
    if corruption == "noise":
        return keras.layers.GaussianNoise(amount, name="noise")(rows)
    return keras.layers.Dropout(amount, name="zeros")(rows) if corruption == "zeros" else rows


def _check(hidden: Any, activation: str, corruption: str, corrupted: float, contractive: float) -> None:
    if (
        not isinstance(hidden, list | tuple)
        or not hidden
        or any(not isinstance(each, int) or each < 1 for each in hidden)
    ):
        raise RecipeError(f"'hidden' is a list of units a layer, like [80, 40, 80]; found {hidden!r}.")
    if corruption not in {"none", "zeros", "noise"}:
        raise RecipeError(f"'corruption' is none, zeros or noise; found {corruption!r}.")
    if not 0 <= corrupted < 1:
        raise RecipeError(f"'corrupted' is a share or a standard deviation, 0 to below 1; found {corrupted!r}.")
    if contractive and activation not in SLOPES:
        raise RecipeError(f"The contractive penalty knows the slope of {', '.join(SLOPES)}; found {activation!r}.")
