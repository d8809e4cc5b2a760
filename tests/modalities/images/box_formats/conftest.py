"""Photos with boxes of which all formats tell the same, and what becomes of a file."""

import pytest
from PIL import Image

from saccade.core.errors import DataError
from saccade.modalities.images import box_recognition

SIZE = (40, 30)  # width and height
TRUTH = {
    "one.jpg": [("cat", 4.0, 6.0, 20.0, 24.0), ("dog", 22.0, 3.0, 38.0, 27.0)],
    "größe 2.png": [("dog", 0.0, 0.0, 40.0, 30.0)],
    "empty.jpg": [],
}


@pytest.fixture
def truth():
    """Return boxes of each photo: class, left, top, right, bottom."""
    return TRUTH


@pytest.fixture
def photo(tmp_path):
    """Return what writes a photo of 40×30 pixels below the temporary folder."""

    def write(name, *, size=SIZE, orientation=0):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        image = Image.new("RGB", size, (abs(hash(name)) % 200, 90, 60))
        exif = Image.Exif()
        if orientation:
            exif[0x0112] = orientation
        image.save(path, exif=exif)
        return path

    return write


@pytest.fixture
def read():
    """Return what reads boxes from a path."""
    return lambda path: box_recognition.read(path, quiet=True)


@pytest.fixture
def boxes(read):
    """Return what gives the boxes of each image at a path, by its file's name."""

    def of(path):
        return {
            image.path.name: sorted((each.name, each.left, each.top, each.right, each.bottom) for each in image.objects)
            for image in read(path).images
        }

    return of


@pytest.fixture
def complaint(read):
    """Return what reads a path in which something is wrong and gives the one sentence that says so."""

    def of(path):
        try:
            found = read(path)
        except DataError as error:
            said = str(error)
        else:
            assert len(found.skipped_items) == 1, found.skipped_items
            said = f"{found.skipped_items[0].name}: {found.skipped_items[0].reason}"
        assert "\n" not in said
        assert len(said) < 600
        return said

    return of
