"""Formats of boxes, a file each: where they are recognised by their content, and read.

A file has `recognises(path)`, which says cheaply whether a folder or file is of the format; and `read(path)`, which
returns its `Annotations` and raises DataError with one sentence that says what is wrong and what to try.
"""
