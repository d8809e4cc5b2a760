"""Settings of a recipe that gives several labels."""

from saccade.modalities.images.settings import ImageSettings


class MultiLabelRecipe(ImageSettings):
    """All settings of a multi-label classifier of images."""
