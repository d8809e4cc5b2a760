"""What makes one data set the same as another."""


def source_hash(content_hash: str) -> str:
    """Return the hash of the data without their corrections, whose own hash stands behind a plus."""
    return content_hash.partition("+")[0]
