"""Photos that show the same in another frame stay in one split, where a pretrained network looks at them."""

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_sample_images

from saccade.core import recipe as recipes
from saccade.tasks import base, pretrained_training, steps

pytestmark = pytest.mark.heavy

SIDE, MARGIN, MOVED = 96, 12, 9
"""Pixels; moved so far, another view of a scene is none of a search by pixels."""


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """Give a folder of two classes, 19 tiles of photos, each also as moved by some pixels and in other light."""
    folder, step = tmp_path_factory.mktemp("photos"), SIDE + 2 * MARGIN
    for kind, photo in zip(("china", "flower"), load_sample_images().images, strict=True):
        (folder / kind).mkdir()
        tiles = [photo[top:, left:] for top in range(0, 307, step) for left in range(0, 520, step)]
        tiles = [tile[:step, :step] for tile in tiles if tile[:step, :step].mean(axis=2).std() > 25]
        for number, tile in enumerate(tiles):
            plain = tile[MARGIN:-MARGIN, MARGIN:-MARGIN]
            top, left = MARGIN - MOVED, MARGIN + MOVED
            other = tile[top : top + SIDE, left : left + SIDE] * 0.8
            Image.fromarray(plain).save(folder / kind / f"{number}.png")
            Image.fromarray(other.astype(np.uint8)).save(folder / kind / f"{number}-again.png")
    return folder


def prepared(photos, **settings):
    fields = {"data": str(photos), "image_size": 96, "model": "quick", "validation": 0.3, "test": 0.3}
    return base.prepare(recipes.read("", **{**fields, **settings}), quiet=True)[1]


def together(dataset):
    """Return the part of the photos that are in the split of their other view."""
    splits = dict(zip(dataset.names.tolist(), dataset.splits.tolist(), strict=True))
    pairs = [(name, name.replace(".png", "-again.png")) for name in splits if "again" not in name]
    return np.mean([splits[one] == splits[other] for one, other in pairs])


def test_photos_of_one_scene_stay_in_one_split(photos):
    dataset = prepared(photos, pretrained="true")
    assert dataset.vectors.shape == (len(dataset), 1280)
    assert together(dataset) >= 0.9
    without = prepared(photos, pretrained="false")
    assert without.vectors is None
    assert together(without) < 0.8  # edges and pixels find some; as chance has it, a third are together


@pytest.mark.parametrize("duplicates", ["together", "ignored"])
def test_the_audit_says_where_they_are(photos, duplicates):
    asked = {"duplicates": duplicates, "image_size": 96, "validation": 0.3, "test": 0.3}
    found = steps.prepare(recipes.read("quick", data=str(photos), **asked), quiet=True).audit(quiet=True)
    kinds = {each.kind for each in found.findings}
    assert ("duplicates_across_splits" in kinds) == (duplicates == "ignored")
    assert "duplicates_within_split" in kinds


def test_training_looks_at_no_image_again_and_not_at_the_test_split(photos):
    recipe = recipes.read("pretrained", data=str(photos), image_size=96, validation=0.3, test=0.3)
    recipe, dataset = base.prepare(recipe, quiet=True)
    seen = pretrained_training.vectors_of(recipe, dataset)
    rows = dataset.rows("train")
    assert np.array_equal(seen[rows], dataset.vectors[rows])
    with pytest.raises(LookupError):
        seen[dataset.rows("test")]
