"""A world in which trainings are shared: TensorFlow is connected to that of the other ranks."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

from saccade.core import backend
from saccade.core.backend import keras
from saccade.core.errors import RecipeError
from saccade.training.distributed.cluster import Place
from saccade.training.distributed.collectives import Collectives
from saccade.training.distributed.keras_functions import require_replaceable
from saccade.training.distributed.trainer import DistributedTrainer
from saccade.training.distributed.world import World, entered


@contextmanager
def training_together(place: Place, world: World) -> Iterator[None]:
    """Let everything that trains in the meantime do so with the other ranks; waits until all are there.

    Raises:
        RecipeError: Keras does not run on TensorFlow, or is of a version that several processes cannot share.
    """
    if keras.backend.backend() != "tensorflow":
        raise RecipeError(f"Several processes train on TensorFlow only; the backend is {keras.backend.backend()}.")
    with backend.without_native_log():
        collectives = Collectives(place)
    require_replaceable()
    with entered(replace(world, trainer=partial(DistributedTrainer, world=world, collectives=collectives))):
        yield
