"""Named data, a set a file: `read(*, quiet) -> Listing`, and LICENCE, HOMEPAGE, IMAGE_SHAPE (h, w, c), CLASSES."""
