import bz2
import gzip
import io
import os
import pickle
import struct
import tarfile
import zipfile

import numpy as np
import polars as pl
import pytest

from saccade.core import registry
from saccade.core.cache import cache_folder
from saccade.core.dataset import SkippedItem
from saccade.core.errors import DataError
from saccade.core.skipped_files import by_reason
from saccade.modalities.images import recognition
from saccade.modalities.images.loading import load
from saccade.modalities.images.sources import archive

# idx files


def idx_bytes(values):
    return bytes([0, 0, 8, values.ndim]) + struct.pack(f">{values.ndim}I", *values.shape) + values.tobytes()


@pytest.fixture
def idx_folder(tmp_path):
    folder = tmp_path / "idx"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for stem, count in (("train", 12), ("t10k", 6)):
        images = rng.integers(0, 256, (count, 5, 4), dtype=np.uint8)
        (folder / f"{stem}-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx_bytes(images)))
        (folder / f"{stem}-labels-idx1-ubyte").write_bytes(idx_bytes(np.arange(count, dtype=np.uint8) % 3))
    return folder


def test_idx_files_are_read_packed_or_not(idx_folder):
    listing = recognition.read(idx_folder)
    assert listing.pixels.shape == (18, 5, 4, 1)
    assert listing.classes == ("0", "1", "2")
    assert (listing.splits == "test").sum() == 6
    assert listing.names[0] == "train/00000"
    assert listing.labels.tolist()[:4] == [0, 1, 2, 0]


def test_idx_images_that_are_not_square_become_square(idx_folder):
    assert load(str(idx_folder), image_size=6).image_shape == (6, 6, 1)


def test_an_idx_file_cut_short_is_refused_by_name(idx_folder):
    path = idx_folder / "train-labels-idx1-ubyte"
    path.write_bytes(path.read_bytes()[:-2])
    with pytest.raises(DataError, match=r"train-labels-idx1-ubyte is cut short.*12 bytes; there are 10"):
        load(str(idx_folder))


def test_a_packed_idx_file_cut_short_is_refused_by_name(idx_folder):
    path = idx_folder / "train-images-idx3-ubyte.gz"
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DataError, match=r"train-images-idx3-ubyte\.gz is damaged or cut short"):
        load(str(idx_folder))


@pytest.mark.parametrize("start", [b"\0\0\x0d\x01", b"oops", b""])
def test_a_wrong_magic_number_is_refused(idx_folder, start):
    path = idx_folder / "train-labels-idx1-ubyte"
    path.write_bytes(start + path.read_bytes()[4:] if start else b"")
    with pytest.raises(DataError, match="starts with"):
        load(str(idx_folder))


def test_a_missing_idx_file_is_named(idx_folder):
    (idx_folder / "t10k-labels-idx1-ubyte").unlink()
    with pytest.raises(DataError, match="lacks t10k-labels-idx1-ubyte"):
        load(str(idx_folder))


def test_labels_of_other_images_are_refused(idx_folder):
    (idx_folder / "train-labels-idx1-ubyte").write_bytes(idx_bytes(np.zeros(5, np.uint8)))
    with pytest.raises(DataError, match="12 train images but 5 train labels"):
        load(str(idx_folder))


# CIFAR's python batches


@pytest.fixture
def batches(tmp_path):
    folder = tmp_path / "cifar-10-batches-py"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for number, name in enumerate([*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"]):
        data = rng.integers(0, 256, (4, 3072), dtype=np.uint8)
        batch = {b"data": data, b"labels": [number % 3, 0, 1, 2], b"batch_label": b"batch", b"filenames": [b"x"]}
        (folder / name).write_bytes(pickle.dumps(batch, protocol=(2, 4, 5)[number % 3]))
    names = {"label_names": ["airplane", "bird", "cat"], "num_vis": 3072}
    (folder / "batches.meta").write_bytes(pickle.dumps(names, protocol=2))
    return folder


def test_batches_are_read_with_every_pickle_protocol(batches):
    listing = recognition.read(batches)
    assert listing.classes == ("airplane", "bird", "cat")
    assert listing.pixels.shape == (24, 32, 32, 3)
    assert (listing.splits == "test").sum() == 4
    first = pickle.loads((batches / "data_batch_1").read_bytes())[b"data"][0]
    assert np.array_equal(listing.pixels[0], first.reshape(3, 32, 32).transpose(1, 2, 0))


def test_a_batch_as_python_2_and_old_numpy_wrote_it_is_read(batches):
    raw = bytes(range(256)) * 12
    python_2 = (
        b"\x80\x02}q\x01(U\x04dataq\x02cnumpy.core.multiarray\n_reconstruct\nq\x03cnumpy\nndarray\nq\x04K\x00\x85U\x01b"
        b"\x87Rq\x05(K\x01K\x01M\x00\x0c\x86cnumpy\ndtype\nq\x06U\x02u1K\x00K\x01\x87Rq\x07(K\x03U\x01|NNNJ\xff\xff\xff"
        b"\xffJ\xff\xff\xff\xffK\x00tb\x89T" + struct.pack("<i", len(raw)) + raw + b"tbU\x06labelsq\x08]q\x09K\x02au."
    )
    (batches / "data_batch_1").write_bytes(python_2)
    listing = recognition.read(batches)
    assert listing.labels[0] == 2
    assert listing.pixels[0, 0, :3, 0].tolist() == [0, 1, 2]


class Evil:
    """What an attacker would put into a pickle."""

    def __init__(self, call, *arguments):
        self.call, self.arguments = call, arguments

    def __reduce__(self):
        return self.call, self.arguments


@pytest.mark.parametrize("protocol", [0, 2, 5])
def test_a_batch_that_runs_code_is_refused_and_does_not_run(batches, tmp_path, protocol):
    mark = tmp_path / "ran"
    evil = Evil(os.system, f"touch {mark}")
    (batches / "data_batch_3").write_bytes(pickle.dumps({"data": evil, "labels": [0]}, protocol=protocol))
    with pytest.raises(DataError, match=r"data_batch_3 was not opened: it asks to run '.*system'"):
        load(str(batches))
    assert not mark.exists()


@pytest.mark.parametrize("call", [eval, getattr, np.load, np.frombuffer, __import__])
def test_nothing_but_arrays_can_be_built(batches, call):
    (batches / "test_batch").write_bytes(pickle.dumps(Evil(call, "1"), protocol=4))
    with pytest.raises(DataError, match="it asks to run"):
        load(str(batches))


def test_arrays_of_objects_are_refused(batches):
    content = pickle.dumps({"data": np.array([{}, 1], dtype=object), "labels": [0, 1]})
    (batches / "test_batch").write_bytes(content)
    with pytest.raises(DataError, match="not of numbers"):
        load(str(batches))


@pytest.mark.parametrize(
    "spoil", [lambda raw: raw[:-9], lambda raw: raw[: len(raw) // 2], lambda _: b"", lambda _: b"hi"]
)
def test_a_damaged_batch_is_refused_by_name(batches, spoil):
    path = batches / "data_batch_2"
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(DataError, match="data_batch_2"):
        load(str(batches))


@pytest.mark.parametrize("content", [[1, 2], {"labels": [0]}, {"data": np.zeros((2, 5), np.uint8), "labels": [0, 1]}])
def test_a_pickle_of_something_else_is_refused(batches, content):
    (batches / "data_batch_2").write_bytes(pickle.dumps(content))
    with pytest.raises(DataError, match="not a CIFAR-10 batch"):
        load(str(batches))


def test_a_missing_batch_is_named(batches):
    (batches / "data_batch_4").unlink()
    with pytest.raises(DataError, match="data_batch_4 is missing"):
        load(str(batches))


# Folders of images


def test_parts_are_known_by_every_usual_name(make_images):
    folder = make_images({"train/cat": 3, "train/dog": 2, "valid/cat": 1, "Test/dog": 1})
    listing = recognition.read(folder)
    assert listing.classes == ("cat", "dog")
    assert dict(zip(listing.names, listing.splits, strict=True))["valid/cat/0.png"] == "validation"
    assert listing.splits.tolist() == ["train"] * 5 + ["validation", "test"]


def test_bare_class_folders_have_no_parts(make_images):
    listing = recognition.read(make_images({"cat": 2, "dog": 2}))
    assert set(listing.splits) == {""}


def test_numbered_classes_are_in_the_order_of_numbers(make_images):
    assert recognition.read(make_images({"10": 2, "2": 2, "1": 2})).classes == ("1", "2", "10")


def test_nested_folders_belong_to_their_class(make_images):
    listing = recognition.read(make_images({"cat/2019/june": 2, "cat": 1, "dog": 2}))
    assert listing.names.tolist() == [
        "cat/0.png",
        "cat/2019/june/0.png",
        "cat/2019/june/1.png",
        "dog/0.png",
        "dog/1.png",
    ]


def test_a_class_may_be_named_train(make_images):
    assert recognition.read(make_images({"train": 2, "car": 2, "bus": 2})).classes == ("bus", "car", "train")


def test_hidden_files_are_skipped_and_others_are_counted(make_images):
    folder = make_images({"cat": 2, "dog": 2})
    for name in ("cat/.DS_Store", "cat/notes.txt", "dog/a.TXT", "dog/Thumbs.db", "dog/README"):
        (folder / name).write_text("x")
    (folder / ".git" / "cat").mkdir(parents=True)
    listing = recognition.read(folder)
    assert len(listing.names) == 4
    (skipped,) = by_reason(listing.skipped_items)
    assert skipped.what == "4 × no image by its name: 2 × .txt, 1 × .db, 1 × no ending"


def test_links_are_followed_and_loops_are_cut(make_images, tmp_path):
    folder = make_images({"cat": 2, "dog": 2})
    elsewhere = make_images({"more": 3}, name="elsewhere")
    (folder / "cat" / "more").symlink_to(elsewhere / "more")
    (folder / "cat" / "loop").symlink_to(folder / "cat")
    (folder / "dog" / "up").symlink_to(folder)  # would bring the cats in as dogs
    (elsewhere / "more" / "back").symlink_to(folder / "cat")
    (folder / "dog" / "self").symlink_to("self")
    listing = recognition.read(folder)
    assert np.bincount(listing.labels).tolist() == [5, 2]


def test_a_file_name_that_is_no_text_is_made_printable(make_images):
    folder = make_images({"cat": 2, "dog": 2})
    (folder / "cat" / "0.png").rename(folder / "cat" / os.fsdecode(b"caf\xe9.png"))
    assert load(str(folder)).names.tolist()[:2] == ["cat/1.png", "cat/caf\\xe9.png"]


def test_a_broken_link_is_put_aside(make_images):
    folder = make_images({"cat": 2, "dog": 2})
    (folder / "cat" / "gone.png").symlink_to("nowhere.png")
    dataset = load(str(folder))
    assert [(file.name, file.reason) for file in dataset.skipped_items] == [
        ("cat/gone.png", "link that leads nowhere.")
    ]


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(DataError, match="has no images: it is empty"):
        load(str(tmp_path))


def test_images_without_class_folders_are_refused(make_images):
    folder = make_images({".": 3})
    with pytest.raises(DataError, match=r"has 3 images, but not in class folders. Expected <class>/"):
        load(str(folder))


def test_a_class_folder_alone_points_at_the_folder_of_all(make_images):
    folder = make_images({"cat": 3, "dog": 3})
    with pytest.raises(DataError, match=f"one of the class folders in {folder}: name that one"):
        load(str(folder / "cat"))


def test_parts_without_class_folders_are_refused(make_images):
    with pytest.raises(DataError, match="class"):
        load(str(make_images({"train": 3})))


def test_a_folder_of_something_else_is_refused(tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.txt").write_text("x")
    with pytest.raises(DataError, match=r"no images that can be read: 1 × .* by its name: \.txt \(docs/a\.txt\)"):
        load(str(tmp_path))


def test_one_class_only_is_refused(make_images):
    with pytest.raises(
        DataError, match=r"at least two classes; .* has only the class 'cat'.* --task anomaly_detection"
    ):
        load(str(make_images({"cat": 3})))


def test_a_test_class_that_training_lacks_is_refused(make_images):
    with pytest.raises(DataError, match=r"test split of .* has images of 'cow', the training split has none"):
        load(str(make_images({"train/cat": 2, "train/dog": 2, "test/cat": 1, "test/cow": 1})))


def test_a_test_part_alone_is_refused(make_images):
    with pytest.raises(DataError, match="no training images, only test"):
        load(str(make_images({"test/cat": 2, "test/dog": 2})))


def test_a_class_of_one_image_is_noted(make_images):
    assert load(str(make_images({"cat": 1, "dog": 3}))).notes == (
        "The class 'cat' has a single image: it is trained on but cannot be tested.",
    )


def test_an_empty_class_folder_is_noted(make_images):
    listing = recognition.read(make_images({"cat": 2, "dog": 3, "cow": 0}))
    assert listing.classes == ("cat", "dog")
    assert listing.skipped_items == (SkippedItem("cow", "class folder that has no images.", kind="folder"),)


def test_what_lies_beside_the_classes_is_noted(make_images):
    folder = make_images({"train/cat": 2, "train/dog": 3, "docs": 0, "test": 2})
    assert [(each.name, each.reason, each.kind) for each in recognition.read(folder).skipped_items] == [
        ("docs", "folder beside the splits, left out: no images.", "other"),
        ("test", "folder beside the splits, left out: 2 images.", "folder"),
    ]


# Tables


def table(folder, **columns):
    path = folder / "table.csv"
    pl.DataFrame(columns).write_csv(path)
    return path


def test_a_table_names_files_labels_parts_and_groups(make_images):
    folder = make_images({"a": 2, "b": 2})
    columns = {
        "path": ["a/0.png", "a/1.png", "b/0.png", str(folder / "b/1.png")],
        "label": [1, 2, 1, 2],
        "split": ["train", "train", "val", None],
        "group": ["x", "x", "y", ""],
    }
    path = table(folder, **columns)
    pl.DataFrame(columns).write_parquet(path.with_suffix(".parquet"))
    for file in (path, path.with_suffix(".parquet")):
        listing = recognition.read(file)
        assert listing.classes == ("1", "2")
        assert listing.splits.tolist() == ["train", "train", "validation", ""]
        assert listing.groups.tolist() == ["x", "x", "y", ""]
        assert load(str(file)).images.shape == (4, 8, 8, 3)


def test_a_table_without_classes_is_refused(make_images):
    folder = make_images({"a": 1})
    with pytest.raises(DataError, match=r"images in the column 'path', but has no column with classes, nothing else"):
        load(str(table(folder, path=["a/0.png"])))


def test_missing_files_are_put_aside(make_images):
    folder = make_images({"a": 2})
    path = table(folder, path=["a/0.png", "a/1.png", "a/2.png", "a/0.png"], label=["x", "y", "x", "x"])
    dataset = load(str(path))
    assert len(dataset.names) == 2
    assert [file.name for file in dataset.skipped_items] == ["a/2.png", "a/0.png"]
    assert "no such file" in dataset.skipped_items[0].reason
    assert "more than once" in dataset.skipped_items[1].reason


def test_rows_without_a_label_are_put_aside(make_images):
    folder = make_images({"a": 3})
    path = table(folder, path=["a/0.png", "a/1.png", "a/2.png"], label=["x", "y", None])
    assert load(str(path)).skipped_items[0].reason == "the row has no label."


def test_a_table_without_any_file_is_refused(tmp_path):
    path = table(tmp_path, path=["a.png", "b.png"], label=["x", "y"])
    with pytest.raises(DataError, match=r"None of the 2 rows of .* The first, a.png: there is no such file"):
        load(str(path))


def test_a_table_may_call_the_splits_as_people_do(make_images):
    folder = make_images({"a": 4})
    names = [f"a/{number}.png" for number in range(4)]
    path = table(folder, path=names, label=["x", "y", "x", "y"], split=["Training", "training", "Eval", "TEST_SET"])
    assert recognition.read(path).splits.tolist() == ["train", "train", "validation", "test"]


def test_a_class_whose_files_are_all_missing_is_named(make_images):
    folder = make_images({"a": 3})
    names = ["a/0.png", "a/1.png", "a/2.png", "b/0.png", "b/1.png"]
    path = table(folder, path=names, label=["x", "y", "x", "z", "z"])
    note = "The class 'z' has 2 rows, and no file of them exists, such as b/0.png: it was left out."
    assert recognition.read(path).notes == (note,)
    path = table(folder, path=names[2:], label=["x", "z", "z"])
    with pytest.raises(DataError, match=f"has only the class 'x'. {note}"):
        load(str(path))


def test_names_in_a_table_may_be_in_another_unicode_form_than_on_the_disk(make_images):
    composed, decomposed = "Fr\u00fcchte", "Fru\u0308chte"
    folder = make_images({decomposed: 2, f"{composed}2/{decomposed}": 1})
    names = [f"{composed}/0.png", f"{decomposed}/1.png", f"{decomposed}2/{composed}/0.png"]
    listing = recognition.read(table(folder, path=names, label=[composed, decomposed, "x"]))
    assert listing.classes == (composed, "x")
    assert not listing.skipped_items


def test_classes_that_differ_in_case_only_are_pointed_out(make_images):
    with pytest.raises(DataError, match="the training split has none.* 'cat' and 'Cat' differ in their case only"):
        load(str(make_images({"train/Cat": 2, "train/dog": 2, "test/cat": 1})))


def test_an_unknown_part_is_refused(make_images):
    folder = make_images({"a": 2})
    path = table(folder, path=["a/0.png", "a/1.png"], label=["x", "y"], split=["train", "tset"])
    with pytest.raises(DataError, match=r"There is no split 'tset'. Did you mean 'test'\?"):
        load(str(path))


def test_one_image_with_two_labels_is_refused(make_images):
    folder = make_images({"a": 2})
    path = table(folder, path=["a/0.png", "a/0.png"], label=["x", "y"])
    with pytest.raises(DataError, match="both 'x' and 'y'"):
        load(str(path))


@pytest.mark.parametrize("name", ["empty.csv", "empty.parquet"])
def test_an_empty_table_is_refused(tmp_path, name):
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(DataError, match="cannot be read as a table"):
        load(str(tmp_path / name))


# Archives


def packed(folder, ending, top=""):
    path = folder.with_name(f"packed{ending}")
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    if ending == ".zip":
        with zipfile.ZipFile(path, "w") as output:
            for file in files:
                output.write(file, f"{top}{file.relative_to(folder)}")
        return path
    with tarfile.open(path, f"w:{ending.rpartition('.')[2].replace('tgz', 'gz').replace('tar', '')}") as output:
        for file in files:
            output.add(file, f"{top}{file.relative_to(folder)}")
    return path


@pytest.mark.parametrize("ending", archive.ENDINGS)
def test_every_kind_of_archive_is_read(make_images, ending):
    folder = make_images({"train/cat": 2, "train/dog": 2, "test/cat": 1}, seed=archive.ENDINGS.index(ending))
    dataset = load(str(packed(folder, ending)))
    assert dataset.name == "packed"
    assert dataset.names.tolist()[0] == "train/cat/0.png"
    assert dataset.content_hash == load(str(folder)).content_hash


def test_a_single_top_folder_is_no_class(make_images):
    listing = recognition.read(packed(make_images({"cat": 2, "dog": 2}), ".zip", top="my pets/"))
    assert listing.classes == ("cat", "dog")


def test_a_single_top_folder_may_hold_batches(batches):
    assert recognition.read(packed(batches, ".tar.gz", top="cifar-10-batches-py/")).pixels.shape == (24, 32, 32, 3)


@pytest.mark.parametrize("separator", ["\\", "/"])
def test_backslashes_in_a_zip_separate_folders(make_images, tmp_path, separator):
    image = (make_images({"a": 1}) / "a" / "0.png").read_bytes()
    with zipfile.ZipFile(tmp_path / "windows.zip", "w") as output:
        for folder in ("Training/cat", "Training/dog", "Test/cat"):
            output.writestr(f"Pets/{folder}/".replace("/", separator), b"")
            output.writestr(f"Pets/{folder}/0.png".replace("/", separator), image)
    listing = recognition.read(tmp_path / "windows.zip")
    assert listing.names.tolist() == ["Training/cat/0.png", "Training/dog/0.png", "Test/cat/0.png"]


def test_the_names_in_a_zip_of_macos_are_read(tmp_path):
    path = tmp_path / "mac.zip"
    with zipfile.ZipFile(path, "w") as output:
        for name in ("Fru@@chte", "Gemu@@se"):
            output.writestr(f"{name}/0.png", b"x")
    path.write_bytes(path.read_bytes().replace(b"@@", "\u0308".encode()))  # in UTF-8, without the flag that says so
    assert recognition.read(path).classes == ("Fr\u00fcchte", "Gem\u00fcse")


def test_an_archive_is_unpacked_once(make_images, monkeypatch):
    path = packed(make_images({"cat": 2, "dog": 2}, seed=77), ".tar")
    first = archive.unpacked(path)
    monkeypatch.setattr(archive, "_unpack", lambda *_, **__: pytest.fail("unpacked again"))
    assert archive.unpacked(path.rename(path.with_name("renamed.tar"))) == first


def tar_with(path, *members):
    with tarfile.open(path, "w") as output:
        for member in members:
            output.addfile(member, io.BytesIO(b"x" * member.size))
    return path


def member(name, kind=tarfile.REGTYPE, link="", size=0):
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size = kind, link, size
    return info


@pytest.mark.parametrize(
    "name", ["../evil.png", "cat/../../evil.png", "/tmp/saccade-evil.png", "..\\evil.png", "C:\\evil.png"]
)
@pytest.mark.parametrize("ending", [".tar", ".zip"])
def test_a_member_that_points_outside_is_refused(tmp_path, name, ending):
    path = tmp_path / f"evil{ending}"
    if ending == ".tar":
        tar_with(path, member("cat/a.png", size=3), member(name, size=4))
    else:
        with zipfile.ZipFile(path, "w") as output:
            output.writestr("cat/a.png", b"x")
            output.writestr(name, b"x")
    with pytest.raises(DataError, match="points outside"):
        load(str(path))
    assert not list(cache_folder("archives").rglob("*evil*"))
    assert not list(cache_folder("archives").glob("*.part"))


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE])
def test_links_in_archives_are_refused(tmp_path, kind):
    with pytest.raises(DataError, match="has a link or device, 'cat/a.png'"):
        load(str(tar_with(tmp_path / "links.tar", member("cat/a.png", kind, link="/etc/passwd"))))


def test_devices_in_archives_are_refused(tmp_path):
    with pytest.raises(DataError, match="has a link or device"):
        load(str(tar_with(tmp_path / "device.tar", member("cat/a.png", tarfile.CHRTYPE))))


@pytest.mark.parametrize("names", [("cat/a.png", "cat/a.png"), ("cat", "cat/a.png"), ("cat/a.png", "cat")])
def test_members_in_each_others_place_are_refused(tmp_path, names):
    with pytest.raises(DataError, match="has two members named"):
        load(str(tar_with(tmp_path / "twice.tar", *(member(name, size=1) for name in names))))


@pytest.mark.parametrize("ending", [".tar.bz2", ".zip"])
def test_an_archive_bomb_is_refused(tmp_path, monkeypatch, ending):
    monkeypatch.setattr(archive, "ALWAYS_ALLOWED", 10**6)
    path = tmp_path / f"bomb{ending}"
    if ending == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as output:
            output.writestr("cat/a.png", bytes(4 * 10**6))
    else:
        inner = io.BytesIO()
        with tarfile.open(fileobj=inner, mode="w") as output:
            output.addfile(member("cat/a.png", size=4 * 10**6), io.BytesIO(bytes(4 * 10**6)))
        path.write_bytes(bz2.compress(inner.getvalue()))
    with pytest.raises(DataError, match="would unpack to more than 100 times its size"):
        load(str(path))
    assert not list(cache_folder("archives").glob("*.part"))


def test_millions_of_empty_files_are_a_bomb_too(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "ALWAYS_ALLOWED", 10**6)
    monkeypatch.setattr(archive, "LARGEST_RATIO", 1)
    path = tar_with(tmp_path / "many.tar", *(member(f"cat/{number}.png") for number in range(300)))
    with pytest.raises(DataError, match="would unpack"):
        load(str(path))


@pytest.mark.parametrize("ending", archive.ENDINGS)
def test_an_archive_cut_short_is_refused_by_name(make_images, ending):
    path = packed(make_images({"cat": 3, "dog": 3}, size=(40, 40)), ending)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(DataError, match=rf"packed\{ending} is damaged, cut short"):
        load(str(path))


def test_what_is_wrong_in_an_archive_is_said_of_the_archive(make_images):
    path = packed(make_images({"cat": 3}), ".zip")
    with pytest.raises(DataError, match=rf"{path} has only the class 'cat'"):
        load(str(path))


def test_a_file_of_no_known_kind_lists_the_known_ones(tmp_path):
    (tmp_path / "data.xyz").write_text("x")
    with pytest.raises(DataError, match=r"of no kind that can be read(?s:.*)image_folder: "):
        load(str(tmp_path / "data.xyz"))


def test_every_source_describes_itself_in_a_line():
    descriptions = registry.descriptions("sources")
    assert {
        "archive",
        "cifar_batches",
        "csv_with_folders",
        "hub_parquet",
        "idx",
        "image_folder",
        "npz_images",
        "table_of_paths",
    } <= set(descriptions)
    assert all(descriptions.values())


def test_images_that_nothing_labels_are_shown_the_way_to_labels(make_images):
    with pytest.raises(DataError, match="get their labels, or boxes, in: saccade studio"):
        load(str(make_images({".": 3})))


def test_images_among_folders_of_all_kinds_are_not_taken_for_a_class(make_images):
    folder = make_images({"holiday": 3, "scans": 3})
    for name in ("letters", "music", "taxes"):
        (folder / name).mkdir()
    with pytest.raises(DataError, match=r"not in class folders. Expected <class>/"):
        load(str(folder / "holiday"))
