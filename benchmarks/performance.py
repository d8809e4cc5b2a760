"""The whole performance table of the docs, as Markdown with the machine's name.

    python benchmarks/performance.py                    # some ten minutes on two quiet cores
    python benchmarks/performance.py --save             # the same; keeps the ratios in results/performance.json
    python benchmarks/performance.py --quick            # minutes: less of everything, no time to accuracy
    python benchmarks/performance.py --full             # an hour and more: 10,000 photos, a million rows, every script
    python benchmarks/performance.py --only photos tables --torch-python other/bin/python

It calls the other benchmarks, each in processes of its own. Seconds belong to a machine, so ratios are kept: each
compares two things of the same run, larger is better, and where one was kept it stands beside, with the change. A part
that cannot run, because a package or the data are missing, and a competitor that is not there are named and do not
stop the others; what was kept of them stays.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import decoding
import table_speed
import throughput
import time_to_accuracy as scripts

from saccade.core.machine import machine_name

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "performance.json"


LONGEST_SECONDS = 5400
"""A command that takes longer hangs."""

TORCH = {"python": sys.executable}
"""The Python of an environment that has PyTorch."""

CHANGED = 0.1
"""A ratio that is so much smaller than the one kept is marked: less is the noise of a machine."""


@dataclass(frozen=True)
class Length:
    """How much is measured: images and rounds of training, photos, rows of a table, rounds and seconds of serving, and
    which scripts are timed how often."""

    images: int
    rounds: int
    photos: int
    rows: int
    serving: tuple[int, int]
    scripts: tuple[str, ...]
    repeats: int


LENGTHS = {
    "quick": Length(6_400, 1, 200, 50_000, (1, 1), (), 0),
    "usual": Length(30_000, 2, 2_000, 300_000, (1, 2), ("mnist",), 1),
    "full": Length(30_000, 3, 10_000, 1_000_000, (3, 4), ("mnist", "fashion_mnist", "cifar10"), 3),
}


def run(*command, python=sys.executable, **environment):
    """Return what a command prints; raises RuntimeError with the last thing it said where it fails."""
    try:
        done = subprocess.run(
            [python, *map(str, command)],
            capture_output=True,
            text=True,
            check=False,
            timeout=LONGEST_SECONDS,
            env={**os.environ, **environment},
        )
    except subprocess.TimeoutExpired as error:
        raise RuntimeError(f"it took more than {LONGEST_SECONDS} seconds") from error
    if done.returncode:
        raise RuntimeError((done.stderr.strip().splitlines() or ["it gave no reason"])[-1])
    return done.stdout


def said(*command, **options):
    """Return the JSON that a command prints last; options as for `run`."""
    return json.loads(run(*command, **options).splitlines()[-1])


def training(length, folder):
    """Images a second of the network of `mnist-convnet`, beside plain scripts."""
    rates, missing = {}, {}
    for _ in range(length.rounds):
        for name in throughput.COMPETITORS:
            if name in missing:
                continue
            try:
                command = HERE / "throughput.py", "--one", name
                python = TORCH["python"] if name == "PyTorch" else sys.executable
                rates.setdefault(name, []).extend(said(*command, python=python, IMAGES=str(length.images)))
            except RuntimeError as error:
                missing[name] = error
    medians = {name: statistics.median(each) for name, each in rates.items() if each}
    lines = ["| | images a second |", "| --- | --- |", *(f"| {name} | {rate:,.0f} |" for name, rate in medians.items())]
    lines += [f"| {name} | did not run: {error} |" for name, error in missing.items()]
    ours = [name for name in medians if name.startswith("saccade")]
    others = [name for name in medians if name not in ours]
    return lines, {f"{name} of {other}": medians[name] / medians[other] for name in ours for other in others}


def photos(length, folder):
    """A folder of photos: how near `predict` comes to decoder and network together, by processor time."""
    found = said(HERE / "decoding.py", "--photos", length.photos, "--json")
    used = {name: each["processor"] for name, each in found.items()}
    ratios = {
        "decoder of our decoding": used["decoder"] / used["decode"],
        "decoder and network of predict": (used["decoder"] + used["network"]) / used["predict"],
    }
    return list(decoding.table(found)), ratios


def tables(length, folder):
    """Rows of a CSV: the reader's own limit beside ours, by processor time."""
    found = said(HERE / "table_speed.py", "--rows", length.rows, "--json")
    used = {name: each["processor"] for name, each in found.items()}
    ratios = {
        "Polars of predict": used["Polars"] / used["predict"],
        "Polars and network of predict": (used["Polars"] + used["network"]) / used["predict"],
    }
    return list(table_speed.table(found)), ratios


def formats(length, folder):
    """Microseconds an image of `quick-digits`, by format and precision."""
    found = said("-m", "saccade", "export", digits(folder), "--fastest", "--json")
    speeds = {"keras": found["keras"]}
    speeds |= {each["name"]: each["speed"] for each in found["candidates"] if each["speed"]}
    lines = ["| | µs alone | µs in a batch |", "| --- | --- | --- |"]
    lines += [f"| {name} | {each['alone']:,.0f} | {each['in_batch']:,.0f} |" for name, each in speeds.items()]
    lines += [
        f"| {each['name']} | not measured: {each['reason']} | |" for each in found["candidates"] if not each["speed"]
    ]
    chosen = found["recommended"]
    lines += ["", f"Recommended: {chosen['alone']} alone, {chosen['in_batch']} in a batch."]
    plain = speeds["onnx float32"]["in_batch"]
    ours = {name: each["in_batch"] for name, each in speeds.items() if name != "onnx float32"}
    return lines, {f"{name} of onnx float32, in a batch": plain / each for name, each in ours.items()}


def serving(length, folder):
    """Requests to the digits network, over HTTP on one machine, by how many ask at once."""
    rounds, seconds = length.serving
    file = digits(folder) / "export" / "model.onnx"
    found = said(HERE / "serving.py", file, "--rounds", rounds, "--seconds", seconds, "--json")
    lines = ["| | ask at once | requests a second | ms (median) |", "| --- | --- | --- | --- |"]
    lines += [f"| {of['server']} | {of['connections']} | {of['rate']:,.0f} | {of['p50']:.2f} |" for of in found["rows"]]
    lines += [f"| {name} | did not run: {why} | | |" for name, why in found["missing"].items()]
    rates = {(each["server"], each["connections"]): each["rate"] for each in found["rows"]}
    many = [
        connections for server, connections in rates if server == "plain" and ("saccade serve", connections) in rates
    ]
    ratios = {
        f"of a plain handler, {many} at once": rates["saccade serve", many] / rates["plain", many] for many in many
    }
    return lines, ratios


def time_to_accuracy(length, folder):
    """Seconds to a book's accuracy, beside the book's script in plain Keras."""
    command = [HERE / "time_to_accuracy.py", "--only", *length.scripts, "--repeats", length.repeats, "--json"]
    if length.repeats > 1:  # PyTorch's script takes its time
        command += ["--torch-python", TORCH["python"]]
    found = said(*command)
    shares = {name: scripts.share(competitors, "Saccade") for name, competitors in found.items()}
    return list(scripts.table(found, {})), {f"{name} of the script": 1 / each for name, each in shares.items() if each}


def digits(folder):
    path = folder / "digits"
    if not path.exists():
        run("-m", "saccade", "train", "quick-digits", "epochs=2", "--run", path, "--quiet")
    return path


PARTS = {each.__name__: each for each in (training, photos, tables, formats, serving, time_to_accuracy)}


def section(name, kept, length, folder):
    """Return the lines of a part and its ratios by name."""
    started, title = time.monotonic(), [f"### {name.replace('_', ' ').capitalize()}", "", PARTS[name].__doc__, ""]
    try:
        lines, found = PARTS[name](length, folder)
    except Exception as error:  # whatever one part lacks, the others are measured
        return [*title, f"Not measured: {error or type(error).__name__}", ""], {}
    ratios = {f"{name}: {what}": round(ratio, 4) for what, ratio in found.items()}
    if ratios:
        lines += ["", "| ratio | now | kept | change |", "| --- | --- | --- | --- |"]
        rows = ((what.removeprefix(f"{name}: "), ratio, kept.get(what)) for what, ratio in ratios.items())
        lines += [f"| {what} | {ratio:.2f} | {_beside(ratio, then)} |" for what, ratio, then in rows]
    return [*title, *lines, "", f"Took {time.monotonic() - started:.0f} s.", ""], ratios


def _beside(ratio, kept):
    """Return the cells of the ratio that was kept and of the change since then."""
    if not kept:
        return "– | –"
    change = ratio / kept - 1
    return f"{kept:.2f} | {f'**{change:+.0%}**' if change < -CHANGED else f'{change:+.0%}'}"


def slower(ratios, kept):
    """Return a sentence on what has become worse."""
    worse = [what for what, ratio in ratios.items() if ratio < (1 - CHANGED) * kept.get(what, 0)]
    if not worse:
        return "Nothing is more than a tenth worse than what was kept."
    return (
        f"More than a tenth worse than what was kept: {', '.join(worse)}. Run these parts again before you believe it."
    )


def keep(ratios, before, length):
    """Keep ratios, with the machine and the length of each, in place of those of the same name."""
    known = {what: {"ratio": ratio, "machine": machine_name(), "length": length} for what, ratio in ratios.items()}
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(dict(sorted((before | known).items())), indent=1, ensure_ascii=False) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", nargs="+", choices=PARTS, help="parts [all; with --quick those of minutes]")
    parser.add_argument("--quick", dest="length", action="store_const", const="quick", help="less of everything")
    parser.add_argument("--full", dest="length", action="store_const", const="full", help="more of everything")
    parser.add_argument("--save", action="store_true", help=f"keep the ratios in results/{RESULTS.name}")
    parser.add_argument("--torch-python", default=sys.executable, help="Python of an environment with PyTorch")
    options = parser.parse_args()
    TORCH["python"] = options.torch_python
    name, before = options.length or "usual", json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    length, kept = LENGTHS[name], {what: each["ratio"] for what, each in before.items()}
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    print(f"On {machine_name()}, {name} length.")
    if machines := sorted({each["machine"] for each in before.values()}):
        print(f"Ratios were kept on {'; '.join(machines)}.")
    print(flush=True)
    ratios = {}
    with tempfile.TemporaryDirectory() as folder:
        for part in options.only or [each for each in PARTS if each != "time_to_accuracy" or length.scripts]:
            lines, found = section(part, kept, length, Path(folder))
            ratios |= found
            print("\n".join(lines), flush=True)
            if options.save:
                keep(ratios, before, name)
    if kept:
        print(slower(ratios, kept))


if __name__ == "__main__":
    main()
