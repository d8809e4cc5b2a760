"""Networks of `keras.applications`: their weights are downloaded once, from where Keras has them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from saccade.core.backend import keras
from saccade.core.cache import cache_folder
from saccade.core.downloading import download
from saccade.models.backbones._pixels import colours

BASE = "https://storage.googleapis.com/tensorflow/keras-applications/"


@dataclass(frozen=True)
class Application:
    """A network of `keras.applications`.

    Attributes:
        make: its function there; takes `weights`, `include_top`, and `input_tensor` or `input_shape`.
        scale, offset: of the pixels, one number or one a colour.
        address: of its weights without ImageNet's classes, below `BASE`.
        checksum: "md5:…", as Keras has it.
    """

    make: Callable[..., Any]
    scale: float | Sequence[float]
    offset: float | Sequence[float]
    address: str
    checksum: str

    def build(self, input_shape: tuple[int, int, int]) -> Any:
        """Return it without its weights, from raw pixels (n, h, w, c), 0 to 255, to its last maps."""
        inputs = keras.Input(input_shape, dtype="float32", name="pixels")
        seen = keras.layers.Rescaling(self.scale, offset=self.offset, name="scale")(colours(inputs))
        network = self.make(weights=None, include_top=False, input_tensor=seen)
        for layer in network.layers:
            if isinstance(layer, keras.layers.BatchNormalization):
                layer.momentum = 0.9  # Keras's .99 and more need thousands of steps; short runs need .9
        return keras.Model(inputs, network.output, name=network.name)

    def load(self, network: Any, *, quiet: bool = False) -> None:
        """Put its weights into a network of `build`, or one built on it; raises DownloadError."""
        target = cache_folder("weights") / self.address.rpartition("/")[2]
        target.parent.mkdir(parents=True, exist_ok=True)
        path = download([BASE + self.address], target, checksum=self.checksum, quiet=quiet)
        filled = self.make(weights=None, include_top=False, input_shape=(None, None, 3))
        filled.load_weights(path)
        known = {layer.name: layer for layer in network.layers}
        for layer in filled.layers:
            if layer.weights:
                known[layer.name].set_weights(layer.get_weights())
