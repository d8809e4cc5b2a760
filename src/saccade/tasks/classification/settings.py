"""Settings of a recipe that tells classes apart."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from saccade.modalities.images.settings import ImageSettings


class ClassificationRecipe(ImageSettings):
    """All settings of a classifier of images."""

    overrides: Annotated[str | None, BeforeValidator(lambda path: path or None)] = Field(
        None, description="a CSV file of corrected labels: path, old, new; an empty new leaves the image out"
    )
    label_smoothing: float = Field(0, ge=0, lt=1, description="part of each target spread over all classes")
    class_weights: Literal["auto", "none", "balanced"] = Field(
        "auto", description="balanced: rare classes count more; auto: where a trial shows that it pays"
    )
