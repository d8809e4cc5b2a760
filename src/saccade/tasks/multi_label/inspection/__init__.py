"""Look inside a network that gives an image labels."""
