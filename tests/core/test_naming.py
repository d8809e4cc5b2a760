import pytest

from saccade.core.naming import readable


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("val_accuracy", "validation accuracy"),
        ("val_mae", "validation mean absolute error"),
        ("val_pr_auc", "validation PR AUC"),
        ("val_ap50", "validation AP50"),
        ("learning_rate", "learning rate"),
        (None, ""),
    ],
)
def test_a_result_is_said_in_words(name, said):
    assert readable(name) == said
