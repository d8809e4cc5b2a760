"""Settings of a recipe that says numbers."""

from typing import Literal

from pydantic import Field

from saccade.tasks.pretrained_settings import PretrainedSettings


class RegressionRecipe(PretrainedSettings):
    """All settings of a regression on images."""

    loss: Literal["huber", "mse"] = Field(
        "huber", description="huber: beyond one standard deviation of the numbers errors count singly, not squared"
    )
