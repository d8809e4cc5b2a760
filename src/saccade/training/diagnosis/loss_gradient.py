"""What a compiled model minimises: which loss, and what it takes its inputs for."""

from dataclasses import dataclass
from typing import Any

from saccade.core.backend import Model, keras

SPARSE = ("sparse_categorical_crossentropy",)
ONE_HOT = ("categorical_crossentropy", "categorical_focal_crossentropy")
BINARY = ("binary_crossentropy", "binary_focal_crossentropy")
DISTANCES = (
    *("mean_squared_error", "mean_absolute_error", "mean_absolute_percentage_error"),
    *("mean_squared_logarithmic_error", "huber", "log_cosh", "cosine_similarity"),
)


@dataclass(frozen=True)
class Minimised:
    """The loss of a compiled model.

    Attributes:
        name: of Keras' function, "" when it is none of Keras'.
        from_logits: whether the loss applies the softmax or sigmoid itself.
        ignored: a label that costs nothing, or None.
        function: computes it.
    """

    name: str
    from_logits: bool
    ignored: int | None
    function: Any

    @property
    def classifies(self) -> bool:
        """Whether it compares classes with probabilities."""
        return self.name in (*SPARSE, *ONE_HOT, *BINARY)


def minimised(model: Model) -> Minimised | None:
    """Return the loss a model was compiled with; None when it was not, or has several."""
    losses = keras.tree.flatten(getattr(model, "loss", None))
    if len(losses) != 1 or losses[0] is None or losses[0] in ("crossentropy", "ce"):  # those Keras fits to the labels
        return None
    loss = keras.losses.get(losses[0])
    settings = loss.get_config() if isinstance(loss, keras.losses.Loss) else {}
    name = getattr(getattr(loss, "fn", loss), "__name__", "")
    known = name in (*SPARSE, *ONE_HOT, *BINARY, *DISTANCES)
    return Minimised(
        name if known else "", bool(settings.get("from_logits", False)), settings.get("ignore_class"), loss
    )
