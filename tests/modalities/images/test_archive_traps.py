"""Archives that lie, are damaged, or hold what nobody should unpack: each ends in one sentence and leaves nothing."""

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import time
import zipfile

import pytest

from saccade.core.cache import cache_folder
from saccade.core.errors import DataError
from saccade.modalities.images.sources import archive


def zipped(members, method=zipfile.ZIP_DEFLATED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as output:
        for name, content in members:
            output.writestr(name, content)
    return file.getvalue()


def tarred(members, **pax):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as output:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size, info.pax_headers = len(content), pax
            output.addfile(info, io.BytesIO(content))
    return file.getvalue()


PHOTOS = [(f"cat/{number}.png", bytes(range(250)) * 20) for number in range(5)]
TAR = tarred(PHOTOS)


def claiming(content, size):
    """Return a zip of one member whose directories say that it is so large."""
    end = content.rindex(b"PK\1\2")
    claim = struct.pack("<I", size)
    return b"".join([content[:22], claim, content[26 : end + 24], claim, content[end + 28 :]])


def with_flag(content, flag):
    """Return a zip of one member with a flag set, such as 1: it is encrypted."""
    end = content.rindex(b"PK\1\2")
    return content[:6] + struct.pack("<H", flag) + content[8 : end + 8] + struct.pack("<H", flag) + content[end + 10 :]


def with_method(content, method):
    end = content.rindex(b"PK\1\2")
    new = struct.pack("<H", method)
    return content[:8] + new + content[10 : end + 10] + new + content[end + 12 :]


def overlapping(copies):
    """Return a zip whose directory names the same bytes again and again."""
    content = zipped([("cat/a.png", bytes(9_000_000))])
    directory, end = content.rindex(b"PK\1\2"), content.rindex(b"PK\5\6")
    entry = content[directory:end]
    entries = b"".join(entry.replace(b"cat/a.png", b"cat/%05d" % number) for number in range(copies))
    counts = struct.pack("<HHII", copies, copies, len(entries), directory)
    return content[:directory] + entries + content[end : end + 8] + counts + b"\0\0"


def sparse(size):
    """Return a tar with a file that is said to be so large and has no bytes."""
    info = tarfile.TarInfo("cat/a.png")
    info.pax_headers = {"GNU.sparse.map": "0,0", "GNU.sparse.size": str(size), "GNU.sparse.name": "cat/a.png"}
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as output:
        output.addfile(info)
    return file.getvalue()


def long_header(size):
    """Return the start of a tar whose first name is said to have so many bytes."""
    info = tarfile.TarInfo("././@LongLink")
    info.type, info.size = tarfile.GNUTYPE_LONGNAME, size
    return info.tobuf(tarfile.GNU_FORMAT) + bytes(size) + TAR


def spoiled(content, place):
    """Return it with one byte changed; a place below 0 counts from the end."""
    place %= len(content)
    return content[:place] + bytes([content[place] ^ 0x55]) + content[place + 1 :]


ONE = zipped([("cat/a.png", bytes(1000))])
EMPTY = [(f"cat/{number}.png", b"") for number in range(101)]
FOLDERS = [(f"cat/{number}/", b"") for number in range(101)]
TRAPS = {
    "a zip that claims less than it has": (".zip", claiming(zipped([("a.png", bytes(50_000_000))]), 10), "damaged"),
    "a zip that claims more than it has": (".zip", claiming(ONE, 2**31), "100 times"),
    "a zip that claims a little more": (".zip", claiming(ONE, 1001), "damaged"),
    "a zip with another checksum": (".zip", spoiled(zipped(PHOTOS, zipfile.ZIP_STORED), 100), "damaged"),
    "a zip of overlapping members": (".zip", overlapping(2000), "100 times"),
    "a zip with few overlapping members": (".zip", overlapping(2), "damaged"),
    "an encrypted zip": (".zip", with_flag(ONE, 1), "locked with a password"),
    "a zip packed as Windows does large files": (".zip", with_method(ONE, 9), "way that is not read .*Unpack it"),
    "a zip of empty files": (".zip", zipped(EMPTY), "100 folders or files"),
    "a zip of empty folders": (".zip", zipped(FOLDERS), "100 folders or files"),
    "a tar of empty files": (".tar", tarred(EMPTY), "100 folders or files"),
    "a name that is too long": (".tar", tarred([("cat/" + "a" * 300 + ".png", b"1")]), "too long"),
    "a path that is too long": (".zip", zipped([("a/" * 3000 + "a.png", b"1")]), "too long"),
    "a name with a zero": (".tar", tarred([("x", b"1")], path="cat/a\0b.png"), "cannot be written"),
    "a sparse file of 8 TB": (".tar", sparse(8 * 10**12), "100 times"),
    "a name of 20 MB": (".tar.gz", gzip.compress(long_header(20_000_000)), "too long"),
    "a packed name of 2 GB": (".tar.bz2", bz2.compress(long_header(2 * 10**7)[:512] + bytes(10**7)), "too long"),
    "a tar.gz with another checksum": (".tar.gz", spoiled(gzip.compress(TAR), -6), "damaged"),
    "a tar.gz without its checksum": (".tar.gz", gzip.compress(TAR)[:-8], "damaged"),
    "a tar.gz of another length": (".tar.gz", spoiled(gzip.compress(TAR), -2), "damaged"),
    "a tar.xz with another checksum": (".tar.xz", spoiled(lzma.compress(TAR), -20), "damaged"),
    "a tar.xz without its end": (".tar.xz", lzma.compress(TAR)[:-4], "damaged"),
    "a tar.bz2 with another checksum": (".tar.bz2", spoiled(bz2.compress(TAR), -4), "damaged"),
    "a tar cut between two members": (".tar", TAR[: 2 * (512 + 5120)], "damaged"),
    "a tar with a damaged header": (".tar", spoiled(TAR, 2 * (512 + 5120) + 150), "damaged"),
    "a zip that is none": (".zip", b"Rar!\x1a\x07\0" + bytes(100), "damaged"),
}


@pytest.mark.parametrize(("ending", "content", "message"), TRAPS.values(), ids=TRAPS)
def test_it_is_refused_in_one_sentence_and_leaves_nothing(tmp_path, monkeypatch, ending, content, message):
    monkeypatch.setenv("SACCADE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(archive, "MOST_TINY", 100)
    path = tmp_path / f"photos{ending}"
    path.write_bytes(content)
    started = time.monotonic()
    with pytest.raises(DataError, match=message):
        archive.unpacked(path)
    assert time.monotonic() - started < 10
    assert [file.suffix for file in cache_folder("archives").iterdir()] == [".lock"]


@pytest.mark.parametrize("ending", [".7z", ".rar", ".tar.zst"])
def test_another_kind_of_archive_is_to_be_unpacked_first(tmp_path, ending):
    path = tmp_path / f"photos{ending}"
    path.write_bytes(b"7z")
    with pytest.raises(DataError, match="Unpack it yourself"):
        archive.recognition.read(path)


def test_a_zip_of_many_sizes_is_unpacked_as_it_is(tmp_path):
    members = [(f"cat/{size}.bin", bytes(size)) for size in (0, 1, 31, 32, 1 << 20, (1 << 20) + 1)]
    path = tmp_path / "sizes.zip"
    path.write_bytes(zipped(members))
    folder = archive.unpacked(path)
    assert {(f"cat/{file.name}", file.read_bytes()) for file in (folder / "cat").iterdir()} == set(members)
