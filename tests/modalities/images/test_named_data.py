import gzip
import hashlib
import os
import pickle
import shutil
import struct
import tarfile
from pathlib import Path

import numpy as np
import pytest

from saccade.core import cache, registry
from saccade.core.errors import DataError, DownloadError
from saccade.modalities.images import named_data
from saccade.modalities.images.catalogue import cifar10, fashion_mnist, mnist
from saccade.modalities.images.loading import load
from saccade.modalities.images.named_data import NamedFile

REAL = os.environ.get("SACCADE_DATA_HOME")
real_data = [
    pytest.mark.real_data,
    pytest.mark.skipif(not REAL or not Path(REAL).is_dir(), reason="SACCADE_DATA_HOME is not set"),
]


@pytest.fixture
def home(tmp_path, monkeypatch):
    """An empty SACCADE_DATA_HOME and cache."""
    monkeypatch.setenv("SACCADE_DATA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SACCADE_CACHE", str(tmp_path / "cache"))
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


def small_mnist(monkeypatch, addresses=()):
    """Make `mnist` a set of a few images and return its packed files by name."""
    packed, files = {}, []
    rng = np.random.default_rng(0)
    for stem, count in (("train", 20), ("t10k", 10)):
        arrays = {
            f"{stem}-images-idx3-ubyte.gz": rng.integers(0, 256, (count, 28, 28), dtype=np.uint8),
            f"{stem}-labels-idx1-ubyte.gz": np.arange(count, dtype=np.uint8) % 10,
        }
        for name, values in arrays.items():
            shape = struct.pack(f">{values.ndim}I", *values.shape)
            content = bytes([0, 0, 8, values.ndim]) + shape + values.tobytes()
            packed[name] = gzip.compress(content)
            files.append(NamedFile(name, f"sha256:{hashlib.sha256(content).hexdigest()}", tuple(addresses)))
    monkeypatch.setattr(mnist, "FILES", tuple(files))
    return packed


def put(folder, packed):
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in packed.items():
        (folder / name).write_bytes(content)


@pytest.mark.parametrize("place", ["home/mnist", "home", "cache/data/mnist"])
def test_named_data_are_found_in_every_place(home, monkeypatch, place):
    put(home.parent / place, small_mnist(monkeypatch))
    dataset = load("mnist")
    assert dataset.images.shape == (30, 28, 28, 1)
    assert dataset.classes == tuple("0123456789")
    assert dataset.licence == mnist.LICENCE
    assert (dataset.splits == "test").sum() == 10


def test_packed_files_are_unpacked_once(home, monkeypatch):
    put(home / "mnist", small_mnist(monkeypatch))
    first = load("mnist")
    monkeypatch.setattr(gzip, "open", lambda path: pytest.fail(f"{path} was unpacked again"))
    assert load("mnist").content_hash == first.content_hash


def test_what_was_kept_unpacked_and_is_damaged_is_unpacked_again(home, monkeypatch):
    put(home / "mnist", small_mnist(monkeypatch))
    first = load("mnist")
    for kept in cache.cache_folder("unpacked").iterdir():
        kept.write_bytes(kept.read_bytes()[:-1] + b"\x07")
    assert load("mnist").content_hash == first.content_hash


def test_a_file_that_was_altered_after_it_was_kept_is_named(home, monkeypatch):
    packed = small_mnist(monkeypatch)
    put(home / "mnist", packed)
    load("mnist")
    name = "t10k-labels-idx1-ubyte.gz"
    put(home / "mnist", {name: gzip.compress(gzip.decompress(packed[name])[:-1] + b"\x07")})
    with pytest.raises(DataError, match="is not the official file"):
        load("mnist")


def test_named_data_may_lie_unpacked(home, monkeypatch):
    packed = small_mnist(monkeypatch)
    put(home / "mnist", {name.removesuffix(".gz"): gzip.decompress(content) for name, content in packed.items()})
    assert len(load("mnist").names) == 30


@pytest.mark.parametrize(
    "spoil", [lambda raw: raw[:-9], lambda raw: gzip.compress(gzip.decompress(raw)[:-1] + b"\x07")]
)
def test_a_local_file_that_is_not_the_official_one_is_named(home, monkeypatch, spoil):
    packed = small_mnist(monkeypatch)
    packed["t10k-labels-idx1-ubyte.gz"] = spoil(packed["t10k-labels-idx1-ubyte.gz"])
    put(home / "mnist", packed)
    with pytest.raises(DataError, match=r"t10k-labels-idx1-ubyte\.gz is (damaged or cut short|not the official file)"):
        load("mnist")


def test_a_file_that_is_nowhere_is_downloaded_into_the_home(home, monkeypatch):
    packed = small_mnist(monkeypatch)

    def fake(addresses, target, *, checksum, quiet):
        put(target.parent, {target.name: packed[target.name]})
        return target

    monkeypatch.setattr(named_data, "download", fake)
    assert len(load("mnist").names) == 30
    assert len(list((home / "mnist").glob("*.gz"))) == 4


def test_a_home_that_is_read_only_is_left_alone(home, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: not Path(path).is_relative_to(home))
    assert named_data._target("mnist") == cache.cache_folder("data") / "mnist"


def test_without_a_network_the_missing_file_and_its_place_are_named(home, monkeypatch):
    small_mnist(monkeypatch, addresses=["http://127.0.0.1:9/train.gz"])
    with pytest.raises(DownloadError, match=rf"train-images-idx3-ubyte.gz(?s:.*)put it into {home}/mnist/"):
        load("mnist")


def test_the_cache_is_the_home_when_none_is_set(monkeypatch, tmp_path):
    monkeypatch.delenv("SACCADE_DATA_HOME", raising=False)
    monkeypatch.setenv("SACCADE_CACHE", str(tmp_path))
    assert named_data.data_folders("mnist") == [tmp_path / "data" / "mnist"]
    monkeypatch.delenv("SACCADE_CACHE")
    assert cache.cache_folder("data").parts[-2:] == ("saccade", "data")


def test_a_large_file_is_hashed_once(tmp_path, monkeypatch):
    monkeypatch.setenv("SACCADE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(cache, "_WORTH_REMEMBERING", 0)
    path = tmp_path / "large"
    path.write_bytes(b"large")
    digest = cache.file_digest(path)
    assert digest == hashlib.sha256(b"large").hexdigest()
    monkeypatch.setattr(cache, "_sha256", lambda _: "hashed again")
    assert cache.file_digest(path) == digest
    path.write_bytes(b"larger")
    assert cache.file_digest(path) == "hashed again"


# CIFAR-10 in its three shapes


@pytest.fixture
def batches(tmp_path, monkeypatch):
    folder = tmp_path / cifar10.FOLDER
    folder.mkdir()
    for number, name in enumerate(cifar10.CHECKSUMS):
        pixels = np.full((10, 3072), number, np.uint8)
        content = {b"data": pixels, b"labels": list(range(10))} if "batch_" in name or name == "test_batch" else {}
        content = content or {b"label_names": list(cifar10.CLASSES)}
        (folder / name).write_bytes(pickle.dumps(content, protocol=2))
    checksums = {
        path.name: f"md5:{hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()}"
        for path in folder.iterdir()
    }
    monkeypatch.setattr(cifar10, "CHECKSUMS", checksums)
    return folder


@pytest.fixture
def npz(home, monkeypatch):
    arrays = {
        "x_train": np.arange(4 * 3072, dtype=np.uint8).reshape(4, 32, 32, 3),
        "y_train": np.array([6, 9, 9, 4], np.uint8),
        "x_test": np.zeros((2, 32, 32, 3), np.uint8),
        "y_test": np.array([4, 6], np.uint8),
    }
    np.savez(home / cifar10.LOSSLESS_NPZ, **arrays, classes=np.array(cifar10.CLASSES))
    content = b"".join(array.tobytes() for array in arrays.values())
    monkeypatch.setattr(cifar10, "_NPZ_CHECKSUM", f"sha256:{hashlib.sha256(content).hexdigest()}")
    return home / cifar10.LOSSLESS_NPZ


def test_cifar_is_found_as_a_folder(home, batches):
    shutil.copytree(batches, home / cifar10.FOLDER)
    dataset = load("cifar10")
    assert dataset.images.shape == (60, 32, 32, 3)
    assert dataset.classes == cifar10.CLASSES
    assert dataset.notes == ()


def test_cifar_is_found_as_an_archive_and_preferred_to_arrays(home, batches, npz):
    with tarfile.open(home / cifar10.ARCHIVE.name, "w:gz") as output:
        output.add(batches, cifar10.FOLDER)
    assert load("cifar10").images.shape == (60, 32, 32, 3)


def test_an_altered_batch_is_named(home, batches):
    folder = Path(shutil.copytree(batches, home / cifar10.FOLDER))
    (folder / "data_batch_3").write_bytes((folder / "data_batch_3").read_bytes() + b" ")
    with pytest.raises(DataError, match="data_batch_3 is not the official file: expected md5"):
        load("cifar10")


def test_cifar_is_found_as_one_file_of_arrays(npz):
    dataset = load("cifar10")
    assert dataset.classes == cifar10.CLASSES
    assert dataset.labels.tolist() == [6, 9, 9, 4, 4, 6]
    assert dataset.splits.tolist() == ["train"] * 4 + ["test"] * 2
    assert dataset.images[0].tobytes() == bytes(range(256)) * 12
    assert dataset.licence == cifar10.LICENCE


def test_altered_arrays_are_named(npz):
    with np.load(npz) as arrays:
        altered = dict(arrays)
    altered["y_train"][0] = 7
    np.savez(npz, **altered)
    with pytest.raises(DataError, match=r"cifar10.npz is not the official file"):
        load("cifar10")
    np.savez(npz, x_train=altered["x_train"])
    with pytest.raises(DataError, match=r"cifar10.npz lacks y_train, x_test, y_test"):
        load("cifar10")


# The real files


@pytest.mark.parametrize(
    ("name", "module"),
    [pytest.param("mnist", mnist, marks=real_data), pytest.param("fashion_mnist", fashion_mnist, marks=real_data)],
)
def test_the_real_idx_files_are_the_official_ones(name, module):
    dataset = load(name)
    assert dataset.images.shape == (70_000, 28, 28, 1)
    assert dataset.classes == module.CLASSES
    assert np.bincount(dataset.labels).min() >= 6313
    assert (dataset.splits == "test").sum() == 10_000


@pytest.mark.real_data
@pytest.mark.skipif(not REAL or not (Path(REAL) / "potato").is_dir(), reason="no potato leaves in SACCADE_DATA_HOME")
def test_the_potato_leaves_are_read():
    dataset = load(str(Path(REAL) / "potato"), quiet=True)
    assert dataset.images.shape == (1052, 96, 96, 3)
    assert {split: sum(found.values()) for split, found in dataset.counts().items()} == {
        "train": 606,
        "validation": 215,
        "test": 231,
    }


@pytest.mark.slow
@pytest.mark.real_data
@pytest.mark.skipif(not REAL or not (Path(REAL) / cifar10.LOSSLESS_NPZ).is_file(), reason="no cifar10.npz")
def test_the_real_arrays_of_cifar_are_the_official_ones():
    dataset = load("cifar10", quiet=True)
    assert dataset.images.shape == (60_000, 32, 32, 3)
    assert dataset.counts()["test"] == dict.fromkeys(cifar10.CLASSES, 1000)


def test_every_named_file_has_addresses_and_a_checksum():
    for name in registry.names("data"):
        for file in getattr(registry.load("data", name), "FILES", ()):
            assert file.addresses
            assert all(address.endswith(file.name) for address in file.addresses)
            assert file.checksum.startswith("sha256:")
