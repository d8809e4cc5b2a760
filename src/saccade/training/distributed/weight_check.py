"""Whether the weights of all ranks are the same: before the first step, and after each epoch."""

import hashlib
from typing import Any

from saccade.core.backend import keras
from saccade.core.errors import RunError
from saccade.core.run import Run
from saccade.training.distributed.world import World


class WeightCheck(keras.callbacks.Callback):
    """Compare a hash of the weights with the other ranks, and keep it in the run."""

    def __init__(self, run: Run, network: Any, world: World, *, precision: str) -> None:
        super().__init__()
        self._run, self._network, self._world, self._precision = run, network, world, precision

    def on_train_begin(self, logs: Any = None) -> None:
        """Compare the precision, and the weights to start with."""
        found = self._world.exchange(self._precision)
        if len(set(found)) > 1:
            other = next(rank for rank, each in enumerate(found) if each != found[0])
            raise RunError(
                f"Rank 0 computes in {found[0]} and rank {other} in {found[other]}: say --precision float32 on all."
            )
        self._compare("before the first step")

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Compare the weights."""
        self._run.write_manifest(ranks=self._world.size, weights_sha256=self._compare(f"after epoch {epoch + 1}"))

    def _compare(self, when: str) -> str:
        found = self._world.exchange(weight_hash(self._network))
        if len(set(found)) > 1:
            other = next(rank for rank, each in enumerate(found) if each != found[0])
            raise RunError(
                f"The weights of rank 0 and rank {other} differ {when}. The run keeps what was saved before; "
                "a machine of another kind, or with other versions, is the usual reason."
            )
        return str(found[0])


def weight_hash(network: Any) -> str:
    """Return the sha256 of all weights of a network, in hexadecimal."""
    found = hashlib.sha256()
    for weight in network.weights:
        found.update(keras.ops.convert_to_numpy(weight).tobytes())
    return found.hexdigest()
