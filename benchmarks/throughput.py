"""Training speed against a plain Keras script and a plain PyTorch script: same network, same batch, one machine.

    pip install torch            # any CPU build
    python benchmarks/throughput.py

Each competitor runs in a process of its own, in turn, several rounds; the medians and their ratios are printed. The
network is that of `mnist-convnet` (104,202 parameters), batch 64, RMSprop, on random 28×28 images: speed does not
depend on what the pixels show. The first epoch (compilation) is not counted. IMAGES=10000 in the environment takes
fewer than 30,000. "plain" means what the tutorials of each
library do: float32, NumPy arrays given to `fit`; a DataLoader over a TensorDataset.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys

from random_training import keras_network, later_epochs, pytorch_network, random_dataset, random_images

IMAGES, BATCH, EPOCHS = int(os.environ.get("IMAGES", "30000")), 64, 3
IMAGE, PARAMETERS = (28, 28, 1), 104_202


def saccade(precision):
    import tempfile
    from pathlib import Path

    from saccade import training
    from saccade.core import recipe

    settings = recipe.read("mnist-convnet", epochs=EPOCHS, batch_size=BATCH, precision=precision)
    with tempfile.TemporaryDirectory() as folder:
        run = training.train(settings, random_dataset(IMAGES, IMAGE), runs=Path(folder))
        return [row["seconds"] for row in run.history][1:]


def keras_fit():
    os.environ["KERAS_BACKEND"] = "tensorflow"
    images, labels = random_images(IMAGES, IMAGE)
    images, model = images.astype("float32") / 255, keras_network(IMAGE)
    assert model.count_params() == PARAMETERS
    return later_epochs(EPOCHS, lambda: model.fit(images, labels, batch_size=BATCH, epochs=1, verbose=0))


def pytorch():
    import torch
    from torch import nn
    from torch.utils.data import DataLoader, TensorDataset

    images, labels = random_images(IMAGES, IMAGE)
    images = torch.from_numpy(images.transpose(0, 3, 1, 2).copy()).float() / 255
    loader = DataLoader(TensorDataset(images, torch.from_numpy(labels)), batch_size=BATCH, shuffle=True)
    model = pytorch_network(images[:2])
    assert sum(parameter.numel() for parameter in model.parameters()) == PARAMETERS
    optimizer = torch.optim.RMSprop(model.parameters(), lr=0.001, alpha=0.9)

    def epoch():
        for batch, targets in loader:
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(batch), targets).backward()
            optimizer.step()

    return later_epochs(EPOCHS, epoch)


COMPETITORS = {
    "saccade": lambda: saccade("auto"),
    "saccade, float32": lambda: saccade("float32"),
    "Keras fit(numpy)": keras_fit,
    "PyTorch": pytorch,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--one", choices=COMPETITORS, help="run one competitor and print its seconds")
    options = parser.parse_args()
    if options.one:
        print(json.dumps([IMAGES / seconds for seconds in COMPETITORS[options.one]()]))
        return
    speeds = {name: [] for name in COMPETITORS}
    for _ in range(options.rounds):
        for name, found in speeds.items():
            command = [sys.executable, __file__, "--one", name]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                print(f"{name} did not run: {done.stderr.strip().splitlines()[-1]}")
            else:
                found.extend(json.loads(done.stdout.splitlines()[-1]))
    ours = statistics.median(speeds["saccade"])
    for name, found in speeds.items():
        if found:
            median = statistics.median(found)
            print(
                f"{name:<18} {median:>8,.0f} images/s (median of {len(found)} epochs, {min(found):,.0f} to "
                f"{max(found):,.0f})   saccade is {ours / median:.2f} times as fast"
            )


if __name__ == "__main__":
    main()
