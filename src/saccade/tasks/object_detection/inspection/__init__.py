"""Look inside a network that finds objects."""
