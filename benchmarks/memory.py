"""Peak memory of training, evaluating, reporting and predicting: beside a textbook's script, and as data grow.

    SACCADE_DATA_HOME=folder python benchmarks/memory.py --plot docs/images/memory.png
    python benchmarks/memory.py --only rows classes --known peaks.json     # stops and goes on where it stopped
    python benchmarks/memory.py --only limit                               # ten times as much data as memory
    python benchmarks/memory.py --only large                               # 20 GB of photos; takes 25 GB of disk

Each command is a process of its own. Counted is the memory that it and its workers hold themselves (the anonymous pages
that Linux gives as RssAnon, looked at every 20 ms); pages of files that are mapped are not: the system takes them back
when others need them. Generated images are grown in rows, in pixels and in classes, the other two as they were; "each
further" says what one more takes, at the first step and at the last: where that does not rise, nothing is worse than
linear. "limit" gives every command a tenth of the decoded pixels (`ulimit -d`). The tables are printed as Markdown.
Only Linux.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

MEGABYTE = 2**20
LOOK_SECONDS = 0.02
COMMANDS = ("train", "evaluate", "report", "predict")
RECIPE = """
model:
  name: convnet
  layers: [{max_pool: 2}, {conv: 16, kernel_size: 3}, {max_pool: 2}, {conv: 32, kernel_size: 3}, global_average_pool]
optimizer: adam
learning_rate: 0.01
steps: 40
batch_size: 64
"""
QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": "tensorflow"}

STEPS = 40
"""Of training: the peak is there from the first ones on."""

KERAS_SCRIPT = """
import sys
import keras
import numpy as np

task = sys.argv[2]
with np.load(sys.argv[1]) as arrays:
    images, labels = arrays["x_train"].astype("float32") / 255, arrays["y_train"].ravel()
images = images.reshape(len(images), *images.shape[1:3], -1)
layers = keras.layers
model = keras.Sequential([
    layers.Input(images.shape[1:]),
    layers.Conv2D(32, 3, activation="relu"), layers.MaxPooling2D(),
    layers.Conv2D(64, 3, activation="relu"), layers.MaxPooling2D(),
    layers.Conv2D(128, 3, activation="relu"), layers.Flatten(), layers.Dense(10, activation="softmax"),
])
if task == "train":
    model.compile(optimizer="rmsprop", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(images, labels, batch_size=64, epochs=1, steps_per_epoch=STEPS, verbose=0)
else:
    model.predict(images[:10000], verbose=0)
""".replace("STEPS", str(STEPS))

OUR_SCRIPT = """
import sys
import numpy as np
import saccade

with np.load(sys.argv[1]) as arrays:
    images = arrays["x_train"][:10000]
saccade.load(sys.argv[2]).predict(images)
"""


@dataclass(frozen=True)
class Size:
    """Of generated data: number of images, side in pixels, number of classes."""

    rows: int
    side: int
    classes: int


GROWTH = {
    "rows": (Size(1_000, 32, 10), Size(4_000, 32, 10), Size(16_000, 32, 10)),
    "pixels": (Size(1_000, 32, 10), Size(1_000, 64, 10), Size(1_000, 256, 10)),
    "classes": (Size(20_000, 16, 10), Size(20_000, 16, 1_000), Size(20_000, 16, 10_000)),
}
LARGE = {"photos of 512 pixels": (Size(2_700, 512, 10), Size(27_000, 512, 10))}  # 2 and 21 GB, decoded
TINY = {"rows": (Size(200, 16, 4), Size(400, 16, 4))}
OF = {"rows": lambda size: size.rows, "pixels": lambda size: size.side**2, "classes": lambda size: size.classes}
OF["photos of 512 pixels"] = OF["rows"]


def peak(command, *, environment=None, limit=None):
    """Run a command and return the most bytes that it and its workers held at a time; raises where it fails.

    Args:
        command: of a process.
        environment: what it knows besides.
        limit: bytes of data that each process may have (RLIMIT_DATA); None: no limit.
    """

    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            command,
            stdout=said,
            stderr=subprocess.STDOUT,
            env={**os.environ, **QUIET, **(environment or {})},
        )
        if limit:
            resource.prlimit(process.pid, resource.RLIMIT_DATA, (limit, limit))
        most = 0
        while process.poll() is None:
            most = max(most, _held(process.pid))
            time.sleep(LOOK_SECONDS)
        if process.returncode:
            said.seek(0)
            raise SystemExit(f"{' '.join(map(str, command))} failed: {said.read().decode()[-2000:]}")
    return most


def _held(pid):
    try:
        whole = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    except psutil.Error:
        return 0
    return sum(_anonymous(each.pid) for each in whole)


def _anonymous(pid):
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith(("RssAnon", "RssShmem")))


def generate(folder, size):
    """Write a folder of classes with JPEG images: a coarse random pattern a class, and a finer one an image.

    The finer one is as strong as the coarse one: else all of a class would be looked at as copies of each other.
    """
    import numpy as np
    from PIL import Image

    random = np.random.default_rng(0)
    patterns = random.integers(0, 256, (size.classes, 4, 4, 3))
    for number in range(size.rows):
        kind = number % size.classes
        place = folder / f"class{kind:05d}"
        place.mkdir(parents=True, exist_ok=True)
        coarse = patterns[kind].repeat(4, axis=0).repeat(4, axis=1) // 2 + random.integers(0, 128, (16, 16, 3))
        Image.fromarray(coarse.astype(np.uint8)).resize((size.side, size.side), Image.Resampling.BICUBIC).save(
            place / f"{number:07d}.jpg", quality=90
        )


def measure(size, *, cache, limit=None):
    """Return the peak of each command on generated data, in bytes; each may hold `limit` of them."""
    saccade = [sys.executable, "-m", "saccade"]
    with tempfile.TemporaryDirectory(prefix="memory-") as place:
        data, recipe, run = Path(place) / "data", Path(place) / "recipe.yaml", str(Path(place) / "run")
        generate(data, size)
        recipe.write_text(RECIPE)
        environment = {"SACCADE_CACHE": str(cache)}
        commands = {
            "train": [*saccade, "train", str(recipe), f"data={data}", f"image_size={size.side}", "--run", run, "-q"],
            "evaluate": [*saccade, "evaluate", run],
            "report": [*saccade, "report", run],
            "predict": [*saccade, "predict", run, str(data)],
        }
        found = {}
        for name, command in commands.items():
            found[name] = peak(command, environment=environment, limit=limit)
            print(f"<!-- {size} {name}: {_shown(found[name])} -->", flush=True)
        return found


def within_a_limit(side, tenth):
    """Print the peaks of every command that may hold a tenth of the data."""
    size = Size(10 * tenth // (3 * side**2) + 1, side, 10)
    with tempfile.TemporaryDirectory(prefix="memory-cache-") as cache:
        peaks = measure(size, cache=cache, limit=tenth)
    print(
        f"\n{size.rows:,} photos of {side} pixels, {_shown(size.rows * 3 * side**2)} decoded, within {_shown(tenth)}:\n"
    )
    print(f"| | {' | '.join(COMMANDS)} |\n| --- |{' ---: |' * len(COMMANDS)}")
    print(f"| peak | {' | '.join(_shown(peaks[name]) for name in COMMANDS)} |")


def beside_keras(data_home):
    """Print the peaks of training and predicting on MNIST and CIFAR-10, ours and those of a script in plain Keras."""
    print("| data | task | Keras script | Saccade |\n| --- | --- | ---: | ---: |")
    for name, recipe in (("mnist", "mnist-convnet"), ("cifar10", "cifar10-convnet")):
        source = _arrays(data_home, name)
        with tempfile.TemporaryDirectory(prefix="memory-") as place:
            theirs, ours, run = Path(place) / "theirs.py", Path(place) / "ours.py", str(Path(place) / "run")
            theirs.write_text(KERAS_SCRIPT)
            ours.write_text(OUR_SCRIPT)
            saccade, script = [sys.executable, "-m", "saccade"], [sys.executable, str(theirs), str(source)]
            pairs = {
                "train": ([*script, "train"], [*saccade, "train", recipe, f"steps={STEPS}", "--run", run, "-q"]),
                "predict 10,000 images": ([*script, "predict"], [sys.executable, str(ours), str(source), run]),
                "evaluate": (None, [*saccade, "evaluate", run]),
            }
            for task, (of_keras, of_ours) in pairs.items():
                shown = _shown(peak(of_keras)) if of_keras else ""
                print(f"| {name} | {task} | {shown} | {_shown(peak(of_ours))} |", flush=True)


def _arrays(data_home, name):
    """Return an NPZ file of the data: the one that is there, or one that is made of them."""
    import numpy as np

    from saccade.tasks import steps

    found = Path(data_home) / f"{name}.npz"
    if found.is_file():
        return found
    made = Path(tempfile.gettempdir()) / f"memory-{name}.npz"
    if not made.is_file():
        dataset = steps.prepare_training(name, {}, quiet=True).dataset
        rows = dataset.splits != "test"
        np.savez(made, x_train=dataset.images[rows], y_train=dataset.labels[rows])
    return made


def grow(growth, known):
    """Return {what grows: [(size, peak by command)]}, measuring what is not known yet."""
    found = {}
    with tempfile.TemporaryDirectory(prefix="memory-cache-") as cache:
        for axis, sizes in growth.items():
            for size in sizes:
                key = f"{size.rows}x{size.side}x{size.classes}"
                if key not in known:
                    known[key] = measure(size, cache=cache)
                    print(f"<!-- {key}: {known[key]} -->", flush=True)
                found.setdefault(axis, []).append((size, known[key]))
    return found


def further(sizes, peaks):
    """Return bytes that each further image, pixel or class takes: between the first two sizes, and the last two."""
    steps = list(zip(sizes, sizes[1:], peaks, peaks[1:], strict=False))
    slopes = [max(0.0, (last - first) / (large - small)) for small, large, first, last in (steps[0], steps[-1])]
    return f"{_small(slopes[0])} → {_small(slopes[1])}"


def _small(size):
    """Write bytes with two figures: 20 kB, 1.2 kB, 350 B."""
    unit = "kB" if size >= 1000 else "B"
    value = size / 1024 if unit == "kB" else size
    return f"{value:.2g} {unit}" if value < 100 else f"{value:,.0f} {unit}"


def show(found):
    """Print a table an axis."""
    for axis, points in found.items():
        print(f"\n| {axis} | {' | '.join(COMMANDS)} |\n| ---: |{' ---: |' * len(COMMANDS)}")
        for size, peaks in points:
            print(f"| {OF[axis](size):,} | {' | '.join(_shown(peaks[name]) for name in COMMANDS)} |")
        sizes = [OF[axis](size) for size, _ in points]
        if len(sizes) > 1:
            grown = [further(sizes, [peaks[name] for _, peaks in points]) for name in COMMANDS]
            print(f"| *each further* | {' | '.join(grown)} |")


def draw(found, path):
    """Draw peak against size, an axis each, both logarithmic, with a line of what would be linear."""
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    figure, all_axes = pyplot.subplots(1, len(found), figsize=(4 * len(found), 3.6), sharey=True, squeeze=False)
    for axes, (axis, points) in zip(all_axes[0], found.items(), strict=True):
        sizes = [OF[axis](size) for size, _ in points]
        for name in COMMANDS:
            axes.plot(sizes, [peaks[name] / MEGABYTE for _, peaks in points], marker="o", label=name)
        first = min(points[0][1].values()) / MEGABYTE
        axes.plot(sizes, [first * each / sizes[0] for each in sizes], "--", color="grey", label="in proportion")
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_ylim(30, 5_000)
        axes.set_xlabel({"rows": "images", "pixels": "pixels an image"}.get(axis, axis))
        axes.grid(alpha=0.3)
    all_axes[0][0].set_ylabel("peak memory, MB")
    all_axes[0][-1].legend(frameon=False, fontsize=8, loc="upper left")
    figure.tight_layout()
    figure.savefig(path, dpi=130)


def _shown(size):
    return f"{size / MEGABYTE:,.0f} MB"


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--tiny", action="store_true", help="two small sizes only, to see that it works")
    parser.add_argument("--plot", type=Path, help="file of the drawing")
    parser.add_argument("--known", type=Path, help="JSON file of peaks: read, and written after each size")
    parser.add_argument(
        "--only", nargs="+", choices=["keras", *GROWTH, "large", "limit"], help="parts [the first four]"
    )
    parser.add_argument("--limit", type=int, default=768, metavar="MB", help="that a command may hold, of `limit`")
    parser.add_argument("--side", type=int, default=512, metavar="PIXELS", help="of the photos of `limit`")
    options = parser.parse_args()
    parts = options.only or (["rows"] if options.tiny else ["keras", *GROWTH])
    home = os.environ.get("SACCADE_DATA_HOME")
    if "keras" in parts and home:
        beside_keras(home)
    elif "keras" in parts:
        print("Not measured beside Keras: SACCADE_DATA_HOME names no folder with mnist and cifar10.")
    if sizes := {name: (TINY if options.tiny else GROWTH)[name] for name in parts if name in GROWTH}:
        growth(sizes, options)
    if "large" in parts:
        growth(LARGE, options)
    if "limit" in parts:
        within_a_limit(options.side, options.limit * MEGABYTE)


def growth(sizes_by_axis, options):
    """Print and draw how peaks grow along some axes; what is known is not measured again."""
    known = json.loads(options.known.read_text()) if options.known and options.known.is_file() else {}
    found = {}
    for axis, sizes in sizes_by_axis.items():
        for size in sizes:  # kept after each: a day's work is not to be lost
            found.setdefault(axis, []).extend(grow({axis: (size,)}, known)[axis])
            if options.known:
                options.known.write_text(json.dumps(known, indent=1) + "\n")
    show(found)
    if options.plot:
        draw(found, options.plot)


if __name__ == "__main__":
    main()
