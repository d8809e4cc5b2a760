"""A recommender on the command line: what describes its data, prints its answers and shows its inside."""

import csv
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from saccade.core.errors import DataError, RecipeError
from saccade.tasks.recommendation.predictor import COUNT, REASONS

if TYPE_CHECKING:  # a machine that only predicts has not all that data sets and runs need
    from saccade.core.dataset import SkippedItem
    from saccade.core.run import Run
    from saccade.modalities.ratings.dataset import RatingsDataset
    from saccade.tasks.recommendation.predictor import RecommendationPredictor
    from saccade.tasks.recommendation.recommendations import Recommendation, Recommendations

COLUMNS = ("user", "rank", "item", "title", "score", "expected")

SHOWN_SKIPPED = 3


def describe(dataset: "RatingsDataset") -> None:
    """Print size, scale, how many ratings are usual, splits, notes, and what was skipped."""
    own = dataset.ratings
    full = len(own) / max(1, len(own.users) * len(own.items))
    counted = f"{len(own):,} ratings of {len(own.items):,} items by {len(own.users):,} users"
    click.echo(f"{dataset.name}: {counted}, {full:.2%} of all that there could be")
    click.echo(f"  {_scale(dataset)}")
    for split, counts in dataset.counts().items():
        users = len(dataset.users_of(split))
        click.echo(f"  {split}: {sum(counts.values()):,} ratings of {users:,} user{'' if users == 1 else 's'}")
    for note in dataset.notes:
        click.echo(f"  note: {note}")
    if dataset.skipped_items:
        rest = len(dataset.skipped_items) - SHOWN_SKIPPED
        shown = "; ".join(map(_skipped, dataset.skipped_items[:SHOWN_SKIPPED]))
        more = f"; and {rest:,} reasons more, listed in data.json" if rest > 0 else ""
        click.echo(f"  {sum(each.count for each in dataset.skipped_items):,} skipped: {shown}{more}")


def _skipped(item: "SkippedItem") -> str:
    """Return "30 × the same user rated the same item again", "line 7: it does not say who rated"."""
    where = f"{item.name}: " if item.name else ""
    return f"{f'{item.count:,} × ' if item.count > 1 else ''}{where}{item.reason.rstrip('.')}"


def _scale(dataset: "RatingsDataset") -> str:
    """Return "ratings 1 (6%), 2 (11%), 3 (27%), 4 (34%), 5 (21%)"."""
    scale = dataset.scale
    if scale.is_implicit:
        return "no ratings, only who took what: nothing says how much it was liked"
    totals: dict[str, int] = {}
    for counts in dataset.counts().values():
        for name, count in counts.items():
            totals[name] = totals.get(name, 0) + count
    every = max(1, sum(totals.values()))
    return f"ratings {', '.join(f'{name} ({count / every:.0%})' for name, count in totals.items())}"


def print_recommendations(
    predictor: "RecommendationPredictor",
    source: object,
    files: Sequence[str],
    *,
    form: str,
    user: Sequence[str] = (),
    rate: Sequence[str] = (),
    count: int = COUNT,
    reasons: int | None = None,
) -> None:
    """Print what users of the run, somebody new, or the users in a file of ratings may like.

    Args:
        predictor: a RecommendationPredictor.
        source: the run or the file.
        files: at most one file of ratings.
        form: "table", "csv" or "json".
        user: users of the run.
        rate: ratings of somebody new, or besides what a user of the run rated: "50=4".
        count: items for each.
        reasons: ratings that are named for each item; left out: 3, none of a file or in CSV.
    """
    _refuse_mixtures(files, user, rate)
    named = 0 if form == "csv" or (files and reasons is None) else REASONS if reasons is None else reasons
    if files:
        from saccade.tasks.recommendation.ratings_files import recommend_file

        found = recommend_file(predictor, files[0], count=count, reasons=named, note=_note, columns=_columns_of(source))
    else:
        found = _asked(predictor, user, rate, count=count, reasons=named)
    WRITERS[form](found)
    if form == "table" and named:
        click.echo("In brackets: how much lower the score would be without that rating.", err=True)


def _columns_of(source: object) -> dict[str, str]:
    """Return the columns that the recipe of a run names, by what they are; of a file, none."""
    path = Path(str(source))
    if not path.is_dir():
        return {}
    from saccade.core.run import Run
    from saccade.modalities.ratings.column_roles import ROLES

    recipe = Run.open(path).recipe
    named = {role: getattr(recipe, f"{role}_column", "") for role in ROLES}
    return {role: name for role, name in named.items() if name}


def _refuse_mixtures(files: Sequence[str], user: Sequence[str], rate: Sequence[str]) -> None:
    if files and (user or rate):
        raise RecipeError("A file of ratings says who rated what: leave --user and --rate out, or the file.")
    if len(files) > 1:
        raise DataError(f"Expected one file of ratings, found {len(files)} names. Ask for one at a time.")
    if len(user) > 1 and rate:
        raise RecipeError("--rate says what one person rated: name one --user, or none for somebody new.")


def _asked(
    predictor: "RecommendationPredictor", users: Sequence[str], rate: Sequence[str], *, count: int, reasons: int
) -> "Iterator[Recommendations]":
    """Yield what users of the run, or somebody new, may like."""
    more = predictor.catalogue.read(rate)
    for user in users or ("",):
        codes = predictor.codes_of(user, more)
        yield from predictor.recommend(codes[None], count=count, reasons=reasons, names=[user])


def _note(sentence: str) -> None:
    click.echo(f"note: {sentence}", err=True)


# What is printed of recommendations


def _print_json(found: "Iterable[Recommendations]") -> None:
    for each in found:
        click.echo(json.dumps(each.to_dict(), ensure_ascii=False))


def _print_csv(found: "Iterable[Recommendations]") -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(COLUMNS)
    for each in found:
        for one in each.items:
            expected = "" if one.expected is None else f"{one.expected:.4f}"
            writer.writerow((each.user, one.rank, one.item, one.title, f"{one.score:.6g}", expected))


def _print_table(found: "Iterable[Recommendations]") -> None:
    for number, each in enumerate(found):
        click.echo(("\n" if number else "") + heading(each))
        wide = max((min(48, len(one.title)) for one in each.items), default=0)
        for one in each.items:
            click.echo(f"{one.rank:>3}  {one.title:<{wide}}  {_worth(one)}{_item(one)}".rstrip())
            if one.reasons:
                click.echo(f"     {_because(one)}")


def heading(found: "Recommendations") -> str:
    """Return who it is for and what is known of them, in a line."""
    who = f"user {found.user}" if found.user else "somebody new"
    if not found.rated:
        return f"For {who}, of whom no rating is known: the same as for everybody like that."
    tried = f"; the {found.tried} that are furthest from their mean were left out in turn"
    many = tried if 0 < found.tried < found.rated else ""
    return f"For {who}, with {found.rated:,} rating{'' if found.rated == 1 else 's'}{many}:"


def _worth(one: "Recommendation") -> str:
    if one.expected is None:
        return f"score {one.score:.3g}"
    return f"{one.expected:.2f} expected" + ("" if one.score == one.expected else f", score {one.score:.3g}")


def _item(one: "Recommendation") -> str:
    return "" if one.item == one.title else f"  ({one.item})"


def _because(one: "Recommendation") -> str:
    return "because: " + ", ".join(f"{each.title}: {each.rating:g} ({each.effect:+.2g})" for each in one.reasons)


WRITERS: "dict[str, Callable[[Iterable[Recommendations]], None]]" = {
    "table": _print_table,
    "json": _print_json,
    "csv": _print_csv,
}


def inspect_run(
    run: "Run",
    items: Sequence[str],
    *,
    user: str | None = None,
    to: Path | None = None,
    as_json: bool = False,
) -> Path | None:
    """Write a page on the hidden units, on an item and its neighbours, or on a user, and return its path.

    Args:
        run: a trained run.
        items: at most one, by its name or title.
        user: one of the run, in its place.
        to: the folder to write into.
        as_json: print JSON and write no page.
    """
    if len(items) + (user is not None) > 1:
        raise RecipeError("Name one item, or one --user, or nothing to see what the hidden units stand for.")
    from saccade.tasks.recommendation.trained import TrainedRecommender

    trained = TrainedRecommender(run.path)
    if user is not None:
        found: Any = trained.inspect_user(user)
    else:
        found = trained.inspect_item(items[0]) if items else trained.overview()
    if as_json:
        click.echo(json.dumps(found.to_dict(), ensure_ascii=False))
        return None
    from saccade.core.rendering import Console

    Console().print(found)
    page: Path = found.save(to or run.inspections_path / found.folder)
    return page
