"""The exported files of a run side by side, as the terminal shows them."""

from typing import Any

import click

from saccade.core.shell_words import shell_word

TITLES = {"alone": "one at a time", "in_batch": "in a batch"}


def print_fastest(run: Any, found: Any) -> None:
    """Print a line for each format and precision, which to use, and how.

    Args:
        run: whose files they are.
        found: `export.fastest.Fastest`.
    """
    from saccade.tasks import base

    task = base.for_run(run)
    click.echo(f"Microseconds {_an(task.noun)}, on {found.machine}")
    click.echo(f"  {'':<20}{'alone':>9}{'in a batch':>12}   beside Keras")
    click.echo(_line("keras", found.keras, ""))
    for each in found.candidates:
        click.echo(_line(each.name, each.speed, _beside(each) if each.speed else each.reason))
    _print_chosen(found)
    inputs = task.new_inputs
    click.echo(f"Next:  saccade predict {shell_word(run.path)} {inputs} --fastest    uses it; serve does likewise")


def _an(noun: str) -> str:
    """Return "an image" of "images"."""
    single = noun.removesuffix("s")
    return f"{'an' if single[0] in 'aeiou' else 'a'} {single}"


def _line(name: str, speed: Any, text: str) -> str:
    numbers = f"{_rounded(speed.alone):>9}{_rounded(speed.in_batch):>12}" if speed else f"{'–':>9}{'–':>12}"
    return f"  {name:<20}{numbers}   {text}".rstrip()


def _beside(candidate: Any) -> str:
    parity = candidate.parity
    without = f", without {' and '.join(candidate.left_out)}" if candidate.left_out else ""
    difference = f"{parity.largest_difference:.1g}{parity.unit} of {parity.tolerance.difference:g} allowed"
    return f"{parity.agreement:.1%} the same answer, differs by {difference}{without}"


def _rounded(microseconds: float) -> str:
    return f"{microseconds:,.0f}" if microseconds >= 10 else f"{microseconds:,.3f}"


def _print_chosen(found: Any) -> None:
    for way, title in TITLES.items():
        chosen = found.recommended(way)
        click.echo(f"Fastest {title}: {_named(found, chosen, way)}")
        quicker = found.recommended(way, complete=False)
        if quicker is not None and quicker is not chosen:
            lost = " and ".join(quicker.left_out)
            click.echo(f"  faster still, but without {lost}: {_named(found, quicker, way)}")


def _named(found: Any, candidate: Any, way: str) -> str:
    if candidate is None:
        return "nothing that gives every answer of the run"
    gain = found.gain(candidate, way)
    return f"export/{candidate.file}" + (f", {gain:.1f} times as fast as model.onnx" if gain > 1 else "")
