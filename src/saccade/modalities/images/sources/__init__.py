"""Sources, a format a file: `recognises(path) -> bool` and `read(path, *, quiet) -> Listing`.

A source with `LABELS_OPTIONAL = True` also takes `label=""`, the column that holds the classes, and `labelled=True`,
whether any are needed.
"""
