"""Baselines, a file each: simple classifiers on raw pixels that a network must beat to be worth its while.

A baseline is one file here with a function `make()`, which returns a scikit-learn classifier. It is fitted on the
training split, (n, d) float32 from 0 to 1, with labels (n,), and asked for the same images as the network. Where it has
`MOST_CLASSES`, it is left out of data with more classes.
"""
