"""Rows a second: the reader's own limit, `ae` alone, and `saccade predict` on a CSV from its start to its end.

    python benchmarks/table_speed.py                    # a million rows of 30 numbers
    python benchmarks/table_speed.py --rows 100000 --json
    python benchmarks/table_speed.py --memory 256       # a smaller memory of typical rows, instead of ae's 384

"Polars" reads the CSV into columns and does nothing with them: no reader of ours is faster. "network" is the exported
autoencoder on rows that are there as arrays; "predict" reads, encodes, scores and writes the alarms, with the start of
the process. Each row is a process of its own; on a machine with other work only the processor's seconds mean anything.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

COLUMNS, TRAINED = 30, 20_000


def make_tables(folder, rows):
    """Write a table to train on and a larger one to be answered, both of the same kind of rows."""
    import numpy as np
    import polars as pl

    rng = np.random.default_rng(0)
    mixing = rng.normal(0, 1, (6, COLUMNS))
    for name, count in (("train", TRAINED), ("new", rows)):
        values = rng.normal(0, 1, (count, 6)) @ mixing + rng.normal(0, 0.3, (count, COLUMNS))
        frame = pl.DataFrame({f"v{number}": values[:, number].round(4) for number in range(COLUMNS)})
        frame.write_csv(folder / f"{name}.csv")


def trained(folder, memory):
    """Return the exported file of a short training: speed does not depend on what the weights are."""
    import saccade

    asked = {"model.memory": memory} if memory else {}
    data, runs = str(folder / "train.csv"), str(folder / "runs")
    run = saccade.train("ae", data=data, runs=runs, epochs=1, quiet=True, **asked)
    return run.path / "export" / "model.onnx"


def read(table, model, rows):
    import polars as pl

    assert pl.read_csv(table).width == COLUMNS


def network(table, model, rows):
    import numpy as np

    from saccade.inference import open_file

    predictor = open_file(model)
    batch = np.random.default_rng(0).normal(0, 1, (2**14, COLUMNS)).astype(np.float32)
    for start in range(0, rows, len(batch)):
        predictor.contributions(batch[: rows - start])


def predict(table, model, rows):
    command = [sys.executable, "-m", "saccade", "predict", str(model), str(table), "--csv"]
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)


KINDS = {"Polars": read, "network": network, "predict": predict}


def work(kind, table, model, rows):
    import polars  # noqa: F401  (what starts is not what is measured, but for `predict`)

    import saccade.inference  # noqa: F401

    started, before = time.perf_counter(), processor()
    KINDS[kind](table, model, rows)
    return {"seconds": time.perf_counter() - started, "processor": processor() - before}


def processor():
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def measure(rows, memory=None):
    """Return what was measured, by row of the table."""
    with tempfile.TemporaryDirectory() as place:
        folder, found = Path(place), {}
        make_tables(folder, rows)
        model = trained(folder, memory)
        for kind in KINDS:
            command = [sys.executable, __file__, "--rows", str(rows)]
            command += ["--one", kind, str(folder / "new.csv"), str(model)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            found[kind] = {**json.loads(done.stdout.splitlines()[-1]), "rows": rows}
    return found


def table(found):
    """Yield the lines of a Markdown table."""
    yield "| | rows a second | processor µs a row |"
    yield "| --- | --- | --- |"
    for kind, each in found.items():
        yield f"| {kind} | {each['rows'] / each['seconds']:,.0f} | {1e6 * each['processor'] / each['rows']:.2f} |"


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--memory", type=int, help="typical rows that the network stores for its finest scale [384]")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        kind, path, model = options.one
        print(json.dumps(work(kind, Path(path), Path(model), options.rows)))
        return
    found = measure(options.rows, options.memory)
    print(json.dumps(found) if options.json else "\n".join(table(found)))


if __name__ == "__main__":
    main()
