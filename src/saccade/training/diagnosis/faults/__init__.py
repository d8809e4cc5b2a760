"""Faults: a file is a kind of fault. Each has `find(evidence)`, which yields what it finds."""
