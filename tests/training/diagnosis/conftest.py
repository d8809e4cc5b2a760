import numpy as np
import pytest
from small_networks import striped


@pytest.fixture
def examples():
    images, labels = striped()
    return images / np.float32(255), labels
