"""Sums over all ranks, within graphs of TensorFlow, by its collective operations."""

from collections.abc import Sequence
from itertools import count
from typing import Any

import tensorflow as tf

from saccade.training.distributed.cluster import Place

GROUP = 7


class Collectives:
    """Sums over the ranks of a cluster. All ranks must ask for the same sums in the same order."""

    def __init__(self, place: Place) -> None:
        """Connect TensorFlow to that of the other ranks: waits for them, and must come before its first operation."""
        self._size = len(place.addresses)
        resolver = tf.distribute.cluster_resolver.SimpleClusterResolver(
            tf.train.ClusterSpec({"worker": list(place.addresses)}), task_type="worker", task_id=place.rank
        )
        # the strategy sets the servers up; its variables and `run` are not needed for plain sums
        self._strategy = tf.distribute.MultiWorkerMirroredStrategy(cluster_resolver=resolver)
        self._keys = count(1)

    def total(self, values: Any) -> Any:
        """Return the sum over all ranks of a float32 tensor, on every rank the same bit for bit."""
        return tf.raw_ops.CollectiveReduceV2(
            input=values,
            group_size=self._size,
            group_key=GROUP,
            instance_key=next(self._keys),
            ordering_token=[],
            merge_op="Add",
            final_op="Id",
            communication_hint="auto",
        )

    def totals(self, tensors: Sequence[Any]) -> list[Any]:
        """Return the sums of several float32 tensors, for which the ranks talk once."""
        shapes = [tf.shape(each) for each in tensors]
        flat = self.total(tf.concat([tf.reshape(each, [-1]) for each in tensors], axis=0))
        parts = tf.split(flat, [tf.size(each) for each in tensors], num=len(tensors))
        return [tf.reshape(part, shape) for part, shape in zip(parts, shapes, strict=True)]
