"""Find the labels that are probably wrong, look at them in a gallery, and write the corrections down."""

import json
from pathlib import Path
from typing import Any

import click

from saccade.cli._settings import PREFIX, SettingsCommand, changes
from saccade.core.shell_words import shell_word

FLAGGED = "flagged"


class Amount(click.ParamType[float | str]):
    """How many suggestions to accept."""

    name = "amount"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float | str:
        """Return a number, a split below 1, or "flagged"."""
        if value == FLAGGED:
            return FLAGGED
        try:
            number = float(value)
        except ValueError:
            number = 0
        if not (0 < number < 1 or (number >= 1 and number.is_integer())):
            self.fail(f"expected '{FLAGGED}', a number of images, or a part of all below 1; found '{value}'.")
        return number


@click.command("labels", cls=SettingsCommand, context_settings={"ignore_unknown_options": True})
@click.argument("words", nargs=-1, type=click.UNPROCESSED, required=True, metavar="DATA|RECIPE [FIELD=VALUE]...")
@click.option("--folds", type=click.IntRange(2), default=3, metavar="N", help="Train so many networks. [3]")
@click.option("--json", "form", flag_value="json", help="Print the flagged ones as JSON.")
@click.option("--csv", "form", flag_value="csv", help="Print the whole ranking as CSV.")
@click.option("--html", type=click.Path(path_type=Path), metavar="FILE", help="Write a gallery to decide in.")
@click.option(
    "--overrides",
    f"{PREFIX}overrides",
    metavar="FILE",
    help="The corrections so far, a CSV. With --accept, it is written.",
)
@click.option(
    "--accept", type=Amount(), metavar="N|flagged", help="Write the worst so many suggestions to --overrides."
)
def command(
    words: tuple[str, ...],
    folds: int,
    form: str | None,
    html: Path | None,
    accept: float | str | None,
    **options: Any,
) -> None:
    """Print which labels or boxes of DATA are probably wrong, the worst first; the test split is not touched.

    A few networks are trained for a short time, and each image is judged by one that had not seen it. Settings of
    the recipe may follow: `epochs=5`, `image_size=64`, `model=lenet5`. Decide in the gallery (--html), or --accept the
    suggestions; then `saccade train DATA --overrides overrides.csv`. The data themselves are never changed.
    """
    from saccade.core.rendering import Console
    from saccade.tasks import steps

    word, fields = changes(options, words)
    target = _target(accept, fields)
    epochs = fields.pop("epochs", None)
    silent = form is not None
    prepared = steps.prepare_label_search(word, fields, quiet=silent)
    if target and "overrides" not in type(prepared.recipe).model_fields:
        raise prepared.task.cannot("be corrected by a file of overrides", prepared.recipe.data)

    # the data are good: now load Keras, which takes seconds
    from saccade.training.display import show

    with show(quiet=silent) as progress:
        suspects = prepared.find_wrong_labels(folds=folds, epochs=epochs, quiet=silent, progress=progress)
    if form == "json":
        click.echo(json.dumps(suspects.to_dict(), ensure_ascii=False))
    elif form == "csv":
        click.echo(suspects.to_csv(), nl=False)
    else:
        Console().print(suspects)
        if not html:
            click.echo("Look at them: the same command with --html labels.html, which trains nothing again.")
    if target:
        overrides = suspects.accepted(None if accept == FLAGGED else float(accept or 0))
        suspects.write(target, overrides)
        click.echo(
            f"{len(overrides):,} corrections in {target}. Use: saccade train … --overrides {shell_word(target)}",
            err=silent,
        )
    if html:
        prepared.task.write_label_page(suspects, prepared.dataset, html)
        click.echo(f"Gallery to decide in: {html}", err=silent)


def _target(accept: float | str | None, fields: dict[str, Any]) -> Path | None:
    """Return where to write what is accepted; a file that is not there yet is not applied."""
    from saccade.core.errors import RecipeError

    if accept is None:
        return None
    path = fields.get("overrides")
    if not path:
        raise RecipeError("Say where to write what you accept: --overrides overrides.csv")
    target = Path(path).expanduser()
    if not target.exists():
        del fields["overrides"]
    return target
