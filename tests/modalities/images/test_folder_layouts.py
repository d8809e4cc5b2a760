"""How folders are read: which are splits, which are classes, which only wrap; a case a line."""

import pytest

from saccade.core.errors import DataError
from saccade.modalities.images import recognition


@pytest.fixture
def make(tmp_path):
    """Give a function that makes files named in a text, and two images in each folder named there."""

    def make(tree):
        for place in (tmp_path / "x" / name for name in tree.split()):
            files = [place] if place.suffix else [place / "0.png", place / "1.png"]
            for file in files:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(b"x")
        return tmp_path / "x"

    return make


def found(listing):
    """Return what was read as "split:class" in the order of rows, a class without split as its name."""
    labels = (listing.classes[label] for label in listing.labels)
    pairs = (f"{split}:{label}".lstrip(":") for split, label in zip(listing.splits, labels, strict=True))
    return " ".join(dict.fromkeys(pairs))


BOTH = "train:cat train:dog test:cat test:dog"
THREE = "train:cat train:dog validation:cat test:cat"

READ = {
    # the names of splits
    "Training/cat Training/dog Testing/cat Testing/dog": BOTH,
    "Training/cat Training/dog Test/cat Test/dog": BOTH,
    "seg_train/cat seg_train/dog seg_test/cat seg_test/dog": BOTH,
    "training_set/cat training_set/dog test_set/cat test_set/dog": BOTH,
    "train_images/cat train_images/dog test_images/cat test_images/dog": BOTH,
    "fruits_train/cat fruits_train/dog fruits_test/cat fruits_test/dog": BOTH,
    "01_TRAIN/cat 01_TRAIN/dog 02-test/cat 02-test/dog": BOTH,
    "Train/cat Train/dog Validate/cat Test/cat": THREE,
    "train/cat train/dog dev/cat test/cat": THREE,
    "training/cat training/dog eval/cat testing/cat": THREE,
    "training/cat training/dog validation/cat evaluation/cat": THREE,
    "trainset/cat trainset/dog valset/cat holdout/cat": THREE,
    "train/cat train/dog test1/cat test2/dog": BOTH,
    "cat/train dog/train cat/test dog/test": BOTH,
    # splits that are wrapped in themselves or in something else
    "training_set/training_set/cat training_set/training_set/dog test_set/test_set/cat test_set/test_set/dog": BOTH,
    "abc_train/abc_train/cat abc_train/abc_train/dog abc_test/abc_test/cat abc_test/abc_test/dog": BOTH,
    "train/clean test/clean test/dirty": "train:clean test:clean test:dirty",
    "pets/train/cat pets/train/dog pets/test labels.csv": "train:cat train:dog",
    "train/images/cat train/images/dog test/images/cat test/images/dog": BOTH,
    "train/pets/cat train/pets/dog test/pets/cat test/pets/dog": BOTH,
    "x/train/cat x/train/dog x/test/cat x/test/dog": BOTH,
    "archive/dataset/train/cat archive/dataset/train/dog archive/dataset/test/cat archive/dataset/test/dog": BOTH,
    "train/cat train/dog": "train:cat train:dog",
    "data/train/cat data/train/dog": "train:cat train:dog",
    # what is no split
    "train car bus": "bus car train",
    "trains planes": "planes trains",
    "positive_test negative_test": "negative_test positive_test",
    "Trainer contest": "Trainer contest",
    "train/train train/car test/train test/car": "train:car train:train test:car test:train",
    # folders within classes
    "cat/2019 cat/2020 dog/2019 dog/2020": "cat dog",
    "cat/lot1 cat/lot2 dog/lot1 dog/lot2": "cat dog",
    "animals/cat animals/dog vehicles/car vehicles/bus": "animals vehicles",
    "cat/2019/june cat dog": "cat dog",
    "train/cat/raw train/cat/edited train/dog/raw train/dog/edited": "train:cat train:dog",
    "train/c1/lot1 train/c1/lot2 train/c2/lot1 train/c2/lot2 test/c1": "train:c1 train:c2 test:c1",
    # wrapping
    "PetImages/cat PetImages/dog": "cat dog",
    "PetImages/cat PetImages/dog readme.txt LICENSE.md sample.jpg docs/manual.pdf": "cat dog",
    "a/b/c/cat a/b/c/dog a/notes.txt a/b/c/more.txt": "cat dog",
}


@pytest.mark.parametrize(("tree", "expected"), READ.items(), ids=READ)
def test_folders_are_read_as_people_mean_them(make, tree, expected):
    assert found(recognition.read(make(tree))) == expected


NOTED = {
    "Training/cat Training/dog Testing/cat": "no classes: 'Training' is read as train, 'Testing' is read as test.",
    "train/cat train/dog test1/cat test2/dog": "'test1' and 'test2' are read as test.",
    "train/train/cat train/train/dog test/test/cat": "'train/train' is read as train, 'test/test' is read as test.",
    "train car bus": "'train' is read as a class, not as a split: it has no class folders in it.",
    "cat/train dog/train cat/test": "the folders in them, 'test' and 'train', are read as splits",
    "animals/cat animals/dog vehicles": "All images in the folders of 'animals' belong to that class.",
    "Pets/cat Pets/dog readme.txt docs/a.pdf": "from the folder 'Pets'; what lies beside it was left out: docs, readme",
    "train/cat train/dog test": "test: folder beside the splits, left out: 2 images.",
    "seg_train/a/cat seg_train/a/dog seg_test/a/cat seg_pred/seg_pred": "seg_pred: folder beside the splits, left out: "
    "2 images.",
    "train/cat train/dog test/cat train/0.png": "train/0.png: image outside of the class folders, left out.",
}


@pytest.mark.parametrize(("tree", "note"), NOTED.items(), ids=NOTED)
def test_the_reading_that_was_chosen_is_said(make, tree, note):
    found = recognition.read(make(tree))
    assert note in "\n".join([*found.notes, *(f"{each.name}: {each.reason}" for each in found.skipped_items)])


@pytest.mark.parametrize(
    "tree", ["cat dog", "train/cat train/dog val/cat test/cat", "x/cat x/dog", "Train/cat Valid/cat"]
)
def test_what_everybody_reads_alike_needs_no_word(make, tree):
    assert recognition.read(make(tree)).notes == ()


REFUSED = {
    "train test": "has images in 'test' and 'train', named like splits, but no class folders in there",
    "train": "has images in 'train', named like a split, but no class folders",
    "Training Validation Testing extra": "named like splits, but no class folders",
    "train test train.csv": "There is '.*train.csv': name it in place of the folder.",
    "train/train test/test": "no class folders in there",
    "fold1/cat fold1/dog fold2/cat fold2/dog": r"Folders of .* hold the same folders \('cat' and 'dog'\)",
    "10253/0 10253/1 10254/0 10254/1 10255/0": "'10254' and '10255'.*the same folders.*'0' and '1'.*which are",
    "fold1/cat fold1/dog fold2/cat fold2/dog fold3": "which are the classes",
    "a/a/cat a/a/dog b/b/cat b/b/dog": "which are the classes",
    "train/fold1/cat train/fold1/dog train/fold2/cat train/fold2/dog test": "Folders of .*train .'fold1' and 'fold2'",
    "pets/homer pets/bart my_pets_testset": "'my_pets_testset', which may be a split by its name, and 'pets' with",
    "Train_A/cat Train_A/cow Train_B/dog": "may be a split by its name",
    "covid/images covid/masks normal/images normal/masks": "same folders",
    "pets/cat pets/dog more/cat more/dog": "which are the classes",
    "fold1/class1 fold1/class2 fold2/class1 fold2/class2": "which are the classes",
    "train/steam train/diesel car bus": "'train', named like a split and with folders in it.*beside 'bus' and 'car'",
    "Training/cat Training/dog Prueba/cat Prueba/dog": "'Training', named like a split .*If these are splits, name",
    "cat dog test": "has 'test', named like a split but without class folders in it, beside 'cat' and 'dog'",
    "dog_train dog_test cat_train cat_test": "say a class and a split at once.*Put 'cat_test' into test/cat",
    "bottle/train/good bottle/test/bad cable/train/good cable/test/bad": "several data sets.*Name one of them: ",
    "images/cat images/dog labels.csv": "has a table, labels.csv, and a folder .* images.*: either may say the classes",
    "cats.zip dogs.tar.gz": "no images, but archives: 'cats.zip' and 'dogs.tar.gz'. Unpack them",
    "images labels.csv": "no class folders. There is '.*labels.csv': name it in place of the folder",
    "pets/images pets/labels.csv": "There is '.*pets/labels.csv': name it in place of the folder",
    "0.png labels.csv": "not in class folders. .* There is '.*labels.csv': name it in place of the folder",
    "inner/cats.zip": "no images, but archives: 'inner/cats.zip'. Unpack it, or name it in place",
}


@pytest.mark.parametrize(("tree", "message"), REFUSED.items(), ids=REFUSED)
def test_what_can_be_read_in_two_ways_is_asked(make, tree, message):
    with pytest.raises(DataError, match=message):
        recognition.read(make(tree))


def test_names_are_compared_in_composed_form(make):
    path = make("train/Fru\u0308chte train/dog test/Fr\u00fcchte test/Fru\u0308chte")
    listing = recognition.read(path)
    assert found(listing) == "train:Fr\u00fcchte train:dog test:Fr\u00fcchte"
    assert listing.notes == (
        "Folders whose names differ only in their Unicode form count as one class: 'Fr\u00fcchte'.",
    )
