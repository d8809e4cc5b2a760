"""Look inside a network that says a number of an image."""
