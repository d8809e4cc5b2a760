"""Train and predict on images that are ten times what a limit leaves of memory; run by test_streaming.py."""

import resource
import sys
from pathlib import Path

import numpy as np

from saccade.core import memory
from saccade.core.recipe import make
from saccade.inference.keras_network import load_model, probabilities
from saccade.modalities.images.dataset import ImageDataset
from saccade.training import train
from saccade.training.progress import Progress

SIDE = 128
LEFT = 256 * 2**20
"""Bytes that the limit leaves."""

RECIPE = {
    "data": "generated",
    "model": {"name": "convnet", "layers": [{"max_pool": 16}, {"conv": 4, "kernel_size": 3}, "flatten"]},
    "batch_size": 32,
    "epochs": 1,
    "learning_rate": 0.01,
    "precision": "float32",
    "image_size": SIDE,
    "channels": 3,
    "class_weights": "none",
    "none_rate": 0,
}


def dataset(path, count):
    """Return images whose class is which third of them is bright, in a mapped file that is nearly all holes."""
    shape = (count, SIDE, SIDE, 3)
    images = np.memmap(path, np.uint8, "w+", shape=shape)
    labels = np.arange(count) % 3
    for number, label in enumerate(labels):
        images[number, 16 + label * 32 : 20 + label * 32] = 255
    images.flush()
    return ImageDataset(
        name="generated",
        source="generated",
        images=np.memmap(path, np.uint8, "r", shape=shape),
        labels=labels.astype(np.int64),
        classes=("top", "middle", "bottom"),
        names=np.arange(count).astype(str),
        splits=np.where(np.arange(count) < count * 9 // 10, "train", "validation"),
        content_hash="",
    )


def limit_memory():
    """Leave so much to this process from now on."""
    lines = Path("/proc/self/status").read_text().splitlines()
    used = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmData"))
    resource.setrlimit(resource.RLIMIT_DATA, (used + LEFT, used + LEFT))
    assert memory.free() <= LEFT


def main():
    """Load everything with few images, then train on many, and say how large they are and how good it became."""
    folder = Path(sys.argv[1])
    recipe = make(RECIPE)
    train(recipe, dataset(folder / "few", 320), folder=folder / "first", progress=Progress(), export=False)
    many = dataset(folder / "many", 10 * LEFT // (SIDE * SIDE * 3) + 1)
    limit_memory()
    try:
        np.ones(2 * LEFT, np.uint8)
    except MemoryError:
        sys.stdout.write("limited\n")
    run = train(recipe, many, folder=folder / "run", progress=Progress(), export=False)
    answers = probabilities(load_model(run), many.images)
    right = np.mean(answers.argmax(axis=1) == many.labels)
    sys.stdout.write(f"bytes {many.images.nbytes} right {right}\n")


if __name__ == "__main__":
    main()
