"""An evaluation as text on a terminal."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from saccade.core.finding import plural
from saccade.core.many_classes import are_many, first_of_many
from saccade.evaluation.text import add_row, brief_cell, heading, score_cells, start_table

if TYPE_CHECKING:
    from saccade.tasks.classification.evaluation import Evaluation

SHOWN_CONFUSIONS = 10


def lines(evaluation: "Evaluation") -> Iterator[RenderableType]:
    """Yield what a terminal shows, from top to bottom."""
    title = f"{evaluation.split}: {evaluation.images:,} images, {len(evaluation.classes)} classes"
    yield from heading(title, accesses=evaluation.accesses, other=evaluation.other_data)
    if evaluation.only_class:
        yield Text(f"It answers '{evaluation.only_class}' for every image: it tells no classes apart.", "bold red")
    if evaluation.selection:
        yield Text(evaluation.selection.sentence, "yellow")
    yield _score_table(evaluation)
    yield from (Text(sentence) for sentence in _sentences(evaluation))
    if evaluation.abstentions:
        yield _abstention_table(evaluation)
    yield from _left_out(evaluation)
    yield _class_table(evaluation)
    if evaluation.confusions:
        yield _confusion_table(evaluation)


def _score_table(evaluation: "Evaluation") -> Table:
    table = start_table("", "value", "95% interval")
    for name, score in evaluation.scores.items():
        add_row(table, name.replace("_", " "), *score_cells(score))
    if evaluation.without_duplicates:
        leaked = plural(evaluation.without_duplicates.leaked, "image", "images")
        left_out = f"accuracy without {leaked} with a duplicate outside"
        add_row(table, left_out, *score_cells(evaluation.without_duplicates.accuracy))
    for each in evaluation.baselines:
        add_row(table, f"baseline: {each.title}", *score_cells(each.accuracy), style="dim")
    return table


def _sentences(evaluation: "Evaluation") -> Iterator[str]:
    if evaluation.resolution:
        yield evaluation.resolution
    if evaluation.baseline:
        yield evaluation.baseline.sentence
    if evaluation.calibration and evaluation.calibration.temperature == 1:
        yield (
            f"Probabilities are as the network gives them: {evaluation.calibration.images:,} validation "
            f"image{'' if evaluation.calibration.images == 1 else 's'} asked for no correction."
        )
    elif evaluation.calibration and evaluation.uncorrected:
        before, after = (each["calibration_error"].value for each in (evaluation.uncorrected, evaluation.scores))
        yield (
            f"Probabilities are corrected by temperature {evaluation.calibration.temperature:g}, fitted on "
            f"{evaluation.calibration.images:,} validation images: calibration error {before:.4f} before, "
            f"{after:.4f} after; up to {evaluation.chance_error:.4f} can be chance."
        )
    if evaluation.refusals:
        yield evaluation.refusals.sentence
    if evaluation.spread:
        yield (
            f"Over {evaluation.spread.runs} runs with other seeds: mean accuracy {evaluation.spread.mean:.4f}, "
            f"standard deviation {evaluation.spread.std:.4f}."
        )


def _abstention_table(evaluation: "Evaluation") -> Table:
    table = start_table("leaving unsure images undecided", "answered", "wrong of these")
    for each in evaluation.abstentions:
        wrong = f"{each.error.value:.2%}" if each.error.value is not None else "–"
        add_row(table, f"predict --abstain {each.promised:g}", f"{each.coverage:.1%}", wrong)
    return table


def _class_table(evaluation: "Evaluation") -> Table:
    per_class, shown = evaluation.per_class, _shown_classes(evaluation)
    table = start_table("class", *per_class)
    for row in shown:
        cells = [brief_cell(scores[row]) for scores in per_class.values()]
        if not evaluation.other_data or set(cells) - {
            "–",
            "0",
        }:  # of other data, classes that are neither there nor answered
            add_row(table, evaluation.classes[row], *cells)
    return table


def _left_out(evaluation: "Evaluation") -> Iterator[Text]:
    """Yield that not all classes are shown, where they are too many."""
    shown = _shown_classes(evaluation)
    if len(shown) < len(evaluation.classes):
        which = f"{len(evaluation.classes):,} classes, these {len(shown)} are recognised least"
        yield Text(f"Of {which}; all are in per_class.csv.")


def _shown_classes(evaluation: "Evaluation") -> list[int]:
    """Return the classes that are shown, by number: all, or of very many those that are recognised least."""
    every = range(len(evaluation.classes))
    if not are_many(every):
        return list(every)
    recalls = evaluation.per_class["recall"]
    known = [row for row in every if recalls[row].value is not None]
    return first_of_many(known, key=lambda row: (recalls[row].value or 0, -(recalls[row].high or 0)))


def _confusion_table(evaluation: "Evaluation") -> Table:
    table = start_table("most frequent mistakes", "images", "of the class")
    for mistake in evaluation.confusions[:SHOWN_CONFUSIONS]:
        what = f"{mistake.true} taken for {mistake.predicted}"
        add_row(table, what, f"{mistake.count:,}", f"{mistake.share:.1%}")
    return table
