import re
import tracemalloc
from xml.etree import ElementTree

import numpy as np
import pytest

from saccade.core.charts import THEME, as_svg, axes_for_page, draw_confusion


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("number", "pattern"), [(2, "class {}"), (10, "{}"), (10, "a class with number {}"), (100, "class {}")]
)
def test_no_label_is_cut_off_at_any_number_of_classes(number, pattern):
    names = [pattern.format(position) for position in range(number)]
    figure = draw_confusion(np.eye(number, dtype=np.int64) * 9 + 1, names)
    figure.canvas.draw()
    for text in labels(figure):
        box = text.get_window_extent()
        assert figure.bbox.x0 <= box.x0 and box.x1 <= figure.bbox.x1, text.get_text()
        assert figure.bbox.y0 <= box.y0 and box.y1 <= figure.bbox.y1, text.get_text()


def labels(figure):
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            yield from (text for text in (axis.label, *axis.get_ticklabels()) if text.get_text())


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


@pytest.mark.heavy
@pytest.mark.slow
@pytest.mark.long
def test_the_matrix_of_very_many_classes_is_drawn_in_little_memory(tmp_path):
    counts = np.random.default_rng(0).integers(0, 3, (200, 200))
    tracemalloc.start()
    draw_confusion(counts, [f"class{number:05}" for number in range(200)]).savefig(tmp_path / "confusion.png", dpi=150)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 150_000_000


def test_a_class_without_images_divides_nothing_by_zero():
    draw_confusion(np.array([[3, 0], [0, 0]]), ("cat", "dog"))


def test_a_figure_for_a_page_takes_its_colours_and_its_letters_from_the_page():
    figure, axes = axes_for_page()
    axes.plot([1, 2], [3, 4], color=THEME["accent"], label="new & old")
    axes.legend(labelcolor=THEME["ink"])
    svg = as_svg(figure, name="first", label='a "curve" <x>')
    element = ElementTree.fromstring(svg.replace("xlink:href", "href"))
    assert element.get("aria-label") == 'a "curve" <x>'
    assert "width" not in element.attrib  # it scales
    assert "var(--accent)" in svg
    assert not re.search(r"#0102|<style|<metadata|DejaVu", svg)
    assert [text.text for text in element.iter("text")][-1] == "new & old"
    identities = re.findall(r' id="([^"]+)"', svg)
    assert identities
    assert all(identity.startswith("first-") for identity in identities)
    assert set(re.findall(r"#(first-\w+)", svg)) <= set(identities)
