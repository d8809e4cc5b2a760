"""Detectors, a file each: simple ways to find strange rows that an autoencoder must beat to be worth its while.

A detector is one file here with a function `make(seed)`, which returns an object with:

- `fit(features)`: features of the training rows, (n, w), float32, standardised, finite, n at least 1; returns itself;
- `score(features)`: (n,), float64, larger is stranger; a row's score depends on no other row that is asked about;
- `fitted_on`: how many of the training rows it learnt from; fewer than it was given where all would take too long.
"""
