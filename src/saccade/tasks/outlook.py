"""Outlook: what a training on a folder of images will do, said before any image is decoded.

The form of the studio says it while a person still chooses: a recipe alone does not tell that photos get a pretrained
network, and that few of them get a linear layer on it which is solved for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from saccade.core.spaced_rows import spaced
from saccade.core.split_names import says_nothing, splits_of
from saccade.core.split_size import wanted_rows
from saccade.modalities.images.loading import Seen, read_listing, seen_in
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
    """Return what a training will do, in a few sentences; "" where the recipe says it, or the data have only a name.

    For example::

        outlook(recipes.read("quick", data="photos"))
        # "12 photos: a linear layer on efficientnet_lite0, pretrained, is solved for. …"
    """
    if not tries_several(recipe):
        return ""
    files = _of_folder(recipe) or _of_table(recipe)
    if files is None:
        return ""
    seen = seen_in([files.paths[at] for at in spaced(np.arange(len(files.paths)), SAMPLE)], quiet=True)
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


@dataclass(frozen=True)
class _Files:
    """Image files, and the split that the data give each, "" where they give none."""

    paths: Sequence[str]
    splits: Sequence[str]


def _of_folder(recipe: PretrainedSettings) -> _Files | None:
    files, folder = listed_files(recipe), Path(recipe.data).expanduser()
    if not files:
        return None
    tops = [file.replace("\\", "/").partition("/")[0] for file in files]
    said = splits_of(dict.fromkeys(tops))
    return _Files([str(folder / file) for file in files], [said.get(top, "") for top in tops])


def _of_table(recipe: PretrainedSettings) -> _Files | None:
    path = Path(recipe.data).expanduser()
    if path.suffix.lower() not in LABELS or not path.is_file():
        return None
    listing = read_listing(recipe.data, label=getattr(recipe, "label", ""), quiet=True)
    return _Files(listing.files, listing.splits.tolist()) if listing.files else None


def _validation_images(recipe: PretrainedSettings, files: _Files) -> int:
    """Return how many images validation will have, about; no image is looked at."""
    count = len(files.paths)
    given = list(files.splits) if recipe.split == "given" else [""] * count
    if "validation" in given:
        return given.count("validation")
    rest = given.count("train") if "test" in given else count
    test = 0 if "test" in given else wanted_rows(recipe.test, count, split="test", noun="images")
    return min(rest - test, wanted_rows(recipe.validation, rest - test, split="validation", noun="images"))


def _plain(recipe: PretrainedSettings, seen: Seen) -> str:
    if seen.grey or recipe.channels == 1:
        why = "grey images"
    elif (recipe.image_size or seen.side) < LEAST_SIDE:
        why = f"images below {LEAST_SIDE} pixels"
    else:
        return ""
    return f"The network {recipe.model.name} is trained from random weights: for {why} a pretrained one is not tried."


def _few(recipe: PretrainedSettings, files: _Files) -> str:
    first = next(iter(ways(recipe).values()))
    instead = f" pretrained=false trains {recipe.model.name} from random weights instead." * (
        recipe.pretrained == "auto"
    )
    return (
        f"{len(files.paths):,} photos: {first}, is solved for, without epochs. It takes {ENOUGH} validation images to "
        f"choose between more ways, and there will be fewer.{instead}"
    )


def _many(recipe: PretrainedSettings, files: _Files) -> str:
    listed = "; ".join(ways(recipe).values())
    return f"{len(files.paths):,} photos: these ways are tried in turn, and validation chooses: {listed}."
