"""Drift: whether new data are still like those of a run. Tests of two samples, what is found, and how it is shown."""
