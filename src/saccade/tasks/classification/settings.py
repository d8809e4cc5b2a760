"""Settings of a recipe that tells classes apart."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from saccade.modalities.images.settings import ImageSettings
from saccade.models import backbones


def _as_word(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


class ClassificationRecipe(ImageSettings):
    """All settings of a classifier of images."""

    overrides: Annotated[str | None, BeforeValidator(lambda path: path or None)] = Field(
        None, description="a CSV file of corrected labels: path, old, new; an empty new leaves the image out"
    )
    pretrained: Annotated[Literal["auto", "true", "false"], BeforeValidator(_as_word)] = Field(
        "false", description="start from what a network knows of ImageNet; auto: where validation finds that better"
    )
    backbone: str = Field(backbones.DEFAULT, description="which pretrained network: see `saccade list backbones`")
    label_smoothing: float = Field(0, ge=0, lt=1, description="part of each target spread over all classes")
    none_rate: float = Field(
        0.01, ge=0, le=0.5, description="share of images of the classes that may be refused as none of them; 0: never"
    )
    class_weights: Literal["auto", "none", "balanced"] = Field(
        "auto", description="balanced: rare classes count more; auto: where a trial shows that it pays"
    )
