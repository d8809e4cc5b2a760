"""File formats, a file each: FILE, PRECISIONS, DTYPES, DETAILS and `write`, which all take the same arguments.

`write(network, path, metadata, *, signature, precision, samples)`; outputs of other types than DTYPES are left out. The
file of the same name in `engines/` reads it back.
"""
