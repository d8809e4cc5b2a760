from dataclasses import replace

import numpy as np
import pytest

from saccade.core.errors import DataError
from saccade.modalities.images.dataset import ImageDataset
from saccade.tasks.folds import assign_folds

pytestmark = pytest.mark.heavy


@pytest.fixture(scope="module")
def stripes():
    """Three classes by the height of a bright row, in noise."""
    random = np.random.default_rng(0)
    shown = random.integers(0, 3, 300)
    images = random.integers(0, 100, (300, 12, 12, 1), dtype=np.uint8)
    images[np.arange(300), shown * 4 + 1] = 255
    return ImageDataset(
        name="stripes",
        source="stripes",
        images=images,
        labels=shown.astype(np.int64),
        classes=("top", "middle", "bottom"),
        names=np.array([f"{row:04d}" for row in range(300)]),
        splits=np.full(300, "train", "<U10"),
        content_hash="stripes",
    )


@pytest.fixture
def large(stripes):
    """The same images at 24 pixels, where near duplicates are looked for."""
    return replace(stripes, images=stripes.images.repeat(2, axis=1).repeat(2, axis=2))


def test_every_image_has_a_fold_and_classes_are_spread_evenly(stripes):
    folds = assign_folds(stripes, 3, seed=0, quiet=True)
    counts = np.array([np.bincount(stripes.labels[folds == fold], minlength=3) for fold in range(3)])
    assert counts.sum() == 300
    assert np.ptp(counts, axis=0).max() <= 3


def test_duplicates_are_judged_by_the_same_network(large):
    images = large.images.copy()
    images[100:150] = images[:50]
    images[200:210] = np.minimum(images[:10].astype(int) + 9, 255)  # a little brighter
    folds = assign_folds(replace(large, images=images), 4, seed=0, quiet=True)
    assert (folds[100:150] == folds[:50]).all()
    assert (folds[200:210] == folds[:10]).all()


def test_rows_of_a_group_stay_together_also_when_duplicates_join_two_groups(large):
    images, groups = large.images.copy(), np.repeat(np.arange(30), 10).astype("<U8")
    groups[-20:] = ""
    images[15] = images[5]  # groups 0 and 1 share an image
    images[295] = images[25]  # an image without a group has a duplicate in group 2
    folds = assign_folds(replace(large, images=images, groups=groups), 3, seed=0, quiet=True)
    assert all(len(set(folds[groups == group].tolist())) == 1 for group in set(groups.tolist()) - {""})
    assert folds[0] == folds[10]
    assert folds[295] == folds[25]
    assert len(set(folds[groups == ""].tolist())) == 3


def test_another_seed_cuts_other_folds_and_the_same_seed_the_same(stripes):
    one, again, other = (assign_folds(stripes, 3, seed=seed, quiet=True) for seed in (0, 0, 1))
    assert (one == again).all()
    assert (one != other).any()


def test_too_few_independent_images_are_refused(stripes):
    few = replace(stripes, groups=np.repeat(["a", "b"], 150))
    with pytest.raises(DataError, match="Cannot cut stripes into 3 folds: .* the largest class has 2 independent"):
        assign_folds(few, 3, seed=0, quiet=True)
    with pytest.raises(DataError, match="into 1 folds: it takes two at least"):
        assign_folds(few, 1, seed=0, quiet=True)
