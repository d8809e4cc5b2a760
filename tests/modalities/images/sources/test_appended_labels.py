import numpy as np
import pytest
from PIL import Image

from saccade.core.errors import DataError
from saccade.modalities.images.label_file import LabelFile
from saccade.modalities.images.loading import load
from saccade.modalities.images.splitting import assign_splits, in_test

SIZES = {"validation": 0.1, "test": 0.3, "seed": 0}


@pytest.fixture
def photos(make_images):
    return make_images({".": 60})


def label(photos, numbers, *, folders="ignored"):
    file = LabelFile.beside(photos, folders=folders)
    file.append([(f"{number}.png", "cat" if number % 2 else "dog") for number in numbers])


def test_labelled_images_are_read_and_the_others_counted(photos):
    label(photos, range(20))
    for source in (photos, photos / "labels.jsonl"):
        found = load(source, quiet=True)
        assert found.classes == ("cat", "dog")
        assert len(found) == 20
        assert "40 images without a label were left out." in found.notes


def test_a_label_that_was_taken_back_is_left_out(photos):
    label(photos, range(20))
    LabelFile.beside(photos).append([("3.png", None)])
    assert "3.png" not in load(photos, quiet=True).names


def test_without_a_label_it_says_what_to_do(photos):
    label(photos, [1])
    LabelFile.beside(photos).append([("1.png", None)])
    with pytest.raises(DataError, match="has no label yet for the 60 images"):
        load(photos, quiet=True)


def test_a_labelled_file_that_is_gone_is_skipped_and_said(photos):
    label(photos, range(20))
    (photos / "4.png").unlink()
    found = load(photos, quiet=True)
    assert [(item.name, item.reason) for item in found.skipped_items] == [("4.png", "there is no such file.")]


def test_the_address_of_the_data_finds_them_as_they_were(photos):
    label(photos, range(20))
    before = load(photos, quiet=True)
    label(photos, range(20, 40))
    LabelFile.beside(photos).append([("3.png", "dog")])
    again = load(before.source, quiet=True)
    assert before.source.endswith("labels.jsonl@20")
    assert again.content_hash == before.content_hash
    assert load(photos, quiet=True).content_hash != before.content_hash


def test_an_image_that_was_in_the_test_split_stays_in_it(photos):
    tested = set()
    for start in range(0, 60, 20):
        label(photos, range(start, start + 20))
        found = assign_splits(load(photos, quiet=True), **SIZES)
        now = set(found.names[found.rows("test")].tolist())
        assert tested <= now
        assert not tested & set(found.names[found.rows("train")].tolist())
        tested = now
    assert 6 <= len(tested) <= 30


def test_an_image_whose_label_is_corrected_stays_where_it_is(photos):
    label(photos, range(60))
    before = assign_splits(load(photos, quiet=True), **SIZES)
    LabelFile.beside(photos).append([(f"{number}.png", "cat") for number in range(0, 20, 2)])
    after = assign_splits(load(photos, quiet=True), **SIZES)
    assert set(before.names[before.rows("test")]) == set(after.names[after.rows("test")])


def test_duplicates_share_the_split_of_the_one_that_is_tested():
    lots, units = np.array([0.05, 0.9, 0.8, 0.7]), np.array([0, 0, 1, 2])
    assert in_test(lots, units, share=0.1, seed=0).tolist() == [True, True, False, False]
    assert in_test(lots, units, share=0.0, seed=0).tolist() == [False] * 4


def test_another_seed_draws_another_test_split(photos):
    label(photos, range(60))
    data = load(photos, quiet=True)
    first, other = (assign_splits(data, **{**SIZES, "seed": seed}).splits for seed in (0, 1))
    assert (first != other).any()


def test_a_class_that_is_only_in_the_test_split_is_refused(photos):
    label(photos, range(60))
    tested = assign_splits(load(photos, quiet=True), **SIZES)
    name = str(tested.names[tested.rows("test")[0]])
    LabelFile.beside(photos).append([(name, "fox")])
    with pytest.raises(DataError, match="All labelled images of 'fox' .* belong to the test split"):
        assign_splits(load(photos, quiet=True), **SIZES)


def test_folders_say_the_class_of_what_has_no_label(make_images):
    photos = make_images({"cat": 5, "dog": 5})
    LabelFile.beside(photos, folders="classes").append([("cat/1.png", "dog"), ("dog/2.png", None)])
    found = load(photos, quiet=True)
    classes = dict(zip(found.names.tolist(), (found.classes[each] for each in found.labels), strict=True))
    assert classes["cat/1.png"] == "dog"
    assert classes["cat/2.png"] == "cat"
    assert "dog/2.png" not in classes


def test_a_table_in_lines_of_json_is_read_as_before(make_images):
    photos = make_images({".": 4})
    lines = [f'{{"file_name": "{number}.png", "label": "{"ab"[number % 2]}"}}\n' for number in range(4)]
    (photos / "labels.jsonl").write_text("".join(lines))
    assert load(photos / "labels.jsonl", quiet=True).classes == ("a", "b")


@pytest.mark.slow
def test_a_run_trained_on_it_is_evaluated_after_more_labels(tmp_path):
    from saccade import api

    photos, rng = tmp_path / "photos", np.random.default_rng(0)
    photos.mkdir()
    for number in range(80):
        shade = rng.integers(0, 90) + (160 if number % 2 else 0)
        Image.fromarray(rng.integers(shade, shade + 6, (16, 16, 3)).astype(np.uint8)).save(photos / f"{number}.png")
    label(photos, range(60))
    settings = {"model": "dense", "epochs": 10, "batch_size": 16, "pretrained": "false", "augment.flip": "none"}
    run = api.train("quick", data=str(photos), runs=tmp_path / "runs", **settings, quiet=True, check=False)
    assert run.path.joinpath("recipe.yaml").read_text().count("labels.jsonl@60") == 1
    label(photos, range(60, 80))
    assert run.evaluate().metrics["accuracy"].value > 0.5
