"""The whole performance table of the docs, as Markdown with the machine's name.

    python benchmarks/performance.py --quick            # minutes: less of everything, no serving, no time to accuracy
    python benchmarks/performance.py --save             # all of it; keeps the ratios in results/performance.json
    python benchmarks/performance.py --only photos tables

It calls the other benchmarks, each in processes of its own. Seconds belong to a machine, so ratios are kept: each
compares two things of the same run, larger is better, and where one was kept it stands beside. A part that cannot run,
because a package or the data are missing, says so and does not stop the others.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import decoding
import table_speed

from saccade.core.machine import machine_name

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "performance.json"


def run(*command):
    """Return what a command prints; raises RuntimeError with the last thing it said where it fails."""
    done = subprocess.run([sys.executable, *map(str, command)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError((done.stderr.strip().splitlines() or ["it gave no reason"])[-1])
    return done.stdout


def training(quick, folder):
    """Images a second of the network of `mnist-convnet`, beside plain scripts."""
    import throughput

    rates = {}
    for _ in range(1 if quick else 3):
        for name in throughput.COMPETITORS:
            try:
                said = json.loads(run(HERE / "throughput.py", "--one", name).splitlines()[-1])
            except RuntimeError as error:
                print(f"{name}: {error}", file=sys.stderr)
                continue
            rates.setdefault(name, []).extend(said)
    medians = {name: sorted(each)[len(each) // 2] for name, each in rates.items()}
    lines = ["| | images a second |", "| --- | --- |", *(f"| {name} | {rate:,.0f} |" for name, rate in medians.items())]
    plain = next((rate for name, rate in medians.items() if name.lower().startswith("keras")), None)
    ours = {name: rate for name, rate in medians.items() if plain and rate != plain}
    return lines, {f"{name} of Keras": rate / plain for name, rate in ours.items()}


def photos(quick, folder):
    """A folder of photos: how near `predict` comes to decoder and network together, by processor time."""
    count = 300 if quick else 10_000
    found = json.loads(run(HERE / "decoding.py", "--photos", count, "--json").splitlines()[-1])
    used = {name: each["processor"] for name, each in found.items()}
    ratios = {
        "decoder of our decoding": used["decoder"] / used["decode"],
        "decoder and network of predict": (used["decoder"] + used["network"]) / used["predict"],
    }
    return list(decoding.table(found)), ratios


def tables(quick, folder):
    """Rows of a CSV: the reader's own limit beside ours, by processor time."""
    rows = 100_000 if quick else 1_000_000
    found = json.loads(run(HERE / "table_speed.py", "--rows", rows, "--json").splitlines()[-1])
    used = {name: each["processor"] for name, each in found.items()}
    ratios = {
        "Polars of predict": used["Polars"] / used["predict"],
        "Polars and network of predict": (used["Polars"] + used["network"]) / used["predict"],
    }
    return list(table_speed.table(found)), ratios


def formats(quick, folder):
    """Microseconds an image of `quick-digits`, by format and precision."""
    path = digits(folder)
    found = json.loads(run("-m", "saccade", "export", path, "--fastest", "--json").splitlines()[-1])
    speeds = {"keras": found["keras"]}
    speeds |= {each["name"]: each["speed"] for each in found["candidates"] if each["speed"]}
    lines = ["| | µs alone | µs in a batch |", "| --- | --- | --- |"]
    lines += [f"| {name} | {each['alone']:,.0f} | {each['in_batch']:,.0f} |" for name, each in speeds.items()]
    chosen = found["recommended"]
    lines += ["", f"Recommended: {chosen['alone']} alone, {chosen['in_batch']} in a batch."]
    plain = speeds["onnx float32"]["in_batch"]
    ours = {name: each["in_batch"] for name, each in speeds.items() if name != "onnx float32"}
    return lines, {f"{name} of onnx float32, in a batch": plain / each for name, each in ours.items()}


def serving(quick, folder):
    """Requests to the digits network."""
    said = run(HERE / "serving.py", digits(folder) / "export" / "model.onnx")
    return ["```text", *said.rstrip().splitlines(), "```"], {}


def time_to_accuracy(quick, folder):
    """Seconds to a book's accuracy; keeps a result of its own."""
    return run(HERE / "time_to_accuracy.py").rstrip().splitlines(), {}


def digits(folder):
    path = folder / "digits"
    if not path.exists():
        run("-m", "saccade", "train", "quick-digits", "epochs=2", "--run", path, "--quiet")
    return path


PARTS = {each.__name__: each for each in (training, photos, tables, formats, serving, time_to_accuracy)}
LONG = ("serving", "time_to_accuracy")


def section(name, kept, quick, folder):
    """Return the lines of a part and its ratios by name."""
    title = [f"### {name.replace('_', ' ').capitalize()}", "", PARTS[name].__doc__, ""]
    try:
        lines, found = PARTS[name](quick, folder)
    except (RuntimeError, ImportError, KeyError) as error:
        return [*title, f"Not measured: {error}", ""], {}
    ratios = {f"{name}: {what}": ratio for what, ratio in found.items()}
    if ratios:
        lines += ["", "| ratio | now | kept |", "| --- | --- | --- |"]
        lines += [f"| {what} | {ratio:.2f} | {_kept(kept, what)} |" for what, ratio in ratios.items()]
    return [*title, *lines, ""], ratios


def _kept(kept, what):
    return f"{kept[what]:.2f}" if what in kept else "–"


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", nargs="+", choices=PARTS, help="parts [all; with --quick those of minutes]")
    parser.add_argument("--quick", action="store_true", help="less of everything")
    parser.add_argument("--save", action="store_true", help=f"keep the ratios in {RESULTS.name}")
    options = parser.parse_args()
    before = json.loads(RESULTS.read_text()) if RESULTS.exists() else {"machine": "", "ratios": {}}
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    print(f"On {machine_name()}." + (f" Ratios were kept on {before['machine']}." if before["machine"] else ""))
    print()
    ratios = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in options.only or [name for name in PARTS if not (options.quick and name in LONG)]:
            lines, found = section(name, before["ratios"], options.quick, Path(folder))
            ratios |= found
            print("\n".join(lines), flush=True)
    if options.save:
        RESULTS.parent.mkdir(exist_ok=True)
        kept = {"machine": machine_name(), "ratios": before["ratios"] | ratios}
        RESULTS.write_text(json.dumps(kept, indent=1) + "\n")


if __name__ == "__main__":
    main()
