"""Autoencoders of tables: each file's `build(width)` is a network from standardised features to an error a column."""
