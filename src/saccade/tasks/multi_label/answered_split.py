"""What a multi-label classifier says of each image of a split: labels that were missed and invented."""

import numpy as np

from saccade.core.answered_split import AnsweredSplit
from saccade.core.run import Run
from saccade.evaluation.answered_split import open_own_split
from saccade.inference import load_model
from saccade.tasks.answered_images import Pile, Said, answered_images
from saccade.tasks.image_evaluating import answers
from saccade.tasks.multi_label.thresholds import Thresholds, halves


def answered(run: Run, *, split: str, data: str | None, quiet: bool) -> AnsweredSplit:
    """Return what the network says of each image of a split; arguments and errors as `Task.answered`."""
    dataset, rows = open_own_split(run, split=split, data=data, quiet=quiet)
    found = answers(load_model(run), dataset, rows)
    limits = np.asarray((run.load(Thresholds) or halves(dataset.tags)).values)
    given, truth, tags = found >= limits, dataset.of(split) == 1, np.array(dataset.tags)
    said = [
        Said(int(row), _joined(tags[is_said]), _joined(tags[is_true]), _wrong(tags, is_said, is_true))
        for row, is_said, is_true in zip(rows, given, truth, strict=True)
    ]
    wrong = np.argsort(-(given != truth).sum(axis=1), kind="stable").tolist()
    piles = [Pile("worst", "Most wrong labels", "", [said[at] for at in wrong if (given[at] != truth[at]).any()])]
    for at, tag in enumerate(dataset.tags):
        missed = sorted(np.flatnonzero(truth[:, at] & ~given[:, at]).tolist(), key=lambda row: found[row, at])
        invented = sorted(np.flatnonzero(~truth[:, at] & given[:, at]).tolist(), key=lambda row: -found[row, at])
        piles.append(Pile(f"missed-{at}", f"{tag}, missed", "The least probable first.", [said[n] for n in missed], 24))
        piles.append(Pile(f"invented-{at}", f"{tag}, invented", "The surest first.", [said[n] for n in invented], 24))
    right = dict(zip(rows.tolist(), (given == truth).all(axis=1).tolist(), strict=True))
    return answered_images(dataset, split, piles, count=len(rows), right=right)


def _joined(tags: "np.ndarray[tuple[int], np.dtype[np.str_]]") -> str:
    return ", ".join(tags.tolist()) or "no label"


def _wrong(
    tags: "np.ndarray[tuple[int], np.dtype[np.str_]]",
    said: "np.ndarray[tuple[int], np.dtype[np.bool_]]",
    true: "np.ndarray[tuple[int], np.dtype[np.bool_]]",
) -> str:
    missed, invented = tags[true & ~said].tolist(), tags[said & ~true].tolist()
    each = [f"missed {', '.join(missed)}"] * bool(missed) + [f"invented {', '.join(invented)}"] * bool(invented)
    return "; ".join(each) or "all right"
