"""The graph loop of one rank among several: its rows of each batch, sums over all for what is learnt and measured."""

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from saccade.training.distributed.collectives import Collectives
from saccade.training.distributed.whole_batch import Part, seen_as_whole
from saccade.training.distributed.world import World
from saccade.training.trainer import GraphTrainer

Step = Callable[[tuple[Any, Any]], Any]


class DistributedTrainer(GraphTrainer):
    """Trains with other ranks. All of them hold the same state after each stretch of steps, so any can be saved."""

    def __init__(self, *args: Any, world: World, collectives: Collectives) -> None:
        super().__init__(*args)
        self._world, self._collectives = world, collectives
        self._part: Part | None = None

    def compile(self, optimizer: Any, **named: Any) -> None:
        """Compile with an optimizer that applies the gradients of the whole batch, whatever step asks it to."""
        apply = optimizer.apply
        optimizer.apply = lambda gradients, variables=None: apply(self._summed(gradients), variables)
        super().compile(optimizer=optimizer, **named)

    def _summed(self, gradients: Any) -> list[Any]:
        assert self._part is not None
        weight = self._part.weight
        found = {at: weight * tf.convert_to_tensor(each) for at, each in enumerate(gradients) if each is not None}
        summed = dict(zip(found, self._collectives.totals([*found.values()]), strict=True)) if found else {}
        return [summed.get(at) for at in range(len(gradients))]

    @property
    def can_choose_xla(self) -> bool:
        """Not here: all processes would have to choose the same."""
        return False

    def _run_stretch(self, loop: Callable[[], Any]) -> None:
        """Run steps, of which each rank counts its own rows, and then add what all have counted."""
        variables = [each.value for each in self.metrics_variables]
        before = [tf.identity(each) for each in variables]
        for each in variables:
            each.assign(tf.zeros_like(each))
        loop()
        counted = self._collectives.totals([tf.cast(each, tf.float32) for each in variables])
        for each, earlier, more in zip(variables, before, counted, strict=True):
            each.assign(earlier + tf.cast(more, each.dtype))

    def _run_step(self, one_step: Step, images: Any, labels: Any, picked: Any) -> None:
        """Take a step on this rank's rows."""
        world = self._world
        part = Part.of(tf.size(picked), rank=world.rank, size=world.size, collectives=self._collectives)
        own = tf.gather(picked, part.rows)
        metrics = [each.value for each in self.metrics_variables]
        before = [tf.identity(each) for each in metrics]
        self._part = part
        with seen_as_whole(part):
            one_step((tf.gather(images, own), tf.gather(labels, own)))
        self._part = None
        for each, earlier in zip(metrics, before, strict=True):  # a row that stands in for none is not counted
            each.assign(tf.where(part.is_empty, earlier, each))
