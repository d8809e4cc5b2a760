"""Where a step of training goes, by operation, and how near each comes to what the machine can do.

    python benchmarks/operations.py                      # quick on 28×28 grey images, batch 128
    python benchmarks/operations.py quick-cifar10        # or another recipe
    python benchmarks/operations.py --step quick-cifar10 batch_size=128     # a whole step, with its optimizer
    python benchmarks/operations.py --step --apart normalization quick-cifar10      # and that as Keras has it

Each layer is run forward and backward alone, as training runs it: in a graph, in the precision that training takes, on
inputs of the size that it has in the network. The limit is measured, not read from a data sheet: the product of two
large matrices in the same precision (arithmetic), and adding to 128 MB (memory). `limit` is the part of the arithmetic
limit that a layer reaches; small matrices that stay in a cache can pass it. Layers that hardly compute (normalisation,
pooling, ReLU) are bound by memory: their GB/s count inputs and outputs, forward and backward, once each. Seconds are
processor seconds of all threads, so that shares mean something on cores that others use too; GFLOP/s and GB/s are those
of all cores at that cost.

Found with it, on two cores (EPYC, AVX-512 bf16, shared): in a step of `quick-mnist` convolutions took 66% at 80 to 120%
of a large product's speed, but for the first (9%: of one channel), normalisation 25%, ReLU 7%; in all 64% of the limit.
So normalisation is fused now (`training/fused_normalization.py`), a fifth of its time; what is left to win are networks
that need less.
"""

import argparse
import math
import os
import resource
from contextlib import ExitStack

import yaml

from saccade.core import backend, registry
from saccade.core import recipe as recipes
from saccade.core.backend import keras
from saccade.training.fused_normalization import fused_normalization
from saccade.training.optimizing import optimizer
from saccade.training.small_maps import small_maps_together

REPEATS = 5

WAYS = {"normalization": fused_normalization, "small_maps": small_maps_together}
"""Of training to take at once what Keras takes apart."""


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("recipe", nargs="?", default="quick-mnist")
    parser.add_argument("--precision", default="auto", choices=("auto", "float32", "bfloat16"))
    parser.add_argument("changes", nargs="*", help="of the recipe: batch_size=128")
    parser.add_argument("--step", action="store_true", help="time whole steps, not their layers")
    parser.add_argument("--apart", choices=WAYS, action="append", default=[], help="with --step: as Keras has it")
    given = parser.parse_args()
    changes = dict(change.split("=", 1) for change in given.changes)
    recipe = recipes.read(given.recipe, **{name: yaml.safe_load(value) for name, value in changes.items()})
    shape = registry.load("data", recipe.data).IMAGE_SHAPE
    policy = backend.policy_for(given.precision)
    with backend.precision_scope(policy):
        build = registry.load("models", recipe.model.name).build
        network = build(shape, 10, **recipe.model.options)
    if given.step:
        with ExitStack() as ways:
            for name in WAYS.keys() - given.apart:
                ways.enter_context(WAYS[name]())
            return print_step(network, recipe, shape)
    arithmetic, memory = limits(policy)
    print(f"{given.recipe}, {policy}, batch {recipe.batch_size}. The machine, {os.cpu_count()} cores:", end=" ")
    print(f"{arithmetic:,.0f} GFLOP/s in a product of matrices of 2,048, {memory:.0f} GB/s in a sum.\n", flush=True)
    print_table(network, recipe.batch_size, arithmetic)


def print_step(network, recipe, shape):
    """Print the processor seconds of a step of training, augmentation aside, and of 50,000 images."""
    import tensorflow as tf

    last = next(layer for layer in reversed(network.layers) if layer.weights)
    updates = optimizer(recipe, total_steps=100, output_layer=last.name)
    updates.build(network.trainable_variables)
    images = tf.random.uniform((recipe.batch_size, *shape), 0, 255)
    classes = tf.random.uniform((recipe.batch_size,), 0, 10, tf.int32)

    @tf.function(autograph=False)
    def step():
        with tf.GradientTape() as tape:
            losses = keras.losses.sparse_categorical_crossentropy(classes, network(images, training=True))
        updates.apply(tape.gradient(losses, network.trainable_variables), network.trainable_variables)

    seconds = timed(step)
    print(f"{recipe.name}: a step of {recipe.batch_size} images takes {seconds:.3f} processor seconds,", end=" ")
    print(f"50,000 images {seconds / recipe.batch_size * 50_000:.1f}.")


def print_table(network, batch, arithmetic):
    header = ("layer", "kind", "output", "ms", "GFLOP/s", "limit", "GB/s")
    print(f"| {' | '.join(header)} |\n|{' --- |' * len(header)}")
    kinds, every = {}, 0
    for layer in network.layers[1:]:
        if isinstance(layer, keras.layers.Flatten):
            continue
        kind, (seconds, flops, moved) = type(layer).__name__, measured(layer, batch)
        speed = os.cpu_count() / seconds / 1e9
        of_limit = (f"{flops * speed:,.0f}", f"{flops * speed / arithmetic:.0%}") if flops else ("–", "–")
        output = "×".join(map(str, layer.output.shape[1:]))
        cells = (layer.name, kind, output, f"{1e3 * seconds:.1f}", *of_limit, f"{moved * speed:.1f}")
        print(f"| {' | '.join(cells)} |", flush=True)
        kinds[kind], every = kinds.get(kind, 0) + seconds, every + flops
    print_kinds(kinds, every * os.cpu_count() / 1e9, arithmetic)


def print_kinds(kinds, operations, arithmetic):
    whole = sum(kinds.values())
    shares = sorted(kinds.items(), key=lambda each: -each[1])
    print("\nBy kind: " + ", ".join(f"{name} {seconds / whole:.0%}" for name, seconds in shares) + ".")
    print(f"All layers: {operations / whole:,.0f} GFLOP/s, {operations / whole / arithmetic:.0%} of the limit.")


def measured(layer, batch):
    """Return a layer's processor seconds forward and backward, its operations and the bytes that it moves."""
    import tensorflow as tf

    first = layer.input.shape[1:]
    inputs = tf.cast(tf.random.normal((batch, *first)), layer.compute_dtype)

    @tf.function(autograph=False)
    def both(values):
        with tf.GradientTape() as tape:
            tape.watch(values)
            with fused_normalization():
                outputs = layer(values, training=True)
        return tape.gradient(outputs, [values, *layer.trainable_variables])

    seconds = timed(lambda: both(inputs))
    outputs = math.prod(layer.output.shape[1:])
    kernel = getattr(layer, "kernel", None)
    reused = 0 if kernel is None else math.prod(kernel.shape) * math.prod(layer.output.shape[1:-1] or (1,))
    size = 2 if "bfloat16" in layer.compute_dtype else 4
    # forward, and backward for the inputs and for the weights: three times the products of the answer
    return seconds, 3 * 2 * batch * reused, size * batch * 2 * (math.prod(first) + outputs)


def limits(policy):
    """Return GFLOP/s of a large product of matrices and GB/s of a large copy, over all cores."""
    import tensorflow as tf

    kind = tf.bfloat16 if "bfloat16" in policy else tf.float32
    matrix = tf.cast(tf.random.normal((2048, 2048)), kind)
    product = tf.function(lambda: tf.matmul(matrix, matrix), autograph=False)
    block = tf.random.normal((32 * 2**20,))
    copy = tf.function(lambda: block + 1.0, autograph=False)
    cores = os.cpu_count()
    return cores * 2 * 2048**3 / timed(product) / 1e9, cores * 2 * 4 * 32 * 2**20 / timed(copy) / 1e9


def timed(work):
    """Return the least processor seconds of a call, of three rounds."""
    work()
    rounds = []
    for _ in range(3):
        before = used()
        for _ in range(REPEATS):
            work()
        rounds.append((used() - before) / REPEATS)
    return min(rounds)


def used():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
