"""Trackers: a file each, whose `Tracker` writes what it is told of a training: see `tracking.tracker`."""
