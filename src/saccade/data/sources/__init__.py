"""Sources, a format a file: `recognises(path) -> bool` and `read(path, *, quiet) -> Listing`."""
