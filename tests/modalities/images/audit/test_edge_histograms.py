"""Edge histograms say which way edges run, in any light, and are turned round without looking at the image again."""

import numpy as np

from saccade.modalities.images.audit.edge_histograms import edge_histograms, in_mirror


def described(images):
    return edge_histograms(images, np.arange(len(images)))


def test_histograms_have_length_one_and_a_blank_image_has_none(make_scenes):
    images = np.concatenate([make_scenes(3), np.full((1, 32, 32, 3), 90, np.uint8)])
    lengths = np.linalg.norm(described(images), axis=1)
    assert np.allclose(lengths[:3], 1, atol=1e-5)
    assert lengths[3] == 0


def test_the_histograms_of_a_mirror_image_are_those_turned_round(make_scenes):
    images = make_scenes(5)
    assert np.allclose(in_mirror(described(images)), described(images[:, :, ::-1]), atol=1e-5)
    assert not np.allclose(described(images), described(images[:, :, ::-1]), atol=0.05)


def test_light_does_not_count(make_scenes):
    images = make_scenes(5)
    dark = (images * 0.5 + 20).astype(np.uint8)
    assert (described(images) * described(dark)).sum(axis=1).min() > 0.99


def test_an_edge_counts_where_it_is_and_which_way_it_runs():
    image = np.zeros((1, 32, 32, 1), np.uint8)
    image[0, :, 4:] = 200  # dark to bright in the leftmost cells, to the right
    cells = described(image).reshape(4, 4, 8)
    assert np.unravel_index(cells.argmax(), cells.shape)[1:] == (0, 0)
    assert (cells[:, 2:] == 0).all()


def test_images_of_other_sizes_are_looked_at_alike(make_scenes):
    images = make_scenes(4)
    large = images.repeat(3, axis=1).repeat(3, axis=2)
    assert np.allclose(described(images), described(large), atol=1e-4)


def test_of_no_rows_there_are_no_histograms(make_scenes):
    assert edge_histograms(make_scenes(1), np.empty(0, np.int64)).shape == (0, 128)
