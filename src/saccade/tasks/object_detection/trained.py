"""A trained object detector with the verbs on it."""

from saccade.tasks.trained_images import TrainedImageRun


class TrainedDetector(TrainedImageRun):
    """A run that finds objects, with the verbs on it."""
