"""Write a run's network as ONNX, SavedModel, LiteRT or OpenVINO, and refuse a file that answers differently."""

import json
import shlex
from pathlib import Path
from typing import Any

import click

FASTER = 1.1
"""Less than this many times as fast, alone or in a batch, is called not faster."""


@click.command("export")
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--to", metavar="FORMAT", default="onnx", help="onnx, saved_model, litert or openvino. [onnx]")
@click.option(
    "--precision",
    metavar="KIND",
    default="float32",
    help="float32; for onnx also float16 or int8, but not of tables. [float32]",
)
@click.option("--data", metavar="PATH", help="Where the data lie now, if they or the run have moved.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(run: Path, to: str, precision: str, data: str | None, as_json: bool) -> None:
    """Write RUN's network into RUN/export: image bytes in, probabilities out, all that is known of it inside.

    Of a table the columns go in, and what each adds to the score comes out.

    The file is loaded in its own runtime and compared with Keras on 256 held-out images or rows. It is kept only if
    it answers like the run. (RUN/model.keras is there already.)
    """
    from saccade.cli._describing import warn_unfinished
    from saccade.core.run import Run

    opened = Run.open(run)
    warn_unfinished(opened)

    from saccade import export

    exported = export.export(opened, to=to, precision=precision, data=data, quiet=as_json)
    if as_json:
        click.echo(json.dumps(exported.to_dict(), ensure_ascii=False))
        return
    _tell(exported)
    if exported.path.suffix == ".onnx":
        inputs = "TABLE" if opened.modality == "tables" else "IMAGES"
        click.echo(f"Next:  saccade predict {shlex.quote(str(exported.path))} {inputs}    without TensorFlow and Keras")


def _tell(exported: Any) -> None:
    details = "".join(f", {name} {value}" for name, value in exported.details.items())
    sizes = f"{_size(exported.bytes)} (model.keras: {_size(exported.keras_bytes)})"
    click.echo(f"{exported.path}: {exported.precision}{details}, {sizes}")
    (_tell_rows if hasattr(exported.parity, "rows") else _tell_images)(exported.parity)
    noun = "row" if hasattr(exported.parity, "rows") else "image"
    click.echo(f"  microseconds a {noun:<13} alone   in a batch")
    decimals = 3 if noun == "row" else 0
    for name, speed in exported.speeds.items():
        click.echo(f"    {name:<22} {speed.alone:>9,.0f} {speed.in_batch:>12,.{decimals}f}")
    plain = exported.speeds[f"{exported.to} float32"]
    small = exported.speeds[f"{exported.to} {exported.precision}"]
    if exported.precision != "float32" and min(plain.alone / small.alone, plain.in_batch / small.in_batch) < FASTER:
        click.echo(f"  {exported.precision} is smaller, but not faster than float32 for this network on this machine.")


def _tell_images(parity: Any) -> None:
    click.echo(
        f"  beside Keras on {parity.images} {parity.split} images: largest difference "
        f"{parity.largest_difference:.1g} (allowed {parity.tolerance.difference:g}), {parity.agreement:.1%} the same "
        "answer"
    )


def _tell_rows(parity: Any) -> None:
    click.echo(
        f"  beside Keras on {parity.rows} {parity.split} rows: scores differ by at most "
        f"{parity.largest_difference:.1g} of themselves (allowed {parity.tolerance.difference:g}), "
        f"{parity.agreement:.1%} of the alarms agree"
    )


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.0f} kB"
