import numpy as np
import pytest

from saccade.core.data_identity import source_hash
from saccade.core.errors import DataError, UnknownNameError
from saccade.modalities.images import label_overrides
from saccade.modalities.images.dataset import ImageDataset, Override


@pytest.fixture
def dataset():
    """Eight images of cats and dogs by turns; the last two are the test split."""
    labels = np.arange(8) % 2
    return ImageDataset(
        name="pets",
        source="photos/pets",
        images=np.arange(8 * 4, dtype=np.uint8).reshape(8, 2, 2, 1),
        labels=labels.astype(np.int64),
        classes=("cat", "dog"),
        names=np.array([f"{('cat', 'dog')[label]}/{row}.png" for row, label in enumerate(labels)]),
        splits=np.array(["train"] * 6 + ["test"] * 2, "<U10"),
        reasons=np.array(["given"] * 8),
        content_hash="abc",
        notes=("A note.",),
    )


def applied(dataset, *overrides):
    return label_overrides.apply(dataset, [Override(*each) for each in overrides], where="overrides.csv")


def test_a_corrected_label_is_the_new_one_and_nothing_else_changes(dataset):
    corrected = applied(dataset, ("cat/2.png", "cat", "dog"))
    assert corrected.labels.tolist() == [0, 1, 1, 1, 0, 1, 0, 1]
    assert dataset.labels[2] == 0
    assert (corrected.splits == dataset.splits).all()
    assert corrected.images is dataset.images
    assert corrected.notes == ("A note.", "1 label changed by overrides.csv.")


def test_a_image_without_a_new_class_is_in_no_part(dataset):
    corrected = applied(dataset, ("cat/2.png", "cat", ""), ("dog/1.png", "dog", "cat"))
    assert corrected.splits[2] == ""
    assert corrected.reasons[2] == label_overrides.LEFT_OUT
    assert corrected.counts()["train"] == {"cat": 3, "dog": 2}
    assert corrected.notes[-1] == "1 label changed and 1 image left out by overrides.csv."


def test_changes_in_the_test_part_are_said(dataset):
    assert applied(dataset, ("cat/6.png", "cat", "dog")).notes[-1].endswith("1 of them in the test split.")


def test_other_corrections_are_other_content_in_any_order_of_rows(dataset):
    one, other = ("cat/2.png", "cat", "dog"), ("dog/1.png", "dog", "")
    both = applied(dataset, one, other).content_hash
    assert both == applied(dataset, other, one).content_hash
    assert len({both, applied(dataset, one).content_hash, applied(dataset, other).content_hash, "abc"}) == 4
    assert source_hash(both) == "abc"


def test_a_row_that_changes_nothing_is_no_correction(dataset):
    same = applied(dataset, ("cat/2.png", "cat", "cat"))
    assert (same.content_hash, same.notes, same.overrides) == ("abc", ("A note.",), ())


def test_swapping_old_and_new_undoes_a_correction(dataset):
    corrected = applied(dataset, ("cat/2.png", "cat", "dog"))
    assert (applied(corrected, ("cat/2.png", "dog", "cat")).labels == dataset.labels).all()


def test_later_corrections_are_put_on_earlier_ones():
    earlier = [Override("a", "cat", "dog"), Override("b", "cat", "dog"), Override("c", "cat", "dog")]
    later = [Override("b", "dog", "cat"), Override("c", "dog", ""), Override("d", "dog", "cat")]
    assert label_overrides.merged(earlier, later) == (
        Override("a", "cat", "dog"),
        Override("c", "cat", ""),
        Override("d", "dog", "cat"),
    )


@pytest.mark.parametrize(
    ("override", "message"),
    [
        (("cat/2.pgn", "cat", "dog"), "Did you mean cat/2.png"),
        (("dog/2.png", "cat", "dog"), "Did you mean cat/2.png"),
        (("???", "cat", "dog"), "named like cat/0.png"),
        (("cat/2.png", "dog", "cat"), "which is 'cat' in photos/pets. Delete that row if the label is right now"),
    ],
)
def test_a_row_that_does_not_fit_the_data_is_named(dataset, override, message):
    with pytest.raises(DataError, match="overrides.csv") as caught:
        applied(dataset, override)
    assert message in str(caught.value)


def test_a_new_class_must_exist(dataset):
    with pytest.raises(UnknownNameError, match="There is no class 'dgo'. Did you mean 'dog'"):
        applied(dataset, ("cat/2.png", "cat", "dgo"))


def test_no_class_may_lose_all_its_training_images(dataset):
    with pytest.raises(DataError, match="leaves no training image of 'dog'"):
        applied(dataset, *((f"dog/{row}.png", "dog", new) for row, new in ((1, "cat"), (3, ""), (5, ""))))


def test_what_is_written_is_read_again(tmp_path):
    overrides = (Override('cat/a,"b".png', "cat", "dog"), Override("chat/é\n.png", "cat", ""))
    label_overrides.write(tmp_path / "new" / "overrides.csv", overrides)
    assert label_overrides.read(tmp_path / "new" / "overrides.csv") == overrides


def test_a_table_saved_by_a_spreadsheet_is_read(tmp_path):
    path = tmp_path / "overrides.csv"
    path.write_bytes("\ufeffnew,path,old,remark\r\ndog,é.png,cat,blurred\r\n".encode())
    assert label_overrides.read(path) == (Override("é.png", "cat", "dog"),)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "lacks the column 'path'. Found: nothing"),
        (b"path;old;new\na;cat;dog\n", "separated by commas"),
        (b"path,old,now\na,cat,dog\n", "Rename 'now' to 'new'?"),
        (b"path,old,new\na,cat\n", "Line 2 of .* has not as many cells"),
        (b"path,old,new\na,cat,dog,cow\n", "Line 2 of .* has not as many cells"),
        (b"path,old,new\na,,dog\n", "Line 2 of .* has no old class"),
        (b"path,old,new\na,cat,dog\na,cat,\n", "names a more than once"),
        ("path,old,new\né,cat,dog\n".encode("latin-1"), "CSV UTF-8"),
        (b'path,old,new\n"a,cat,dog\n', "cannot be read as CSV"),
    ],
)
def test_a_bad_table_is_one_clear_error(tmp_path, content, message):
    path = tmp_path / "overrides.csv"
    path.write_bytes(content)
    with pytest.raises(DataError, match=message):
        label_overrides.read(path)


def test_a_table_that_is_not_there_or_cannot_be_written_is_named(tmp_path):
    with pytest.raises(DataError, match="Cannot read the overrides .*none.csv: No such file"):
        label_overrides.read(tmp_path / "none.csv")
    with pytest.raises(DataError, match=f"Cannot write {tmp_path}"):
        label_overrides.write(tmp_path, [])
