"""Labelled images that a run was not trained on, normal or not as the run has it."""

import unicodedata
from collections import Counter
from dataclasses import replace
from functools import partial

import numpy as np

from saccade.core.errors import DataError, RecipeError, unknown
from saccade.core.other_data import Other
from saccade.core.run import Run
from saccade.core.shell_words import shell_word
from saccade.modalities.images.dataset import ImageDataset
from saccade.modalities.tables.table import ANOMALY
from saccade.tasks.anomaly_detection import image_preparation
from saccade.tasks.anomaly_detection.one_class_images import USUAL_NAMES, OneClassImages, judged
from saccade.tasks.joined_data import compare_prevalence, listed
from saccade.tasks.other_images import Labelling, own_or_other_images


def own_or_other(
    run: Run, *, data: str, split: str = "", label: str = "", normal: str = "", quiet: bool = False
) -> tuple[ImageDataset, Other | None]:
    """Return the run's own images, or others behind what is left of them; `normal` names their normal class."""
    if label:
        raise RecipeError("--label is the column of labels of a table; images have their classes.")
    by = Labelling(
        partial(image_preparation.labelled, quiet=quiet),
        lambda run, found: image_preparation.returned(run, judged(found, normal=run.recipe.normal)),
        lambda run, found: _judged(run, found, normal),
    )
    return own_or_other_images(run, data, by=by, split=split)


def _plain(name: str) -> str:
    """Return a name with its accents composed: macOS writes them apart."""
    return unicodedata.normalize("NFC", name)


def _judged(run: Run, found: ImageDataset, normal: str) -> tuple[OneClassImages, list[str]]:
    """Return images judged by the class that is normal in the run; where it is not there, all are anomalies."""
    reference = normal or run.data["normal"]
    named = [name for name in found.classes if _plain(name).casefold() == _plain(reference).casefold()]
    if named:
        other, notes = judged(found, normal=named[0]), list[str]()
    elif normal:
        raise unknown(f"class of {found.name}", normal, found.classes)
    else:
        other, notes = _all_anomalies(found, reference)
    return other, [*notes, *compare_prevalence(_share_of_kinds(run), other.labels, "images")]


def _all_anomalies(found: ImageDataset, reference: str) -> tuple[OneClassImages, list[str]]:
    alike = [name for name in found.classes if name.lower() in USUAL_NAMES]
    if alike:
        raise DataError(
            f"{found.source} has no class '{reference}', which is the normal one of the run, but '{alike[0]}'. If that "
            f"is what is normal: --normal {shell_word(alike[0])}"
        )
    other = replace(judged(found, normal=found.classes[0]), normal=reference)
    other = replace(other, labels=np.full(len(found.labels), ANOMALY, np.int64))
    note = f"There is no class '{reference}', which is the normal one of the run: all images are taken for anomalies."
    return other, [f"{note} If one of {listed(found.classes)} is normal: --normal NAME."]


def _share_of_kinds(run: Run) -> float | None:
    normal = run.data["normal"]
    counts = Counter[bool]()
    for kinds in run.data["counts"].values():
        for kind, count in kinds.items():
            counts[kind != normal] += count
    return counts[True] / counts.total() if counts[True] else None
