"""Names of results as a person says them."""


def readable(result: str | None) -> str:
    """Return "validation accuracy" for "val_accuracy"."""
    return (result or "").replace("val_", "validation ").replace("_", " ")
