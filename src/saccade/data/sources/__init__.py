"""Sources, a format a file: `recognises(path) -> bool` and `read(path, *, quiet) -> Listing`.

A source with `HAS_COLUMNS = True` is told which column holds the classes, and whether any is needed: its `read` also
takes `label=""` and `labelled=True`.
"""
