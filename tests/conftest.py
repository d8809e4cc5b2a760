"""Fixtures that all tests share: a cache of their own, and folders of generated pictures."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

MakePictures = Callable[..., Path]


@pytest.fixture(autouse=True, scope="session")
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Tests neither see nor fill the user's cache; parallel workers share one."""
    folder = tmp_path_factory.getbasetemp()
    shared = folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SACCADE_CACHE", str(shared / "cache"))
        yield


@pytest.fixture
def make_pictures(tmp_path: Path) -> MakePictures:
    """Give a function that makes a folder of random pictures: make_pictures({"train/cat": 3, "train/dog": 2})."""

    def make(
        counts: dict[str, int],
        *,
        name: str = "photos",
        size: tuple[int, int] = (8, 8),
        mode: str = "RGB",
        seed: int = 0,
    ) -> Path:
        rng = np.random.default_rng(seed)
        for folder, count in counts.items():
            (tmp_path / name / folder).mkdir(parents=True, exist_ok=True)
            for number in range(count):
                shape = size if mode == "L" else (*size, 3)
                picture = Image.fromarray(rng.integers(0, 256, shape, dtype=np.uint8))
                picture.save(tmp_path / name / folder / f"{number}.png")
        return tmp_path / name

    return make
