"""Search within a budget of time: `saccade tune`, AutoKeras and KerasTuner's Hyperband on the same rows and cores.

    python benchmarks/tuning.py --images trashnet potato --tables cardio.npz thyroid.npz --budget 5m \
        --peers-python other/bin/python

The peers need an environment of their own: pip install tensorflow autokeras keras-tuner polars scikit-learn pillow.
All see the same training and validation images or rows; the test is the same, and opened once, by the network that each
search would hand over. Peers get images at 96 pixels, and are stopped when the budget is over; ours ends by itself.
AutoKeras 3 has no tables; Hyperband searches the autoencoder that Keras's own example of anomalies has.
Printed: accuracy or ROC AUC on the test, and the seconds from start to the network; Markdown, a row for each.
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

SIDE = 96
SEED = 0
UNITS = {"s": 1, "m": 60, "h": 3600}


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--images", type=Path, nargs="*", default=[], help="folders with a subfolder a class")
    parser.add_argument("--tables", type=Path, nargs="*", default=[], help=".npz files with X and y")
    parser.add_argument("--budget", default="5m")
    parser.add_argument("--peers-python", default="", help="Python of an environment with the peers")
    parser.add_argument("--only", nargs="*", default=["saccade", "autokeras", "hyperband"])
    parser.add_argument("--peer", nargs=3, metavar=("NAME", "ARRAYS", "RESULT"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    budget = float(options.budget[:-1]) * UNITS[options.budget[-1]]
    if options.peer:
        return search_as_peer(options.peer[0], Path(options.peer[1]), Path(options.peer[2]), budget)
    print("| data | search | score on the test | seconds |\n|---|---|---|---|")
    for data in (*options.images, *options.tables):
        with tempfile.TemporaryDirectory(prefix="tuning-") as name:
            prepare = split_table if data in options.tables else split_images
            folder = prepare(data, Path(name))
            for search in options.only:
                if search == "autokeras" and data in options.tables:
                    continue
                found = ours(folder, options.budget) if search == "saccade" else peer(search, folder, options)
                print(f"| {data.stem} | {search} | {found['score']:.4f} | {found['seconds']:.0f} |", flush=True)
    return None


def split_images(data, folder):
    """Link the images into train, val and test (70, 15, 15 of each class; as given where they are), and keep arrays."""
    rng, target = np.random.default_rng(SEED), folder / "data"
    given = [name for name in ("train", "val", "test") if (data / name).is_dir()]
    places = [data / name for name in given] if given else [data]
    classes = sorted(path.name for path in places[0].iterdir() if path.is_dir())
    arrays = {}
    for label, name in enumerate(classes):
        for place in places:
            files = sorted(path for path in (place / name).iterdir() if path.is_file())
            rng.shuffle(files)
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
                arrays.setdefault(f"x_{split}", []).extend(_pixels(file) for file in chosen)
                arrays.setdefault(f"y_{split}", []).extend([label] * len(chosen))
    np.savez(folder / "arrays.npz", kind="images", **{key: np.asarray(value) for key, value in arrays.items()})
    return folder


def _pixels(file):
    from PIL import Image

    with Image.open(file) as image:
        image.draft("RGB", (SIDE, SIDE))
        return np.asarray(image.convert("RGB").resize((SIDE, SIDE)))


def split_table(data, folder):
    """Write a CSV with splits and labels: 60% train, 20% to validate or calibrate, 20% test."""
    import polars

    with np.load(data) as content:
        rows, labels = content["X"].astype(float), content["y"].astype(int)
    rng = np.random.default_rng(SEED)
    splits = np.array(["train", "val", "test"])[rng.choice(3, len(rows), p=(0.6, 0.2, 0.2))]
    table = polars.DataFrame({f"v{number}": rows[:, number] for number in range(rows.shape[1])})
    (folder / "data").mkdir()
    named = table.with_columns(split=polars.Series(splits), label=polars.Series(labels))
    named.write_csv(folder / "data" / f"{data.stem}.csv")
    parts = {
        f"{kind}_{split}": of[splits == split]
        for split in ("train", "val", "test")
        for kind, of in (("x", rows), ("y", labels))
    }
    np.savez(folder / "arrays.npz", kind="table", **parts)
    return folder


def ours(folder, budget):
    """Search, then open the test once, by the best training of the winner or, if that is not better, of the recipe."""
    started = time.monotonic()
    tables = list((folder / "data").glob("*.csv"))
    data = [str(tables[0]), "--label", "label"] if tables else [str(folder / "data")]
    place = folder / "search"
    _saccade("tune", *data, "--budget", budget, "--folder", str(place), "--quiet", cache=folder / "cache")
    seconds = time.monotonic() - started
    verdict = json.loads((place / "result.json").read_text())["verdict"]
    run = place / "finals" / Path(verdict["best_run"]).name
    run = run if verdict["better"] else Path(str(run).replace("final-best", "final-recipe"))
    _saccade("evaluate", str(run), cache=folder / "cache")
    content = json.loads((run / "evaluation.json").read_text())
    score = content["roc_auc"] if tables else content["metrics"]["accuracy"]
    return {"score": score["value"], "seconds": seconds}


def _saccade(*words, cache):
    command = [sys.executable, "-m", "saccade", *words]
    result = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, "SACCADE_CACHE": str(cache)}
    )
    if result.returncode:
        sys.exit(result.stderr)


def peer(name, folder, options):
    result = folder / f"{name}.json"
    words = [options.peers_python or sys.executable, __file__, "--budget", options.budget]
    started = time.monotonic()
    done = subprocess.run(
        [*words, "--peer", name, str(folder / "arrays.npz"), str(result)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(done.stderr[-2000:])
    found = json.loads(result.read_text())
    return {"score": found["score"], "seconds": found.get("seconds", time.monotonic() - started)}


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
        model = tuner.get_best_models(1)[0]
        score = _score(model, data)
    result.write_text(json.dumps({"score": score, "seconds": seconds}))


def _autokeras(data, folder, deadline):
    import autokeras

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

    is_table = str(data["kind"]) == "table"
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
    if str(data["kind"]) == "table":
        from sklearn.metrics import roc_auc_score

        return float(roc_auc_score(data["y_test"], np.asarray(answers).mean(axis=1)))
    answers = np.asarray(answers)
    found = answers.argmax(axis=1) if answers.shape[-1] > 1 else (answers[:, 0] > 0.5).astype(int)
    return float(np.mean(found == data["y_test"]))


if __name__ == "__main__":
    main()
