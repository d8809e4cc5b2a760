"""Find objects in images: a box, a class and a score each."""
