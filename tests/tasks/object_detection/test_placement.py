"""Boxes go to what the network sees and back."""

import numpy as np
import pytest
from PIL import Image

from saccade.modalities.images.pixels import to_pixels
from saccade.tasks.object_detection.placement import to_images, to_network

SIZES = [(48, 64), (64, 48), (33, 100), (100, 100), (7, 500)]


@pytest.mark.parametrize("fit", ["pad", "stretch"])
@pytest.mark.parametrize("size", SIZES)
def test_boxes_come_back_from_the_network_as_they_went(size, fit):
    sizes = np.array([size], np.int32)
    boxes = np.array([[[0, 0, size[1], size[0]], [1, 2, 5, 6.5]]], np.float32)
    there = to_network(boxes, sizes, (96, 96), fit=fit)
    np.testing.assert_allclose(to_images(there, sizes, (96, 96), fit=fit), boxes, atol=1e-3)


@pytest.mark.parametrize("fit", ["pad", "stretch"])
@pytest.mark.parametrize("size", SIZES[:3])
def test_a_box_lies_where_to_pixels_puts_what_is_in_it(size, fit):
    height, width = size
    pixels = np.zeros((height, width, 1), np.uint8)
    top, left = height // 3, width // 4
    pixels[top : top + 12, left : left + 16] = 255
    seen = to_pixels(Image.fromarray(pixels[..., 0]), size=(192, 192), channels=1, fit=fit)[..., 0] > 127
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    box = np.array([[[left, top, left + 16, top + 12]]], np.float32)
    found = to_network(box, np.array([size], np.int32), (192, 192), fit=fit)[0, 0]
    np.testing.assert_allclose(found, [columns[0], rows[0], columns[-1] + 1, rows[-1] + 1], atol=2)


def test_boxes_do_not_leave_the_image():
    found = to_images(np.array([[[-9, -9, 900, 900]]], np.float32), np.array([[30, 60]], np.int32), (96, 96), fit="pad")
    np.testing.assert_allclose(found[0, 0], [0, 0, 60, 30])
