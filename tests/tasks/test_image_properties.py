"""Properties of images move with what their names say, and hardly with anything else."""

import numpy as np
import pytest
from PIL import Image, ImageFilter

from saccade.modalities.images.streams import Input
from saccade.tasks import image_properties
from saccade.tasks.image_properties import files_behind, properties


def scene(channels=3, seed=0):
    rng = np.random.default_rng(seed)
    coarse = rng.integers(60, 200, (8, 8, channels), dtype=np.uint8)
    return np.repeat(np.repeat(coarse, 4, axis=0), 4, axis=1)


def of(image):
    names = image_properties.names(image.shape[-1])
    return dict(zip(names, properties(image[None])[0].tolist(), strict=True))


def blurred(image):
    return np.asarray(Image.fromarray(image).filter(ImageFilter.GaussianBlur(2)))


@pytest.mark.parametrize(
    ("change", "lower", "same"),
    [
        (lambda image: image // 2, {"brightness", "contrast"}, {"sharpness", "saturation", "red", "green", "blue"}),
        (blurred, {"sharpness"}, {"brightness", "red", "green", "blue"}),
        (lambda image: image.mean(axis=2, keepdims=True).repeat(3, axis=2).astype("u1"), {"saturation"}, {"sharpness"}),
        (lambda image: (image * [0.5, 1, 1]).astype(np.uint8), {"red", "brightness"}, set()),
    ],
    ids=["darker", "blurred", "without colours", "less red"],
)
def test_each_property_moves_with_what_it_is_called_after(change, lower, same):
    before, after = of(scene()), of(change(scene()))
    assert {name for name in before if after[name] < 0.9 * before[name]} >= lower
    assert {name for name in before if abs(after[name] - before[name]) < 0.1 * abs(before[name])} >= same


@pytest.mark.parametrize("image", [np.zeros((4, 4, 3), np.uint8), np.full((1, 1, 1), 255, np.uint8)])
def test_images_of_one_colour_or_one_pixel_have_finite_properties(image):
    assert np.isfinite(properties(image[None])).all()
    assert len(of(image)) == (3 if image.shape[-1] == 1 else 7)


def test_sizes_and_kinds_of_files_are_read_from_their_headers(tmp_path):
    for name, size in (("a.png", (20, 10)), ("b.jpg", (8, 8))):
        Image.new("RGB", size).save(tmp_path / name)
    found = files_behind([Input(name, tmp_path / name) for name in ("a.png", "b.jpg")])
    assert found.sizes.tolist() == [[10, 20], [8, 8]]
    assert found.formats.tolist() == ["PNG", "JPEG"]
    assert files_behind([Input("0", np.zeros((2, 2, 1), np.uint8))]) is None
