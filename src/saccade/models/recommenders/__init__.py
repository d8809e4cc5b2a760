"""Recommenders, a file each: what a user rated in, what this user would give every item out.

A file has `build(items, levels, *, options) -> keras.Model`, from codes (n, items), 0 where nothing is rated, else
1 + the place in the scale, to two outputs, "expected" (n, items), in stars, and "scores" (n, items): higher is
shown sooner.
"""
