import numpy as np
import pytest
from PIL import Image

from saccade.tasks.object_detection.box_colours import colour_of
from saccade.tasks.object_detection.detections import Detections
from saccade.tasks.object_detection.drawing import LARGEST_SIDE, LEAST_SIDE, as_jpeg, drawn_detections

OBJECTS = ("cat", "dog")


def one_box(size, box, *, number=0):
    return Detections(np.array([box], np.float32), np.array([0.8], np.float32), np.array([number], np.int32), size)


@pytest.mark.parametrize("number", [0, 1])
def test_a_box_is_drawn_at_its_place_in_the_colour_of_its_class(number):
    pixels = np.full((500, 500, 3), 128, np.uint8)
    image = drawn_detections(pixels, one_box((500, 500), (100, 200, 300, 400), number=number), OBJECTS)
    colour = colour_of(number)
    assert image.getpixel((100, 300)) == image.getpixel((299, 300)) == image.getpixel((200, 399)) == colour
    assert image.getpixel((200, 300)) == (128, 128, 128)
    assert image.getpixel((102, 197)) == colour  # the ground of its name, above the box


@pytest.mark.parametrize("box", [(0, 0, 500, 500), (480, 0, 500, 20), (0, 490, 30, 500)])
def test_a_name_stays_within_the_image(box):
    pixels = np.full((500, 500, 3), 128, np.uint8)
    image = np.asarray(drawn_detections(pixels, one_box((500, 500), box), OBJECTS))
    assert ((image == colour_of(0)).all(axis=-1)).sum() > 500


@pytest.mark.parametrize(("size", "side"), [((60, 120), LEAST_SIDE), ((600, 900), 900), ((10, 4000), LARGEST_SIDE)])
def test_small_images_are_enlarged_so_that_names_can_be_read(size, side):
    image = drawn_detections(np.zeros((*size, 1), np.uint8), one_box(size, (0, 0, 9, 9)), OBJECTS)
    assert max(image.size) == side


def test_a_photo_is_drawn_as_it_is_meant_to_be_seen(tmp_path):
    pixels = np.zeros((300, 500, 3), np.uint8)
    pixels[:, 400:] = 255
    turned = Image.fromarray(pixels)
    exif = turned.getexif()
    exif[274] = 6  # held upright
    turned.save(tmp_path / "photo.png", exif=exif)
    image = drawn_detections(tmp_path / "photo.png", one_box((500, 300), (100, 100, 200, 200)), OBJECTS)
    assert image.size == (300, 500)
    assert image.getpixel((150, 450)) == (255, 255, 255)


def test_a_drawing_is_kept_as_jpeg():
    image = drawn_detections(np.zeros((60, 60, 1), np.uint8), one_box((60, 60), (0, 0, 9, 9)), OBJECTS)
    assert as_jpeg(image)[:2] == b"\xff\xd8"
