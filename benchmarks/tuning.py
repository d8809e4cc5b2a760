"""Search within a budget of time: `saccade tune`, AutoKeras and KerasTuner's Hyperband on the same rows and cores.

    python benchmarks/tuning.py --data photos/ fashion_mnist cardio.npz thyroid.npz --budget 2m --seeds 1 \
        --peers-python other/bin/python --results tuning.json

The peers need an environment of their own: pip install tensorflow tensorboard autokeras keras-tuner scikit-learn. Data
are folders with a subfolder a class, names that `saccade list data` has, or .npz files with X and y, tables with
anomalies (y = 1).
All see the same training and validation images or rows; the test is the same, and opened once, by the network that each
search would hand over. Peers get images at 96 pixels (`--side`), and are stopped when the budget is over; ours ends by
itself. AutoKeras searches with its defaults; it has no tables since version 3. Hyperband, which has no networks of its
own, searches a usual convolutional network, or the autoencoder that Keras's own example of anomalies has. Where a peer
has finished no trial when it is stopped, the best epoch of its unfinished one counts; where it fails, its row says how.
Printed: a row a data set with accuracy or ROC AUC on the test, and the seconds from start to network. `--results`
keeps each as soon as it is there; what it has is not done again.
"""

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

SEED = 0
UNITS = {"s": 1, "m": 60, "h": 3600}
SEARCHES = ("saccade", "autokeras", "hyperband")
GRACE = 240
"""Seconds after its budget in which a peer has to score its network."""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", nargs="*", default=[], help="folders, names, .npz files with X and y")
    parser.add_argument("--budget", default="5m")
    parser.add_argument("--seeds", default="3", help="of the last comparison of saccade tune")
    parser.add_argument("--side", type=int, default=96, help="pixels of the images that peers get")
    parser.add_argument("--most", type=int, help="images of a class, at most")
    parser.add_argument("--peers-python", default=sys.executable, help="Python of an environment with the peers")
    parser.add_argument("--only", nargs="*", default=SEARCHES, choices=SEARCHES)
    parser.add_argument("--results", type=Path, default=Path("tuning.json"))
    parser.add_argument("--peer", nargs=3, metavar=("NAME", "ARRAYS", "RESULT"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.seconds = float(options.budget[:-1]) * UNITS[options.budget[-1]]
    if options.peer:
        return search_as_peer(options.peer[0], Path(options.peer[1]), Path(options.peer[2]), options.seconds)
    found = json.loads(options.results.read_text()) if options.results.exists() else {}
    print(f"| data, {options.budget} | test | {' | '.join(options.only)} |\n|---|---|{'---|' * len(options.only)}")
    for data in options.data:
        key = f"{Path(data).stem} {options.budget}"
        with tempfile.TemporaryDirectory(prefix="tuning-") as name:
            row = found.setdefault(key, {})
            if todo := [each for each in options.only if each not in row]:
                row["test"] = prepare(data, Path(name), options)
            for search in todo:
                row[search] = tried(search, Path(name), options)
                options.results.write_text(json.dumps(found, indent=2) + "\n")
        print(f"| {key} | {row['test']} | {' | '.join(_cell(row[each]) for each in options.only)} |", flush=True)
    return None


def _cell(found):
    return found.get("failed") or f"{found['score']:.4f} in {found['seconds']:.0f} s{found.get('note', '')}"


def prepare(data, folder, options):
    """Write data with their splits for saccade, and as arrays for its peers; return what the test split is."""
    if data.endswith(".npz"):
        arrays = split_table(Path(data), folder)
    elif Path(data).is_dir():
        arrays = split_images(Path(data), folder, options)
    else:
        arrays = named_images(data, folder)
    np.savez(folder / "arrays.npz", **arrays)
    return f"{len(arrays['y_test']):,} {'images' if arrays['x_test'].ndim > 2 else 'rows'}"


def tried(search, folder, options):
    """Return score and seconds of a search, or how it failed."""
    is_table = (folder / "rows.csv").exists()
    if search == "autokeras" and is_table:
        return {"failed": "has no tables"}
    try:
        return ours(folder, options) if search == "saccade" else peer(search, folder, options)
    except (RuntimeError, subprocess.TimeoutExpired) as error:
        said = str(error).strip().splitlines() or ["without a word"]
        return {"failed": f"failed: {said[-1][-300:]}".replace("|", "/")}


def named_images(data, folder):
    """Return the images of data with a name, as saccade splits them."""
    from saccade.core import recipe as recipes
    from saccade.tasks import steps

    dataset = steps.prepare(recipes.read("quick", data=data), quiet=True).dataset
    (folder / "data.txt").write_text(data)
    parts = (("train", "train"), ("val", "validation"), ("test", "test"))
    images = {f"x_{short}": dataset.images[dataset.rows(split)] for short, split in parts}
    return {**images, **{f"y_{short}": dataset.labels[dataset.rows(split)] for short, split in parts}}


def split_images(data, folder, options):
    """Link the images into train, val and test (70, 15, 15 of each class; as given where they are); return arrays."""
    rng, target = np.random.default_rng(SEED), folder / "data"
    given = [name for name in ("train", "val", "test") if (data / name).is_dir()]
    places = [data / name for name in given] if given else [data]
    classes = sorted(path.name for path in places[0].iterdir() if path.is_dir())
    arrays = {}
    for label, name in enumerate(classes):
        for place in places:
            files = sorted(path for path in (place / name).iterdir() if path.is_file())
            rng.shuffle(files)
            files = files[: options.most]
            cuts = [round(0.7 * len(files)), round(0.85 * len(files))]
            parts = (
                {place.name: files}
                if given
                else dict(
                    zip(
                        ("train", "val", "test"),
                        (files[: cuts[0]], files[cuts[0] : cuts[1]], files[cuts[1] :]),
                        strict=True,
                    )
                )
            )
            for split, chosen in parts.items():
                (target / split / name).mkdir(parents=True, exist_ok=True)
                for file in chosen:
                    (target / split / name / file.name).symlink_to(file.resolve())
                arrays.setdefault(f"x_{split}", []).extend(_pixels(file, options.side) for file in chosen)
                arrays.setdefault(f"y_{split}", []).extend([label] * len(chosen))
    return {key: np.asarray(value) for key, value in arrays.items()}


def _pixels(file, side):
    from PIL import Image

    with Image.open(file) as image:
        image.draft("RGB", (side, side))
        return np.asarray(image.convert("RGB").resize((side, side)))


def split_table(data, folder):
    """Write a CSV with splits and labels: 60% train, 20% to validate or calibrate, 20% test."""
    import polars

    with np.load(data) as content:
        rows, labels = content["X"].astype(float), content["y"].astype(int)
    rng = np.random.default_rng(SEED)
    splits = np.array(["train", "val", "test"])[rng.choice(3, len(rows), p=(0.6, 0.2, 0.2))]
    table = polars.DataFrame({f"v{number}": rows[:, number] for number in range(rows.shape[1])})
    table.with_columns(split=polars.Series(splits), label=polars.Series(labels)).write_csv(folder / "rows.csv")
    return {
        f"{kind}_{split}": of[splits == split]
        for split in ("train", "val", "test")
        for kind, of in (("x", rows), ("y", labels))
    }


def ours(folder, options):
    """Search, then open the test once, by the best training of the winner or, if that is not better, of the recipe."""
    started, name = time.monotonic(), folder / "data.txt"
    is_table = (folder / "rows.csv").exists()
    data = [name.read_text()] if name.exists() else [str(folder / "data")]
    data = [str(folder / "rows.csv"), "--label", "label"] if is_table else data
    place = folder / "search"
    words = ["--budget", options.budget, "--seeds", options.seeds, "--folder", str(place), "--quiet"]
    _saccade("tune", *data, *words, cache=folder / "cache")
    seconds = time.monotonic() - started
    content = json.loads((place / "result.json").read_text())
    verdict = content["verdict"]
    run = place / "finals" / Path(verdict["best_run"]).name
    run = run if verdict["better"] else Path(str(run).replace("final-best", "final-recipe"))
    _saccade("evaluate", str(run), cache=folder / "cache")
    evaluation = json.loads((run / "evaluation.json").read_text())
    score = evaluation["roc_auc"] if is_table else evaluation["metrics"]["accuracy"]
    note = f", {len(content['trials'])} trials, {'better' if verdict['better'] else 'recipe kept'}"
    return {"score": score["value"], "seconds": seconds, "note": note}


def _saccade(*words, cache):
    command = [sys.executable, "-m", "saccade", *words]
    environment = {**os.environ, "SACCADE_CACHE": str(cache)}
    result = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if result.returncode:
        raise RuntimeError(result.stderr)


def peer(name, folder, options):
    result = folder / f"{name}.json"
    command = [options.peers_python, __file__, "--budget", options.budget]
    command += ["--peer", name, str(folder / "arrays.npz"), str(result)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=options.seconds + GRACE)
    if done.returncode or not result.exists():
        raise RuntimeError(done.stderr)
    return json.loads(result.read_text())


def search_as_peer(name, arrays, result, budget):
    """Search as a peer does, stopped when the time is over; write the score on the test."""
    started = time.monotonic()
    import keras

    class TimeIsUp(KeyboardInterrupt):
        """No Exception, which the peers would count as a failed trial and go on."""

    class Deadline(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if time.monotonic() - started > budget:
                raise TimeIsUp

    with np.load(arrays) as content:
        data = {key: content[key] for key in content.files}
    with tempfile.TemporaryDirectory() as folder:
        search = {"autokeras": _autokeras, "hyperband": _hyperband}[name]
        tuner, fit = search(data, folder, Deadline)
        with contextlib.suppress(TimeIsUp):
            fit()
        seconds = time.monotonic() - started
        model, note = _best(tuner)
        score = _score(model, data)
    result.write_text(json.dumps({"score": score, "seconds": seconds, "note": note}))


def _best(tuner):
    """Return the network that a peer has found, and a note: how many trials there were, or that none was finished."""
    trials = tuner.oracle.trials.values()
    if done := [each for each in trials if each.status == "COMPLETED"]:
        return tuner.get_best_models(1)[0], f", {len(done)} trials"
    for each in trials:
        with contextlib.suppress(Exception):  # of a trial that has no weights yet
            return tuner.load_model(each), ", the best epoch of an unfinished trial"
    raise RuntimeError("no epoch of any trial was finished when the time was over")


def _autokeras(data, folder, deadline):
    import autokeras

    build = autokeras.ClassificationHead.build

    def with_whole_numbers(head, *inputs, **named):
        head.shape = [int(count) for count in head.shape]  # its NumPy integers are refused by Keras since 3.15
        return build(head, *inputs, **named)

    autokeras.ClassificationHead.build = with_whole_numbers
    # tuner, epochs and early stopping are its own
    search = autokeras.ImageClassifier(max_trials=1000, directory=folder, seed=SEED, overwrite=True)
    labels = data["y_train"], data["y_val"]

    def fit():
        search.fit(
            data["x_train"], labels[0], validation_data=(data["x_val"], labels[1]), callbacks=[deadline()], verbose=0
        )

    return search.tuner, fit


def _hyperband(data, folder, deadline):
    import keras
    import keras_tuner

    is_table = data["x_train"].ndim == 2
    objective = "val_loss" if is_table else "val_accuracy"
    make = _autoencoder(data) if is_table else _convnet(data)
    tuner = keras_tuner.Hyperband(make, objective, max_epochs=50, seed=SEED, directory=folder, overwrite=True)
    if is_table:
        rows = data["x_train"][data["y_train"] == 0]
        inputs, checked = (rows, rows), (data["x_val"][data["y_val"] == 0],) * 2
    else:
        inputs, checked = (data["x_train"], data["y_train"]), (data["x_val"], data["y_val"])

    def fit():
        while True:  # one Hyperband after the other, until the time is over
            early = keras.callbacks.EarlyStopping(objective, patience=5)
            tuner.search(*inputs, validation_data=checked, epochs=50, callbacks=[early, deadline()], verbose=0)

    return tuner, fit


def _convnet(data):
    import keras

    classes, shape = int(data["y_train"].max()) + 1, data["x_train"].shape[1:]

    def make(choose):
        width = choose.Choice("width", [16, 32, 64])
        layers = [keras.Input(shape), keras.layers.Rescaling(1 / 255)]
        if choose.Boolean("augment"):
            layers += [keras.layers.RandomFlip("horizontal"), keras.layers.RandomTranslation(0.1, 0.1)]
        for block in range(choose.Int("blocks", 2, 5)):
            layers += [
                keras.layers.Conv2D(min(width * 2**block, 256), 3, padding="same", use_bias=False),
                keras.layers.BatchNormalization(),
                keras.layers.ReLU(),
                keras.layers.MaxPooling2D(),
            ]
        layers += [keras.layers.GlobalAveragePooling2D(), keras.layers.Dropout(choose.Float("dropout", 0, 0.5))]
        model = keras.Sequential([*layers, keras.layers.Dense(classes, activation="softmax")])
        rate = choose.Float("learning_rate", 1e-4, 1e-2, sampling="log")
        model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
        return model

    return make


def _autoencoder(data):
    import keras

    columns = data["x_train"].shape[1]

    def make(choose):
        scale = keras.layers.Normalization()
        scale.adapt(data["x_train"])
        inputs = keras.Input((columns,))
        scaled = scale(inputs)
        hidden = choose.Int("hidden", 4, 128, sampling="log")
        code = choose.Int("code", 1, max(2, columns), sampling="log")
        x = keras.layers.Dense(hidden, "relu")(scaled)
        x = keras.layers.Dense(code, "relu")(x)
        x = keras.layers.Dense(hidden, "relu")(x)
        errors = keras.ops.square(keras.layers.Dense(columns)(x) - scaled)
        model = keras.Model(inputs, errors)
        rate = choose.Float("learning_rate", 1e-4, 1e-2, sampling="log")
        model.compile(keras.optimizers.Adam(rate), lambda truth, squares: squares)
        return model

    return make


def _score(model, data):
    answers = model.predict(data["x_test"], verbose=0)
    if data["x_test"].ndim == 2:
        from sklearn.metrics import roc_auc_score

        return float(roc_auc_score(data["y_test"], np.asarray(answers).mean(axis=1)))
    answers = np.asarray(answers)
    found = answers.argmax(axis=1) if answers.shape[-1] > 1 else (answers[:, 0] > 0.5).astype(int)
    return float(np.mean(found == data["y_test"]))


if __name__ == "__main__":
    main()
