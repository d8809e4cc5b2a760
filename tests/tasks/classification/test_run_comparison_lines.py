"""What a comparison of two classifiers says of each."""

from saccade.tasks.classification.run_comparison import Comparison


def test_there_is_a_line_for_each_run():
    found = Comparison("runs/a", "runs/b", 100, (0.9, 0.95), 2, 7, 0.05, 0.0, 0.1, 0.18)
    assert found.lines == (
        "runs/a: accuracy 0.9000; 2 images that only it has right",
        "runs/b: accuracy 0.9500; 7 images that only it has right",
    )
