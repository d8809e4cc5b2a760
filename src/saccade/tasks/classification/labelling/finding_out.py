"""What is found out of a folder's images once: features by a pretrained network, and which of them show the same.

Run as a program, in a process of its own, for it loads Keras; it says what it is doing, a line of JSON each:

    python -m saccade.tasks.classification.labelling.finding_out photos/ ignored
"""

import json
import sys
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from saccade.core.cache import built_once
from saccade.core.errors import SaccadeError
from saccade.modalities.images import audit
from saccade.modalities.images.file_properties import survey
from saccade.modalities.images.label_file import Folders
from saccade.modalities.images.store import Look, store
from saccade.modalities.images.surveyed_folder import SurveyedFolder, look_through
from saccade.tasks.classification.labelling.surveying import known_folder
from saccade.tasks.image_features import features

FEW, LARGE, SMALL = 5000, 160, 96
"""Up to so many images are looked at by the pretrained network at the larger side, more at the smaller."""

NUMBERS = 256
"""Of each image's features, by principal components: a model on them is solved for in tenths of a second."""


def find_out(images: Path, folders: Folders) -> None:
    """Compute what `surveying.known` returns, into the cache; loads Keras, and takes 8 ms of a core an image."""
    surveyed = look_through(images, folders)
    built_once(known_folder(surveyed), partial(_build, surveyed=surveyed))


def _build(folder: Path, *, surveyed: SurveyedFolder) -> None:
    files = [each.path for each in surveyed.found]
    side = LARGE if len(files) <= FEW else SMALL
    pixels = store(files, survey(files, quiet=True), Look(side, side, 3, "pad"), quiet=True).pixels
    _say("Looking at the images with a pretrained network")
    vectors = features(pixels, quiet=True).vectors
    _say("Comparing the images")
    alike = vectors if len(files) <= audit.MOST_COMPARED else None
    units = audit.near_duplicate_groups(pixels, vectors=alike, quiet=True)
    np.save(folder / "units.npy", units)
    np.save(folder / "vectors.npy", components(vectors))


def components(vectors: NDArray[np.float16] | NDArray[np.float32], *, numbers: int = NUMBERS) -> NDArray[np.float32]:
    """Return the principal components (n, m) of features (n, d), as many as asked or as there are."""
    centred: NDArray[np.float32] = np.array(vectors, np.float32)
    centred -= centred.mean(axis=0)
    if min(centred.shape) <= numbers:
        return centred
    _, axes = np.linalg.eigh(centred.T @ centred)
    return np.asarray(centred @ axes[:, ::-1][:, :numbers], np.float32)


def _say(what: str) -> None:
    print(json.dumps({"doing": what}), flush=True)  # noqa: T201


def _main(images: str, folders: Folders) -> None:
    try:
        find_out(Path(images), folders)
    except SaccadeError as error:
        print(json.dumps({"error": str(error)}), flush=True)  # noqa: T201
        sys.exit(2)


if __name__ == "__main__":
    _main(*sys.argv[1:])  # type: ignore[arg-type]
