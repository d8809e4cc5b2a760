"""Options that commands have because of classifiers."""

import click


def _share(text: str) -> float:
    """Read "1%" or "0.01"."""
    try:
        return float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        raise click.BadParameter(f"expected a share such as 1% or 0.01, found {text!r}") from None


OPTIONS = {
    "predict": (
        click.Option(
            ["--abstain"],
            type=_share,
            metavar="ERROR",
            help="Leave undecided what would be wrong more often than this (1% or 0.01), as far as validation can "
            "tell.",
        ),
    )
}
