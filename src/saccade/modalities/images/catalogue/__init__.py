"""Named data, a set a file: `read(*, quiet) -> Listing`, and LICENCE, HOMEPAGE, IMAGE_SHAPE (h, w, c), CLASSES.

HUB, if there is one, is its name on the Hugging Face Hub, for model cards.
"""
