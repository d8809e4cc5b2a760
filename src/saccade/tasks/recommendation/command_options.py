"""Options that commands have because of recommenders."""

import click

OPTIONS = {
    "predict": (
        click.Option(
            ["--user"],
            multiple=True,
            metavar="NAME",
            help="Of a run that recommends: for a user of its own, with what is known of them; may be repeated.",
        ),
        click.Option(
            ["--rate"],
            multiple=True,
            metavar="ITEM=RATING",
            help="Of such a run or file: for somebody new, an item by its name or title and its rating; may be "
            "repeated. With one --user: besides what they rated.",
        ),
        click.Option(
            ["--count"],
            type=click.IntRange(1, 10_000),
            metavar="N",
            help="Of such a run or file: items to recommend to each. [10]",
        ),
        click.Option(
            ["--reasons"],
            type=click.IntRange(0, 100),
            metavar="N",
            help="Of such a run or file: ratings to name for each item. [3; 0 for a file of ratings]",
        ),
    ),
    "inspect": (
        click.Option(
            ["--user"],
            metavar="NAME",
            help="Of a run that recommends: which hidden units a user of its own switches on.",
        ),
    ),
}
