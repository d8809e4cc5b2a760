"""Images that were shown to a run, kept so that they can be looked into."""

import asyncio
import os

import pytest

from saccade.core.errors import DataError
from saccade.studio import tried_images
from saccade.studio.tried_images import TriedImages


@pytest.fixture
def tried(context):
    return TriedImages(context)


def keep(tried, content=b"pixels", name="leaf.jpg", run="quick-1"):
    async def pieces():
        for at in range(0, len(content), 4):
            yield content[at : at + 4]

    return asyncio.run(tried.keep(run, name, pieces()))


def test_an_image_is_found_by_its_key(tried):
    key = keep(tried)
    assert tried.find("quick-1", key).read_bytes() == b"pixels"
    assert tried.find("quick-1", key).name == "leaf.jpg"


def test_the_same_image_under_another_name_is_one_image(tried):
    first, again = keep(tried), keep(tried, name="copy of leaf.png")
    assert first == again and tried.find("quick-1", again).name == "copy-of-leaf.png"


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd.png"),
        ("--to=x.jpg", "to-x.jpg"),
        ("", "image.png"),
        ("日本.JPG", "日本.jpg"),
        ("C:\\photos\\my leaf.jpeg", "my-leaf.jpeg"),
        ("a\0b\n.png", "a-b.png"),
        (".hidden", "hidden.png"),
    ],
)
def test_a_name_leads_nowhere_and_is_no_option(tried, name, kept):
    assert tried.find("quick-1", keep(tried, name=name)).name == kept


@pytest.mark.parametrize("key", ["", "..", "0" * 16, "../quick-1", "A" * 16])
def test_what_was_never_kept_is_said(tried, key):
    keep(tried)
    with pytest.raises(DataError, match="no longer kept"):
        tried.find("quick-1", key)


def test_nothing_is_no_image(tried):
    with pytest.raises(DataError, match="empty"):
        keep(tried, b"")


def test_the_oldest_make_room(tried, monkeypatch):
    monkeypatch.setattr(tried_images, "MOST_KEPT", 2)
    keys = [keep(tried, b"first"), keep(tried, b"second")]
    os.utime(tried.find("quick-1", keys[0]).parent, (1, 1))
    keys.append(keep(tried, b"third"))
    with pytest.raises(DataError):
        tried.find("quick-1", keys[0])
    assert all(tried.find("quick-1", key) for key in keys[1:])
