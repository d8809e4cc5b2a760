"""Names of results as a person says them."""

SHORT = {"mae": "mean absolute error", "mse": "mean squared error", "roc auc": "ROC AUC", "pr auc": "PR AUC"}
"""Names that Keras and scikit-learn abbreviate."""


def readable(result: str | None) -> str:
    """Return "validation accuracy" for "val_accuracy", "validation mean absolute error" for "val_mae"."""
    name = (result or "").removeprefix("val_").replace("_", " ")
    said = SHORT.get(name, name)
    return f"validation {said}" if (result or "").startswith("val_") else said
