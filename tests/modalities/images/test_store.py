import errno
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from saccade.core import parallel
from saccade.core.cache import cache_folder
from saccade.core.errors import DataError
from saccade.modalities.images import file_properties, pixels, store
from saccade.modalities.images.loading import load


@pytest.fixture(autouse=True)
def fresh_cache(tmp_path, monkeypatch):
    """Each test of the store starts with nothing decoded."""
    monkeypatch.setenv("SACCADE_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def photos(make_images):
    return make_images({"cat": 3, "dog": 3})


def never(*_, **__):
    raise AssertionError("must not be called")


def test_pixels_are_memory_mapped_and_read_only(photos):
    images = load(str(photos)).images
    assert isinstance(images, np.memmap)
    assert not images.flags.writeable
    assert np.array_equal(images[4], np.asarray(Image.open(photos / "dog" / "1.png")))


def test_a_second_start_opens_no_image(photos, monkeypatch):
    first = load(str(photos))
    monkeypatch.setattr(pixels, "open_image", never)
    monkeypatch.setattr(file_properties, "_facts", never)
    second = load(str(photos))
    assert second.content_hash == first.content_hash
    assert np.array_equal(first.images, second.images)


def test_a_copied_folder_is_hashed_but_not_decoded_again(photos, monkeypatch):
    first = load(str(photos))
    copy = shutil.copytree(photos, photos.with_name("copy"))
    monkeypatch.setattr(store, "_decode", never)
    second = load(str(copy))
    assert second.content_hash == first.content_hash
    assert second.images.filename == first.images.filename


def test_a_changed_image_is_noticed(photos):
    first = load(str(photos))
    Image.new("RGB", (8, 8), "red").save(photos / "cat" / "0.png")
    second = load(str(photos))
    assert second.content_hash != first.content_hash
    assert (second.images[0] == (255, 0, 0)).all()


def test_another_size_is_another_store(photos):
    assert load(str(photos), image_size=12).images.filename != load(str(photos), image_size=6).images.filename


def test_digests_and_original_sizes_are_kept(make_images):
    folder = make_images({"cat": 2, "dog": 2}, size=(30, 20))
    shutil.copy(folder / "cat" / "0.png", folder / "dog" / "duplicate.png")
    dataset = load(str(folder), image_size=8)
    kept = store.originals(dataset.images)
    assert kept.files.sizes.tolist() == [[30, 20]] * 5
    assert len(np.unique(kept.files.digests, axis=0)) == 4
    assert store.originals(np.zeros((1, 2, 2, 1), np.uint8)) is None


def test_bad_files_are_put_aside_with_reasons_and_leave_no_holes(make_images):
    folder = make_images({"cat": 4, "dog": 4}, size=(32, 32))
    whole = (folder / "cat" / "3.png").read_bytes()
    (folder / "cat" / "1.png").write_bytes(whole[: len(whole) // 2])
    (folder / "cat" / "2.png").write_bytes(b"")
    (folder / "dog" / "0.png").write_text("no image")
    dataset = load(str(folder))
    reasons = {file.name: file.reason for file in dataset.skipped_items}
    assert "cut short" in reasons["cat/1.png"]
    assert "empty" in reasons["cat/2.png"]
    assert "text" in reasons["dog/0.png"]
    assert dataset.names.tolist() == ["cat/0.png", "cat/3.png", "dog/1.png", "dog/2.png", "dog/3.png"]
    assert dataset.images.shape == (5, 32, 32, 3)
    assert np.array_equal(dataset.images[1], np.asarray(Image.open(folder / "cat" / "3.png")))
    assert load(str(folder)).skipped_items == dataset.skipped_items


def test_many_images_land_in_their_rows(make_images, monkeypatch):
    monkeypatch.setattr(parallel, "CHUNK", 3)
    folder = make_images({"cat": 10, "dog": 10})
    dataset = load(str(folder))
    for row, name in enumerate(dataset.names):
        assert np.array_equal(dataset.images[row], np.asarray(Image.open(folder / name)))


def leftovers():
    return [path.name for path in cache_folder("stores").iterdir() if not path.name.endswith(".lock")]


@pytest.mark.parametrize("step", ["_write_header", "_decode_into"])
def test_a_full_disk_is_a_clear_error_and_leaves_nothing(photos, monkeypatch, step):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(store, step, full)
        with pytest.raises(DataError, match=r"The disk is full: could not write .* MB free.*SACCADE_CACHE"):
            load(str(photos))
    assert leftovers() == []
    assert len(load(str(photos)).names) == 6


def test_an_interrupted_build_leaves_nothing(photos, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(store, "_keep_only", interrupted)
    whole = (photos / "cat" / "0.png").read_bytes()
    (photos / "cat" / "0.png").write_bytes(whole[: len(whole) // 2 + 20])
    with pytest.raises(KeyboardInterrupt):
        load(str(photos))
    assert leftovers() == []


@pytest.mark.heavy
def test_a_killed_build_leaves_no_half_store(photos):
    code = (
        "import os, signal, sys\n"
        "from saccade.modalities.images import store, loading\n"
        "store._keep_only = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        "loading.load(sys.argv[1])\n"
    )
    whole = (photos / "cat" / "0.png").read_bytes()
    (photos / "cat" / "0.png").write_bytes(whole[:-30])
    source = str(Path(store.__file__).parents[3])
    killed = subprocess.run(
        [sys.executable, "-c", code, str(photos)], env={**os.environ, "PYTHONPATH": source}, check=False
    )
    assert killed.returncode == -signal.SIGKILL
    assert [name.endswith(".part") for name in leftovers()] == [True]
    assert len(load(str(photos)).names) == 5
    assert [name.endswith(".part") for name in leftovers()] == [False]


def test_a_cache_that_cannot_be_written_is_a_clear_error(photos, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("in the way")

    def read_only(self, *_, **__):
        raise PermissionError(errno.EACCES, "Permission denied", str(self))

    monkeypatch.setattr(Path, "mkdir", read_only)
    with pytest.raises(DataError, match="Cannot write .* Set SACCADE_CACHE to a folder that you may write"):
        load(str(photos))


@pytest.mark.parametrize("pattern", ["surveys/*.npz", "stores/*/files.npz", "stores/*/pixels.npy"])
def test_a_cache_file_that_was_cut_short_is_made_again(make_images, tmp_path, monkeypatch, pattern):
    monkeypatch.setenv("SACCADE_CACHE", str(tmp_path / "cache"))
    photos = str(make_images({"cat": 3, "dog": 3}))
    before = np.array(load(photos).images)
    (damaged,) = (tmp_path / "cache").glob(pattern)
    damaged.write_bytes(damaged.read_bytes()[:50])
    assert np.array_equal(load(photos).images, before)
