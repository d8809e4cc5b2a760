import numpy as np
import pytest
from matplotlib.image import imread

from saccade.drawing import draw_confusion


@pytest.mark.parametrize("number", [2, 10, 30, 100])
def test_nothing_is_cut_off_at_any_number_of_classes(number, tmp_path):
    names = [f"a class of number {position}" for position in range(number)]
    counts = np.eye(number, dtype=np.int64) * 9 + 1
    draw_confusion(counts, names).savefig(tmp_path / "confusion.png", dpi=50)
    picture = imread(tmp_path / "confusion.png")[..., :3]
    edges = [picture[0], picture[-1], picture[:, 0], picture[:, -1]]
    assert all((edge == 1).all() for edge in edges), "ink at the edge"


def test_counts_are_written_where_they_can_be_read():
    few = draw_confusion(np.array([[8, 1], [0, 9]]), ("cat", "dog"))
    many = draw_confusion(np.eye(40, dtype=np.int64), [str(number) for number in range(40)])
    assert [text.get_text() for text in few.axes[0].texts] == ["8", "1", "9"]
    assert not many.axes[0].texts


@pytest.mark.parametrize(
    ("name", "label"), [("$x$", "$x$"), ("猫", "class 0"), ("x" * 40, "x" * 23 + "…"), ("Käse", "Käse")]
)
def test_any_class_name_can_be_drawn(name, label, tmp_path):
    figure = draw_confusion(np.array([[1, 0], [0, 1]]), (name, "dog"))
    figure.savefig(tmp_path / "confusion.png")
    assert figure.axes[0].get_yticklabels()[0].get_text() == label


def test_a_class_without_pictures_divides_nothing_by_zero():
    draw_confusion(np.array([[3, 0], [0, 0]]), ("cat", "dog"))
