"""Settings of a recipe that gives several labels."""

from saccade.tasks.pretrained_settings import PretrainedSettings


class MultiLabelRecipe(PretrainedSettings):
    """All settings of a multi-label classifier of images."""
