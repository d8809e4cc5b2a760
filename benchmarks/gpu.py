"""What a GPU gives: images a second beside PyTorch and JAX, time to 94% on CIFAR-10, and resuming, as Markdown.

    SACCADE_DATA_HOME=folder python benchmarks/gpu.py --device gpu --airbench airbench94.py
    python benchmarks/gpu.py --device cpu --tiny          # that the script works, in a minute or two; no figure to keep

Each part is a process of its own, so that none holds the memory of the card; a part whose package or data are not there
is left out, and said so. On one card all of it takes under 8 minutes: `--minutes` bounds the training to 94%.

- Speed: the network of `mnist-convnet` on random images of 32×32 pixels in colour, the first epoch (compilation) not
  counted. "plain" is what the tutorials of each library do; PyTorch also with what its guide for speed says
  (channels last, bfloat16, data on the card).
- Time to 94%: the recipe of --recipe on lossless CIFAR-10 until its validation accuracy is .94, and a program of other
  people, whoever runs this fetches it (for instance KellerJordan/cifar10-airbench), for comparison only.
- Resuming: a training is stopped after its first epoch and goes on; its weights are compared with those of one that was
  not stopped, bit by bit.
"""

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from random_training import keras_network, later_epochs, pytorch_network, random_dataset, random_images

IMAGE = (32, 32, 3)


def shape(options):
    """Return images, batch size and epochs of the measurements of speed."""
    return (2_000, 64, 2) if options.tiny else (100_000, 512, 4)


def saccade(options, **settings):
    from saccade import training
    from saccade.core import recipe

    count, batch, epochs = shape(options)
    chosen = recipe.read("mnist-convnet", epochs=epochs, batch_size=batch, device=options.device, **settings)
    with tempfile.TemporaryDirectory() as folder:
        run = training.train(chosen, random_dataset(count, IMAGE), runs=Path(folder), export=False)
        seconds = [row["seconds"] for row in run.history][1:]
        way = f"{run.manifest['precision']}{', XLA' if run.manifest['xla'] else ''}"
    return {"seconds": seconds, "way": way}


def keras_on(backend, options):
    os.environ["KERAS_BACKEND"] = backend
    if options.device == "cpu":
        os.environ["JAX_PLATFORMS"] = "cpu"
    count, batch, epochs = shape(options)
    images, labels = random_images(count, IMAGE)
    images, model = images.astype("float32") / 255, keras_network(IMAGE)
    seconds = later_epochs(epochs, lambda: model.fit(images, labels, batch_size=batch, epochs=1, verbose=0))
    return {"seconds": seconds, "way": "plain, float32"}


def pytorch(options, *, tuned):
    import torch
    from torch import nn
    from torch.utils.data import DataLoader, TensorDataset

    device = "cuda" if options.device != "cpu" and torch.cuda.is_available() else "cpu"
    count, batch, epochs = shape(options)
    images, labels = random_images(count, IMAGE)
    images = torch.from_numpy(images.transpose(0, 3, 1, 2).copy()).float() / 255
    labels = torch.from_numpy(labels)
    model = pytorch_network(images[:2].to(device))
    if tuned:
        model, images = model.to(memory_format=torch.channels_last), images.to(device)
        images, labels = images.contiguous(memory_format=torch.channels_last), labels.to(device)
    optimizer = torch.optim.RMSprop(model.parameters(), lr=0.001, alpha=0.9)

    def batches():
        if not tuned:
            yield from DataLoader(TensorDataset(images, labels), batch_size=batch, shuffle=True)
            return
        for rows in torch.randperm(len(images), device=device).split(batch):
            yield images[rows], labels[rows]

    def epoch():
        for some, targets in batches():
            optimizer.zero_grad(set_to_none=True)
            with torch.autocast(device, torch.bfloat16, enabled=tuned):
                loss = nn.functional.cross_entropy(model(some.to(device)), targets.to(device))
            loss.backward()
            optimizer.step()
        if device == "cuda":
            torch.cuda.synchronize()

    return {
        "seconds": later_epochs(epochs, epoch),
        "way": "bfloat16, channels last, on the card" if tuned else "plain, float32",
    }


SPEED = {
    "Saccade": saccade,
    "Saccade, float32": lambda options: saccade(options, precision="float32"),
    "Saccade, XLA off": lambda options: saccade(options, xla="off"),
    "Keras on JAX": lambda options: keras_on("jax", options),
    "Keras on TensorFlow": lambda options: keras_on("tensorflow", options),
    "PyTorch": lambda options: pytorch(options, tuned=False),
    "PyTorch, tuned": lambda options: pytorch(options, tuned=True),
}


def card(options):
    from saccade.core import device

    with device.device_scope(options.device):
        return {"name": device.describe()}


def target(options):
    """Train until validation is there; what was reached, in how many seconds."""
    command = [sys.executable, "-m", "saccade", "train", options.recipe, "until=.94", "until_by=checks", "-q"]
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        settings = [f"budget={options.minutes}m", f"device={options.device}", "--run", str(run)]
        if options.tiny:
            settings = ["budget=20s", f"device={options.device}", "--run", str(run)]
        started = time.monotonic()
        subprocess.run([*command, *settings], check=True, capture_output=True, text=True)
        manifest = json.loads((run / "run.json").read_text())
        return {"seconds": time.monotonic() - started, "until": manifest["until"]}


def resuming(options):
    """Return the largest difference of a weight between a training that was stopped and one that was not."""
    import numpy as np

    from saccade import training
    from saccade.core import recipe
    from saccade.core.backend import keras
    from saccade.core.errors import TrainingInterrupted
    from saccade.core.run import Run

    class Stop(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            raise KeyboardInterrupt

    data = random_dataset(shape(options)[0], IMAGE)
    chosen = recipe.read("mnist-convnet", epochs=3, batch_size=256, device=options.device)
    with tempfile.TemporaryDirectory() as folder:
        whole = training.train(chosen, data, folder=Path(folder) / "whole", export=False)
        with contextlib.suppress(TrainingInterrupted):
            training.train(chosen, data, folder=Path(folder) / "stopped", callbacks=[Stop()], export=False)
        again = training.resume(Run.open(Path(folder) / "stopped"), data, export=False)
        first, second = (keras.models.load_model(run.last_model_path).get_weights() for run in (whole, again))
    return {"largest": max(float(np.abs(a - b).max()) for a, b in zip(first, second, strict=True))}


PARTS = {"card": card, "target": target, "resuming": resuming, **SPEED}


def part(name, options, *, python=sys.executable):
    """Run a part in a process of its own; returns its result, or why there is none."""
    own = [python, __file__, "--part", name, "--device", options.device, "--recipe", options.recipe]
    command = [*own, "--minutes", str(options.minutes), *(["--tiny"] if options.tiny else [])]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        return {"error": (done.stderr.strip().splitlines() or ["no word"])[-1][:200]}
    return json.loads(done.stdout.splitlines()[-1])


def show_speed(options):
    print("\n| images a second | way | median | of Saccade |\n| --- | --- | ---: | ---: |")
    count, ours = shape(options)[0], None
    for name in SPEED:
        python = options.torch_python if name.startswith("PyTorch") else sys.executable
        python = options.jax_python if "JAX" in name else python
        found = part(name, options, python=python)
        if "error" in found:
            print(f"| {name} | left out: {found['error']} | – | – |", flush=True)
            continue
        speed = count / statistics.median(found["seconds"])
        ours = ours or speed
        print(f"| {name} | {found['way']} | {speed:,.0f} | {speed / ours:.2f} |", flush=True)


def show_target(options):
    found = part("target", options)
    print("\n| to .94 on CIFAR-10 | seconds, whole process | what it said |\n| --- | ---: | --- |")
    if "error" in found:
        print(f"| Saccade, `{options.recipe}` | – | left out: {found['error']} |")
    else:
        reached = found["until"]
        said = "reached" if reached.get("reached") else f"not reached: {reached.get('value')}"
        print(f"| Saccade, `{options.recipe}` | {found['seconds']:.1f} | {said} |")
    if not options.airbench:
        print("| airbench | – | left out: give its program with --airbench |")
        return
    started = time.monotonic()
    command = [options.torch_python, str(options.airbench.resolve())]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=options.airbench.resolve().parent)
    last = ((done.stdout if not done.returncode else done.stderr).strip().splitlines() or ["no word"])[-1]
    print(f"| {options.airbench.name} | {time.monotonic() - started:.1f} | {last[:160]} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--device", choices=("auto", "cpu", "gpu"), default="auto")
    parser.add_argument("--tiny", action="store_true", help="small everywhere, to see that it works")
    parser.add_argument("--recipe", default="cifar10-resnet18", help="that is trained until .94")
    parser.add_argument("--minutes", type=float, default=3, help="at most, for the training to .94")
    parser.add_argument("--airbench", type=Path, metavar="FILE", help="a program to compare with, run as it is")
    parser.add_argument("--torch-python", default=sys.executable, help="a Python that has PyTorch")
    parser.add_argument("--jax-python", default=sys.executable, help="a Python that has Keras and JAX")
    parser.add_argument("--part", choices=PARTS, help="run one part and print its result as JSON")
    options = parser.parse_args()
    if options.part:
        print(json.dumps(PARTS[options.part](options)))
        return
    found = part("card", options)
    if "error" in found:
        raise SystemExit(found["error"])
    print(f"On {found['name']}{', tiny: no figure to keep' if options.tiny else ''}:", flush=True)
    show_speed(options)
    show_target(options)
    resumed = part("resuming", options)
    same = resumed.get("error") or (
        "equal bit by bit" if not resumed["largest"] else f"apart by {resumed['largest']:.1e}"
    )
    print(f"\nA training that was stopped after an epoch and went on, beside one that was not: {same}.")


if __name__ == "__main__":
    main()
