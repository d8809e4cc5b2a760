"""Outlook: what a training on a folder of images will do, said before any image is decoded.

The form of the studio says it while a person still chooses: a recipe alone does not tell that photos get a pretrained
network, and that few of them get a linear layer on it which is solved for.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from saccade.core.spaced_rows import spaced
from saccade.core.split_names import says_nothing, splits_of
from saccade.core.split_size import wanted_rows
from saccade.modalities.images.loading import Seen, seen_in
from saccade.tasks.contenders import LEAST_SIDE, is_for_photos, tries_several, ways
from saccade.tasks.file_thumbnails import listed_files
from saccade.tasks.linear_head import ENOUGH
from saccade.tasks.pretrained_settings import PretrainedSettings

SAMPLE = 60
"""Files whose headers are read, spread over all of them."""

LABELS = {".csv", ".tsv", ".txt", ".json", ".jsonl", ".parquet"}
"""Files that may say what the images of a folder show."""

CHOOSE_ANOMALIES = "Choose the task anomaly detection to find images that do not belong among those of one class."


def outlook(recipe: PretrainedSettings) -> str:
    """Return what a training will do, in a few sentences; "" where the recipe says it, or the data are no folder.

    For example::

        outlook(recipes.read("quick", data="photos"))
        # "12 photos: a linear layer on efficientnet_lite0, pretrained, is solved for. …"
    """
    files = listed_files(recipe)
    if not files or not tries_several(recipe):
        return ""
    seen = _sampled(recipe, files)
    if recipe.pretrained == "auto" and not is_for_photos(recipe, lambda: seen):
        return _plain(recipe, seen)
    return _few(recipe, files) if _validation_images(recipe, files) < ENOUGH else _many(recipe, files)


def one_class(recipe: PretrainedSettings) -> str:
    """Return that a folder has images of one class only, and what can be done with them.

    "" where it has more, or where its folders are no classes: a file in it may say what each image shows.
    """
    names = {Path(file).parent.name for file in listed_files(recipe)}
    if len(names) != 1 or any(not name or says_nothing(name) for name in names) or _has_labels(recipe):
        return ""
    return f"All images are of one class, '{names.pop()}', and a classifier needs two. {CHOOSE_ANOMALIES}"


def _has_labels(recipe: PretrainedSettings) -> bool:
    return any(path.suffix.lower() in LABELS for path in Path(recipe.data).expanduser().iterdir())


def _sampled(recipe: PretrainedSettings, files: Sequence[str]) -> Seen:
    folder = Path(recipe.data).expanduser()
    return seen_in([str(folder / files[at]) for at in spaced(np.arange(len(files)), SAMPLE)], quiet=True)


def _validation_images(recipe: PretrainedSettings, files: Sequence[str]) -> int:
    """Return how many images validation will have, about; no image is looked at."""
    tops = [file.replace("\\", "/").partition("/")[0] for file in files]
    said = splits_of(dict.fromkeys(tops)) if recipe.split == "given" else {}
    given = [said.get(top, "") for top in tops]
    if "validation" in given:
        return given.count("validation")
    rest = given.count("train") if "test" in given else len(files)
    test = 0 if "test" in given else wanted_rows(recipe.test, len(files), split="test", noun="images")
    return min(rest - test, wanted_rows(recipe.validation, rest - test, split="validation", noun="images"))


def _plain(recipe: PretrainedSettings, seen: Seen) -> str:
    if seen.grey or recipe.channels == 1:
        why = "grey images"
    elif (recipe.image_size or seen.side) < LEAST_SIDE:
        why = f"images below {LEAST_SIDE} pixels"
    else:
        return ""
    return f"The network {recipe.model.name} is trained from random weights: for {why} a pretrained one is not tried."


def _few(recipe: PretrainedSettings, files: Sequence[str]) -> str:
    first = next(iter(ways(recipe).values()))
    instead = f" pretrained=false trains {recipe.model.name} from random weights instead." * (
        recipe.pretrained == "auto"
    )
    return (
        f"{len(files):,} photos: {first}, is solved for, without epochs. It takes {ENOUGH} validation images to choose "
        f"between more ways, and there will be fewer.{instead}"
    )


def _many(recipe: PretrainedSettings, files: Sequence[str]) -> str:
    listed = "; ".join(ways(recipe).values())
    return f"{len(files):,} photos: these ways are tried in turn, and validation chooses: {listed}."
