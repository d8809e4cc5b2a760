"""Show a network layer by layer: shapes, parameters, multiply-adds, receptive field, memory."""

import json
import re

import click


@click.command("summary")
@click.argument("name", metavar="MODEL|AUTOENCODER|RECIPE|RUN|FILE.keras")
@click.option("--input", "shape", metavar="HxWxC", help="Image shape for a model by name. [28x28x1]")
@click.option("--classes", type=click.IntRange(2), default=10, help="Units of its last layer. [10]")
@click.option(
    "--columns", type=click.IntRange(1), metavar="N", help="Of the table, for an autoencoder or a recipe of one."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(name: str, shape: str | None, classes: int, columns: int | None, as_json: bool) -> None:
    """Print output shape, parameters, multiply-adds, receptive field and memory of every layer."""
    from saccade.api import summary
    from saccade.core.errors import RecipeError
    from saccade.core.rendering import Console
    from saccade.inspection.summary import as_dict, as_table

    match = re.fullmatch(r"(\d+)x(\d+)x(1|3)", shape or "28x28x1")
    if match is None:
        raise RecipeError(f"--input is height, width and channels, as in 28x28x1; found {shape}.")
    height, width, channels = (int(number) for number in match.groups())
    layers = summary(name, input_shape=(height, width, channels) if shape else None, outputs=classes, columns=columns)
    if as_json:
        click.echo(json.dumps(as_dict(layers)))
    else:
        Console().print(as_table(layers))
