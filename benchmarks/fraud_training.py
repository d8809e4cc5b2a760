"""Training speed of `fraud-autoencoder` against the plain Keras script of the book: same network, same batch.

    python benchmarks/fraud_training.py creditcard.csv

227,000 rows of 29 columns, made of the normal rows of the credit-card table by resampling with jitter. Each competitor
runs in a process of its own, in turn, several rounds; the medians and their ratio are printed, with the validation
loss that each reaches. Both train 29 → 40 → 29 (2,389 parameters) with Adam .0001 on batches of 64 standardised rows.
"plain" is what the book does: NumPy arrays given to `fit`, with a checkpoint of the best epoch and TensorBoard. The
first epoch (compilation) is not counted; of the book's 30 epochs a few are enough to see the pace.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROWS, BATCH, VALIDATION = 227_000, 64, 20_000


def rows(source):
    """Return (ROWS + VALIDATION, 29) float32, and the columns' names."""
    import numpy as np
    import polars as pl

    frame = pl.read_csv(source, schema_overrides={"Class": pl.String}).filter(pl.col("Class").str.contains("0"))
    values = frame.drop("Time", "Class").to_numpy().astype(np.float32)
    random = np.random.default_rng(0)
    chosen = values[random.integers(0, len(values), ROWS + VALIDATION)]
    jitter = random.normal(0, 0.05, chosen.shape) * values.std(axis=0)
    return (chosen + jitter).astype(np.float32), frame.drop("Time", "Class").columns


def saccade(source, epochs):
    import numpy as np

    from saccade import training
    from saccade.core import recipe
    from saccade.modalities.tables.fitting import fit_schema
    from saccade.modalities.tables.schema import Column, Schema
    from saccade.modalities.tables.table import Table

    values, names = rows(source)
    table = Table(
        name="fraud",
        source=source,
        schema=Schema(tuple(Column(name, "number") for name in names)),
        values=values,
        labels=np.zeros(len(values), np.int64),
        numbers=np.arange(1, len(values) + 1),
        splits=np.repeat(["train", "validation"], [ROWS, VALIDATION]),
        content_hash="",
    )
    with tempfile.TemporaryDirectory() as folder:
        settings = recipe.read("fraud-autoencoder", epochs=epochs)
        history = training.train(settings, fit_schema(table), runs=Path(folder)).history
    return [row["seconds"] for row in history][1:], history[-1]["val_loss"]


def plain_keras(source, epochs):
    os.environ["KERAS_BACKEND"] = "tensorflow"
    import keras
    from sklearn.preprocessing import StandardScaler

    values, _ = rows(source)
    scaler = StandardScaler().fit(values[:ROWS])
    train, validation = scaler.transform(values[:ROWS]), scaler.transform(values[ROWS:])
    inputs = keras.Input((29,))
    hidden = keras.layers.Dense(40, activation="relu")(inputs)
    model = keras.Model(inputs, keras.layers.Dense(29)(hidden))
    assert model.count_params() == 2_389
    model.compile(optimizer=keras.optimizers.Adam(0.0001), loss="mean_squared_error")
    seconds = []
    with tempfile.TemporaryDirectory() as folder:
        callbacks = [
            keras.callbacks.ModelCheckpoint(f"{folder}/model.keras", save_best_only=True),
            keras.callbacks.TensorBoard(folder),
        ]
        for _ in range(epochs):
            started = time.monotonic()
            history = model.fit(
                train,
                train,
                batch_size=BATCH,
                epochs=1,
                shuffle=True,
                validation_data=(validation, validation),
                verbose=0,
                callbacks=callbacks,
            )
            seconds.append(time.monotonic() - started)
    return seconds[1:], history.history["val_loss"][-1]


COMPETITORS = {"saccade": saccade, "plain Keras": plain_keras}


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("source", help="the credit-card table, or a part of it")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--one", choices=COMPETITORS, help="run one competitor and print its seconds an epoch")
    given = parser.parse_args()
    if given.one:
        print(json.dumps(COMPETITORS[given.one](given.source, given.epochs)))
        return
    pace, loss = {name: [] for name in COMPETITORS}, {}
    for _ in range(given.rounds):
        for name, found in pace.items():
            command = [sys.executable, __file__, given.source, "--epochs", str(given.epochs), "--one", name]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            seconds, loss[name] = json.loads(done.stdout.splitlines()[-1])
            found.append(statistics.median(seconds))
    print(f"load of the machine after: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    ours = statistics.median(pace["saccade"])
    for name, found in pace.items():
        seconds = statistics.median(found)
        told = f"{name:<12} {seconds:6.2f} s an epoch, {30 * seconds:6.0f} s for 30, {seconds / ours:5.2f} times"
        print(f"{told}, validation loss {loss[name]:.4f} after {given.epochs} epochs")


if __name__ == "__main__":
    main()
