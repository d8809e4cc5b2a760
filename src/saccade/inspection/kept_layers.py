"""KeptLayers: what a run's network consists of, kept in the run, so that a report need not load the network."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Self

from saccade.core.errors import RunError
from saccade.core.run import Run
from saccade.inference import load_model
from saccade.inspection.summary import LayerSummary, summarize


@dataclass(frozen=True)
class KeptLayers:
    """The layers of one network.

    Attributes:
        network: sha256 of its model.keras.
        layers: in the order of the computation.
    """

    FILE: ClassVar[str] = "layers.json"

    network: str
    layers: tuple[LayerSummary, ...]

    def to_dict(self) -> Mapping[str, Any]:
        """Return plain values for JSON."""
        return {"network": self.network, "layers": [asdict(layer) for layer in self.layers]}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Self:
        """Return what `to_dict` described; raises KeyError, TypeError or ValueError where it is of another kind."""
        layers = [{name: _hashable(value) for name, value in each.items()} for each in content["layers"]]
        return cls(str(content["network"]), tuple(LayerSummary(**each) for each in layers))


def layers_of(run: Run) -> tuple[LayerSummary, ...]:
    """Return the layers of a run's network: those that are kept, or else of the network itself, and keep them.

    Raises:
        RunError: there is no network yet that can be read, or it is of a kind that has no such layers.
    """
    if not run.model_path.exists():
        raise run.no_network()
    with suppress(RunError):  # damaged, or of another version: they can be had from the network
        kept = run.load(KeptLayers)
        if kept and kept.network == run.network_hash:
            return kept.layers
    return keep_layers(run, load_model(run))


def keep_layers(run: Run, network: Any) -> tuple[LayerSummary, ...]:
    """Return the layers of a network that is the run's, and keep them; raises RunError as `summarize`."""
    found = KeptLayers(run.network_hash, tuple(summarize(network)))
    run.save(found)
    return found.layers


def _hashable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
