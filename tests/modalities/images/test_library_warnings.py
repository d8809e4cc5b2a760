"""What decoders print about damaged files never reaches the terminal; what is wrong is raised."""

import io
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image, features

from saccade.core.errors import DataError
from saccade.modalities.images import pixels

NOISE = Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8))


def tiff(compression, *, damaged_at=None):
    file = io.BytesIO()
    NOISE.save(file, "TIFF", compression=compression)
    content = bytearray(file.getvalue())
    if damaged_at:
        content[damaged_at : damaged_at + 60] = b"\xff" * 60
    return bytes(content)


@pytest.mark.skipif(not features.check("libtiff"), reason="needs libtiff")
@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_adobe_deflate", "jpeg"])
@pytest.mark.parametrize("damaged_at", [60, 200, 400, 1000])
def test_libtiff_is_quiet(capfd, compression, damaged_at):
    try:
        image = pixels.open_image(tiff(compression, damaged_at=damaged_at))
        pixels.to_pixels(image, size=(8, 8), channels=3)
    except DataError:
        pass  # some damage only changes what is seen
    assert capfd.readouterr().err == ""


def test_a_damaged_one_is_still_refused():
    with pytest.raises(DataError, match="damaged"):
        pixels.to_pixels(pixels.open_image(tiff("tiff_adobe_deflate", damaged_at=200)), size=(8, 8), channels=3)


@pytest.mark.heavy
def test_warnings_and_log_of_pillow_are_not_printed():
    code = (
        "import logging, warnings, saccade.modalities.images.pixels\n"
        "warnings.warn_explicit('Truncated File Read', UserWarning, 'TiffImagePlugin.py', 1, 'PIL.TiffImagePlugin')\n"
        "logging.getLogger('PIL.TiffImagePlugin').error('More samples per pixel than can be decoded')\n"
        "warnings.warn_explicit('of others', UserWarning, 'x.py', 1, 'x')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert "of others" in done.stderr
    assert "Truncated" not in done.stderr
    assert "samples" not in done.stderr
