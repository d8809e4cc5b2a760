"""NPZ files of images, as anybody may have sent them."""

import numpy as np
import pytest

from saccade.core.errors import DataError
from saccade.modalities.images import npz


def test_a_file_that_the_memory_has_no_room_for_is_a_sentence(tmp_path):
    shape, file = (2**40, 28, 28), tmp_path / "large.npz"  # in its header; there are no pixels
    with npz.zipfile.ZipFile(file, "w") as archive, archive.open("x_train.npy", "w") as array:
        np.lib.format.write_array_header_1_0(array, {"shape": shape, "fortran_order": False, "descr": "|u1"})
    assert npz.shapes(file) == {"x_train": shape}
    with pytest.raises(DataError, match=r"takes more memory than is free \(.* MB\). Save its images as files"):
        npz.arrays(file)
