"""File formats, a file each: FILE, PRECISIONS, DETAILS and `write(network, path, metadata, *, precision, samples)`.

The file of the same name in `engines/` reads it back.
"""
