"""Folders of boxes become images in their splits, and a run finds its own again."""

from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from saccade.core import recipe as recipes
from saccade.core.errors import DataError
from saccade.tasks.object_detection.preparation import prepare, returned, usual_epochs
from saccade.tasks.object_detection.preview import draw_grid
from saccade.tasks.object_detection.reading import load_marked

COUNT = 12


@pytest.fixture
def boxes(tmp_path):
    """Return a folder of photos, each with a box; every third has a second one, and the last has none."""
    random = np.random.default_rng(0)
    for at in range(COUNT):
        pixels = random.integers(0, 255, (30, 40, 3), dtype=np.uint8)
        Image.fromarray(pixels).resize((80, 60)).save(tmp_path / f"{at:02d}.png")
        lines = ["0 .5 .5 .5 .5"] + ["1 .25 .25 .2 .2"] * (at % 3 == 0)
        (tmp_path / f"{at:02d}.txt").write_text("\n".join(lines) if at < COUNT - 1 else "")
    (tmp_path / "classes.txt").write_text("cat\ndog\n")
    return tmp_path


def recipe_for(folder, **fields):
    return recipes.make({"task": "object_detection", "data": str(folder), "test": 3, "validation": 2, **fields})


def test_splits_are_cut_and_every_open_setting_is_filled_in(boxes):
    recipe, dataset = prepare(recipe_for(boxes), quiet=True)
    assert dataset.objects == ("cat", "dog")
    assert {split: len(dataset.rows(split)) for split in ("train", "validation", "test")} == {
        "train": 7,
        "validation": 2,
        "test": 3,
    }
    assert (recipe.image_size, recipe.channels) == (128, 3)
    assert dataset.sizes.tolist() == [[60, 80]] * COUNT
    assert dataset.boxes[1, 0].tolist() == [20, 15, 60, 45]
    assert any("Images of 128 pixels, chosen by the boxes" in note for note in dataset.notes)
    assert not dataset.is_object[-1].any()


def test_images_of_one_shape_are_stretched_unless_a_person_wants_them_padded(boxes):
    recipe, dataset = prepare(recipe_for(boxes), quiet=True)
    assert (recipe.fit, dataset.fit) == ("stretch", "stretch")
    assert any("25% of a square empty" in note for note in dataset.notes)
    recipe, dataset = prepare(recipe_for(boxes, fit="pad", asked=["fit"]), quiet=True)
    assert (recipe.fit, dataset.fit) == ("pad", "pad")
    assert not any("stretched" in note for note in dataset.notes)


@pytest.mark.parametrize(("images", "plain", "pretrained"), [(153, 85, 20), (20, 100, 100), (5000, 12, 12)])
def test_a_network_that_has_seen_others_goes_over_the_images_less_often(boxes, images, plain, pretrained):
    dataset = SimpleNamespace(image_shape=(224, 224, 3), rows=lambda split: range(images))
    assert usual_epochs(recipe_for(boxes), dataset) == plain
    assert usual_epochs(recipe_for(boxes, model="pretrained"), dataset) == pretrained


def test_a_size_that_is_asked_for_is_kept(boxes):
    recipe, dataset = prepare(recipe_for(boxes, image_size=96, fit="stretch"), quiet=True)
    assert dataset.image_shape == (96, 96, 3)
    assert dataset.fit == "stretch"
    assert recipe.image_size == 96


def test_a_run_finds_its_images_in_its_splits_with_its_classes(boxes):
    recipe, dataset = prepare(recipe_for(boxes), quiet=True)
    split = dict(zip(dataset.names.tolist(), dataset.splits.tolist(), strict=True))
    run = SimpleNamespace(data={"classes": ["cat", "dog"]}, split=split, recipe=recipe)
    again = returned(run, load_marked(recipe, quiet=True))
    np.testing.assert_array_equal(again.splits, dataset.splits)
    np.testing.assert_array_equal(again.boxes, dataset.boxes)
    assert again.content_hash == dataset.content_hash


def test_other_boxes_are_other_data(boxes):
    _, dataset = prepare(recipe_for(boxes), quiet=True)
    (boxes / "01.txt").write_text("0 .5 .5 .5 .4")
    _, changed = prepare(recipe_for(boxes), quiet=True)
    assert changed.content_hash != dataset.content_hash


def test_a_file_that_is_no_image_is_skipped_without_a_word_on_lost_classes(boxes):
    (boxes / "03.png").write_text("no image")
    _, dataset = prepare(recipe_for(boxes), quiet=True)
    assert [item.name for item in dataset.skipped_items] == ["03.png"]
    assert not any("{" in note for note in dataset.notes)


def test_a_class_that_training_lacks_is_refused(boxes):
    for split, at in (("train", 1), ("train", 2), ("test", 0)):
        (boxes / split).mkdir(exist_ok=True)
        for ending in ("png", "txt"):
            (boxes / f"{at:02d}.{ending}").rename(boxes / split / f"{at:02d}.{ending}")
    for path in boxes.glob("*.png"):
        path.unlink()
    with pytest.raises(DataError, match="The test split of .* has objects of 'dog', the training split has none"):
        prepare(recipe_for(boxes, validation=0), quiet=True)


@pytest.mark.parametrize(("data", "said"), [("digits", "digits has no boxes"), ("nowhere/here", "no file or folder")])
def test_data_without_boxes_are_refused(data, said):
    with pytest.raises(DataError, match=said):
        prepare(recipe_for(data), quiet=True)


@pytest.mark.heavy
def test_a_preview_has_boxes_in_the_colours_of_their_classes(boxes, tmp_path):
    _, dataset = prepare(recipe_for(boxes), quiet=True)
    draw_grid(dataset, tmp_path / "grid.out")
    with Image.open(tmp_path / "grid.out") as image:
        assert image.format == "PNG"
        colours = {colour for _, colour in image.convert("RGB").getcolors(1 << 24)}
    assert {(230, 159, 0), (0, 158, 115)} <= colours


def test_a_split_without_images_has_no_preview(boxes, tmp_path):
    _, dataset = prepare(recipe_for(boxes), quiet=True)
    with pytest.raises(DataError, match="no images in its nowhere split"):
        draw_grid(dataset, tmp_path / "grid.png", split="nowhere")
