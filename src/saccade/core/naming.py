"""Names of results as a person says them."""

SHORT = {
    **{"mae": "mean absolute error", "mse": "mean squared error", "roc auc": "ROC AUC", "pr auc": "PR AUC"},
    **{"ap": "AP", "ap50": "AP50", "ap75": "AP75", "micro f1": "micro F1", "macro f1": "macro F1"},
}
"""Names of Keras and scikit-learn that a person writes otherwise."""


def readable(result: str | None) -> str:
    """Return "validation accuracy" for "val_accuracy", "validation mean absolute error" for "val_mae"."""
    name = (result or "").removeprefix("val_").replace("_", " ")
    said = SHORT.get(name, name)
    return f"validation {said}" if (result or "").startswith("val_") else said
