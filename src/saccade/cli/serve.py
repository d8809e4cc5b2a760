"""Answer over HTTP: for programs, and for people with a browser."""

import os
import re
from functools import partial
from pathlib import Path
from typing import Any

import click

from saccade.cli._opening import FASTEST, opened

LOOPBACK = ("127.", "::1", "localhost")


@click.command("serve")
@click.argument("source", type=click.Path(path_type=Path), metavar="RUN|FILE.onnx")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at; 0.0.0.0 is all of them.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0 takes a free one.")
@click.option("--name", help="Of the network in /v2/models/NAME. [default: as the run or the file]")
@click.option(
    "--token-file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="A file with the token that requests must bring. [default: the variable SACCADE_TOKEN, if it is set]",
)
@click.option(
    "--allow-host",
    "allowed_hosts",
    multiple=True,
    metavar="NAME",
    help="Answer under this name too, as a web server before this one passes it on, and to pages of that site. May be "
    "given several times.",
)
@click.option(
    "--batch",
    type=click.IntRange(1, 1024),
    default=64,
    show_default=True,
    help="Images that the network gets at once.",
)
@click.option(
    "--body", type=click.FloatRange(0.001, 1000), default=16, show_default=True, help="Largest request, in MB."
)
@click.option("--megapixels", type=click.FloatRange(0.001, 100), default=25, show_default=True, help="Largest image.")
@click.option("--images", type=click.IntRange(1), default=128, show_default=True, help="Most in a request.")
@click.option("--rows", type=click.IntRange(1), default=10_000, show_default=True, help="Most in a request.")
@click.option(
    "--waiting", type=click.IntRange(1), default=512, show_default=True, help="Most images that wait; then 503."
)
@click.option("--seconds", type=click.FloatRange(0.1), default=30, show_default=True, help="For a body and its answer.")
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    help="Processes that answer; --waiting and the memory for bodies are for each. [default: one a core, at most 4; "
    "1 for a run that was not exported]",
)
@click.option("--fastest", is_flag=True, help=FASTEST)
def command(
    source: Path,
    host: str,
    port: int,
    name: str | None,
    token_file: Path | None,
    allowed_hosts: tuple[str, ...],
    fastest: bool,
    **most: Any,
) -> None:
    """Answer images or rows over HTTP until Ctrl-C or SIGTERM; the log goes to standard error, a JSON object a line.

    \b
    saccade serve model.onnx
    curl --data-binary @photo.jpg -H "Content-Type: image/jpeg" http://127.0.0.1:8000/predict
    curl --data-binary @new.csv -H "Content-Type: text/csv" http://127.0.0.1:8000/predict

    In a browser: http://127.0.0.1:8000 takes them too, /docs says all addresses. Clients of the Open Inference
    Protocol (tritonclient, KServe) find it at /v2. It listens to this machine only, unless --host says more, and
    answers no page of another site, nor, without a token, under a name that is not this machine's: see --allow-host.
    """  # noqa: D301 (click wants the character behind \b: these lines stay as they are)
    from saccade import serving

    token, way = _token(token_file), "alone" if fastest else ""
    predictor = opened(source, fastest=way)
    limits = serving.Limits(
        body_bytes=int(most["body"] * 1e6),
        bytes_in_flight=int(8 * most["body"] * 1e6),
        image_pixels=int(most["megapixels"] * 1e6),
        images=most["images"],
        rows=most["rows"],
        waiting=max(most["waiting"], most["images"]),
        seconds=most["seconds"],
        batch=most["batch"],
    )
    workers = most["workers"] or (1 if predictor.engine == "keras" else _usual_workers())
    if token is None and not host.startswith(LOOPBACK):
        click.echo("Whoever reaches this machine can use it: no token is set (SACCADE_TOKEN, --token-file).", err=True)
    about: dict[str, Any] = {
        "name": name or _name(source),
        "limits": limits,
        "token": token,
        "allowed_hosts": allowed_hosts,
    }
    make = partial(serving.make_app, predictor, **about) if workers == 1 else partial(_make_app, source, way, **about)
    serving.serve(make, host=host, port=port, patience=limits.seconds, workers=workers)


def _make_app(source: Path, fastest: str, **about: Any) -> Any:
    """Return the service of a run or a file, in a process of its own."""
    from saccade import serving

    return serving.make_app(opened(source, fastest=fastest), **about)


def _usual_workers() -> int:
    """Return how many processes answer when nobody says it: what a request costs is mostly HTTP, which takes one core.

    Each takes some 100 MB.
    """
    return min(4, os.cpu_count() or 1) if os.name == "posix" else 1


def _token(file: Path | None) -> str | None:
    """Return the token; not an option, because every user of a machine can read the options of a process."""
    from saccade.core.errors import DataError

    text = file.read_text(encoding="utf-8").strip() if file else os.environ.get("SACCADE_TOKEN")
    if text is None:
        return None
    if not re.fullmatch(r"[\x21-\x7e]{8,}", text):
        raise DataError("The token should have 8 characters or more: letters, digits and signs, no spaces.")
    return text


def _name(source: Path) -> str:
    """Return a name that can stand in an address: of the run, or of the file."""
    return re.sub(r"[^\w.-]+", "-", source.resolve().stem, flags=re.ASCII).strip("-") or "model"
