"""Settings of a recipe that finds objects."""

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from saccade.core.recipe import Model, NamedModel
from saccade.modalities.images.settings import ImageSettings


class DetectionRecipe(ImageSettings):
    """All settings of an object detector."""

    task: str = Field("object_detection", description="see `saccade list tasks`")
    model: NamedModel = Field(
        Model(name="residual"), description="see `saccade list pyramids`; its options as model.width"
    )
    overrides: Annotated[str | None, BeforeValidator(lambda path: path or None)] = Field(
        None, description="a CSV file of corrected boxes, as `saccade labels` writes it"
    )
    fit: Literal["pad", "stretch"] = Field("pad", description="how other shapes become square; boxes move along")
    box_weight: float = Field(5, gt=0, description="weight of the boxes' loss (GIoU) against that of the heat maps")
    overlap: float = Field(
        0.6, gt=0, le=1, description="IoU from which on the less sure of two boxes of a class is left out"
    )

    @model_validator(mode="after")
    def _boxes_can_follow(self) -> Self:
        for name in ("rotate", "cutout", "mixup"):
            if getattr(self.augment, name):
                raise ValueError(f"augment.{name} is not for boxes: use flip, shift, zoom, contrast and colour")
        return self
