"""Pages and frames are counted without decoding, thumbnails are not: a new case is a line."""

import io

import numpy as np
from each_case import each_case
from PIL import Image, TiffImagePlugin

from saccade.core.skipped_files import by_reason
from saccade.modalities.images.loading import load
from saccade.modalities.images.page_count import MOST_PAGES, page_count


def frames(count, side=16):
    rng = np.random.default_rng(0)
    return [Image.fromarray(rng.integers(0, 256, (side, side, 3), dtype=np.uint8)) for _ in range(count)]


def encoded(kind, count, **options):
    first, *rest = frames(count)
    content = io.BytesIO()
    first.save(content, kind, save_all=count > 1, **({"append_images": rest} if rest else {}), **options)
    return content.getvalue()


def tiff_with(subfile):
    """Return a TIFF of two pages, of which the second is of such a kind: 1 a thumbnail, 4 a mask, 2 a page."""
    content = io.BytesIO()
    first, second = frames(2)
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[254] = subfile
    second.encoderinfo = {"tiffinfo": tags}
    first.save(content, "TIFF", save_all=True, append_images=[second])
    return content.getvalue()


COUNTS = [
    *((encoded(kind, 1), 1) for kind in ("TIFF", "GIF", "PNG", "WEBP", "AVIF", "JPEG", "BMP")),
    *((encoded(kind, 5), 5) for kind in ("TIFF", "GIF", "PNG", "WEBP", "AVIF")),
    (encoded("TIFF", 3, big_tiff=True), 3),
    (encoded("TIFF", 3, compression="tiff_lzw"), 3),
    (encoded("MPO", 2), 1),  # a phone's second image is no page
    (tiff_with(1), 1),
    (tiff_with(4), 1),
    (tiff_with(2), 2),
    (b"GIF89a", 1),
    (b"", 1),
    (b"II*\0\xff\xff\xff\xff", 1),
    (b"\x89PNG\r\n\x1a\n", 1),
    (b"RIFF\x10\0\0\0WEBPVP8X\x0a\0\0\0\2", 1),
    (b"\0\0\0\x18ftypavis", 1),
]


@each_case(("content", "pages"), COUNTS)
def test_pages_and_frames_are_counted(content, pages):
    assert page_count(content) == pages


@each_case("content", [content for content, _ in COUNTS])
def test_a_file_cut_anywhere_is_counted_without_an_error(content):
    for length in np.linspace(0, len(content), 200).astype(int):
        assert 1 <= page_count(content[:length]) <= MOST_PAGES


def test_pages_that_lead_in_a_circle_end():
    content = bytearray(encoded("TIFF", 1))
    start = int.from_bytes(content[4:8], "little")
    end = start + 2 + 12 * int.from_bytes(content[start : start + 2], "little")
    content[end : end + 4] = content[4:8]
    assert page_count(bytes(content)) == 1


def test_training_says_that_page_1_is_used(make_images):
    folder = make_images({"cat": 3, "dog": 3})
    for number in range(3):
        (folder / "cat" / f"{number}.tif").write_bytes(encoded("TIFF", 4))
    for _ in range(2):  # decoded, and from memory
        (skipped,) = by_reason(load(str(folder), image_size=8).skipped_items)
        assert str(skipped) == "page 1 of each is used; 9 pages of 3 files not (cat/0.tif, cat/1.tif, cat/2.tif)"
        assert not skipped.is_loss
