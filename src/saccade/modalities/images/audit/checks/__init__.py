"""Checks: a file is a kind of finding. Each has `find(evidence)`, which yields what it finds."""
