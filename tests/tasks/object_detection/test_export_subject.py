import numpy as np
import pytest

from saccade.tasks.object_detection.export_subject import SAME, TOLERANCES, agreement, differences

THRESHOLD = 0.4
BOXES = np.array([(10, 10, 50, 50), (60, 60, 90, 90), (5, 60, 30, 95)], np.float32)
SCORES = np.array([0.9, 0.6, 0.2], np.float32)
CLASSES = np.array([0, 1, 0], np.int32)


def outputs(boxes=BOXES, scores=SCORES, classes=CLASSES):
    """One image's answer, filled up to 100 boxes."""
    made = {"boxes": np.zeros((1, 100, 4), np.float32), "scores": np.zeros((1, 100), np.float32)}
    made["classes"] = np.zeros((1, 100), np.int32)
    for name, values in (("boxes", boxes), ("scores", scores), ("classes", classes)):
        made[name][0, : len(values)] = values
    return made


def compared(found, expected=None, precision="float32"):
    tolerance = TOLERANCES[precision]
    both = found, expected or outputs()
    far = differences(*both, threshold=THRESHOLD)
    return far, agreement(*both, threshold=THRESHOLD, margin=tolerance.difference, same=SAME[precision]), tolerance


def test_the_same_answer_in_another_order_agrees():
    order = [1, 0, 2]
    far, same, _ = compared(outputs(BOXES[order], SCORES[order], CLASSES[order]))
    assert far == pytest.approx({"boxes": 0, "scores": 0})
    assert same == 1


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"boxes": BOXES + np.float32(3)}, "agreement"),
        ({"scores": SCORES - np.float32(0.05)}, "difference"),
        ({"classes": CLASSES + 1}, "agreement"),
        ({"boxes": BOXES + np.float32(40)}, "agreement"),
        ({"scores": SCORES * np.array([1, 0, 1], np.float32)}, "agreement"),
        ({"scores": np.array([0.9, 0.6, 0.5], np.float32)}, "difference"),
        ({"scores": SCORES * 0}, "agreement"),
    ],
)
def test_a_file_that_answers_otherwise_is_not_allowed(changed, why):
    far, same, tolerance = compared(outputs(**changed))
    assert not tolerance.allows(max(far.values()), same)
    assert (same < tolerance.agreement) == (why == "agreement")


def test_what_is_far_below_the_threshold_may_differ():
    far, same, tolerance = compared(outputs(scores=np.array([0.9, 0.6, 0.1], np.float32)))
    assert tolerance.allows(max(far.values()), same)


def test_a_score_beside_the_threshold_may_fall_on_either_side():
    before, after = (np.array([0.9, 0.6, THRESHOLD + each], np.float32) for each in (0.002, -0.002))
    far, same, tolerance = compared(outputs(scores=after), outputs(scores=before))
    assert tolerance.allows(max(far.values()), same)
    assert far["scores"] == pytest.approx(0.004, abs=1e-6)


def test_where_nothing_is_sure_the_surest_box_is_compared():
    low = SCORES * np.float32(0.1)
    far, _, _ = compared(outputs(BOXES + np.float32(3), low), outputs(scores=low))
    assert far["boxes"] > 0.1
