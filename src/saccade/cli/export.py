"""Write a run's network as ONNX, SavedModel, LiteRT or OpenVINO, and refuse a file that answers differently."""

import json
from pathlib import Path
from typing import Any

import click

from saccade.core.shell_words import shell_word

SMALL = 10
"""Microseconds; fewer are shown with decimals."""


@click.command("export")
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--to", metavar="FORMAT", help="onnx, saved_model, litert or openvino. [onnx]")
@click.option(
    "--precision",
    metavar="KIND",
    help="float32; for onnx also float16 or int8, for openvino bfloat16 or int8, where the task allows it. [float32]",
)
@click.option("--fastest", is_flag=True, help="Measure every format and precision here, and say which answers fastest.")
@click.option("--data", metavar="PATH", help="Where the data lie now, if they or the run have moved.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(run: Path, to: str | None, precision: str | None, fastest: bool, data: str | None, as_json: bool) -> None:
    """Write RUN's network into RUN/export, with all that is known of it inside.

    A classifier takes image bytes and gives probabilities; an anomaly detector of a table takes its columns and gives
    what each adds to the score.

    The file is loaded in its own runtime and compared with Keras on 256 held-out inputs. It is kept only if it answers
    like the run. (RUN/model.keras is there already.)

    With --fastest every file that `saccade predict` can answer with is written, compared and timed, alone and in a
    batch. `saccade predict RUN --fastest` and `saccade serve RUN --fastest` then use what was recommended.
    """
    if fastest and (to or precision):
        raise click.UsageError("--fastest tries every format and precision: leave --to and --precision out.")
    from saccade.cli._describing import warn_unfinished
    from saccade.core.run import Run

    opened = Run.open(run)
    warn_unfinished(opened)

    if fastest:
        _fastest(opened, data=data, as_json=as_json)
    else:
        _export(opened, to=to or "onnx", precision=precision or "float32", data=data, as_json=as_json)


def _export(opened: Any, *, as_json: bool, **what: Any) -> None:
    from saccade import export
    from saccade.tasks import base

    exported = export.export(opened, **what, quiet=as_json)
    if as_json:
        click.echo(json.dumps(exported.to_dict(), ensure_ascii=False))
        return
    _print_export(exported)
    if exported.path.suffix == ".onnx":
        inputs = base.for_run(opened).new_inputs
        click.echo(f"Next:  saccade predict {shell_word(exported.path)} {inputs}    without TensorFlow and Keras")


def _fastest(opened: Any, *, data: str | None, as_json: bool) -> None:
    from saccade.cli._fastest import print_fastest
    from saccade.export.fastest import fastest

    found = fastest(opened, data=data, quiet=as_json)
    if as_json:
        click.echo(json.dumps(found.to_dict(), ensure_ascii=False))
    else:
        print_fastest(opened, found)


def _print_export(exported: Any) -> None:
    details = "".join(f", {name} {value}" for name, value in exported.details.items())
    sizes = f"{_size(exported.bytes)} (model.keras: {_size(exported.keras_bytes)})"
    click.echo(f"{exported.path}: {exported.precision}{details}, {sizes}")
    click.echo(f"  {exported.parity.sentence}")
    if exported.speeds:
        _print_speeds(exported)


def _print_speeds(exported: Any) -> None:
    click.echo(f"  microseconds {'a ' + exported.parity.noun.removesuffix('s'):<15} alone   in a batch")
    for name, speed in exported.speeds.items():
        click.echo(f"    {name:<22} {_rounded(speed.alone):>9} {_rounded(speed.in_batch):>12}")
    from saccade.export.fastest import FASTER

    plain = exported.speeds[f"{exported.to} float32"]
    small = exported.speeds[f"{exported.to} {exported.precision}"]
    if exported.precision != "float32" and min(plain.alone / small.alone, plain.in_batch / small.in_batch) < FASTER:
        click.echo(f"  {exported.precision} is not faster than float32 for this network on this machine.")


def _rounded(microseconds: float) -> str:
    return f"{microseconds:,.0f}" if microseconds >= SMALL else f"{microseconds:,.3f}"


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.0f} kB"
