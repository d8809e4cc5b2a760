"""Settings of recipes that may start from a pretrained network."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from saccade.modalities.images.settings import ImageSettings
from saccade.models import backbones


def _as_word(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


class PretrainedSettings(ImageSettings):
    """What a recipe says of images, and of what a network knows of others."""

    pretrained: Annotated[Literal["auto", "true", "false"], BeforeValidator(_as_word)] = Field(
        "false",
        description="start from what a network knows of ImageNet; auto: where validation finds that better, and for "
        "photos with fewer than 50 validation images a linear layer on it alone, without epochs",
    )
    backbone: str = Field(backbones.DEFAULT, description="which pretrained network: see `saccade list backbones`")
