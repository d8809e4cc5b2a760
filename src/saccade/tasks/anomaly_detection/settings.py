"""Settings of a recipe that looks for anomalies."""

from typing import Annotated, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from saccade.core.recipe import as_text
from saccade.modalities.images.settings import ImageSettings
from saccade.modalities.tables.settings import TableSettings
from saccade.tasks.anomaly_detection import threshold_criterion


class AnomalyDetectionRecipe(ImageSettings, TableSettings):
    """All settings of a network that looks for anomalies, in rows or images."""

    normal: Annotated[str, BeforeValidator(as_text)] = Field(
        "",
        description="the label of normal rows (left out: 0, false, normal, or the more frequent one), or the class of "
        "normal images (left out: good, normal or ok)",
    )
    calibration: float = Field(0.15, ge=0, description="rows that the threshold is chosen on, cut as validation is")
    threshold: str = Field("alarms 10/1000", description="how the threshold is chosen: see `saccade threshold --help`")

    @field_validator("threshold")
    @classmethod
    def _can_be_asked(cls, threshold: str) -> str:
        return str(threshold_criterion.read(threshold))

    @model_validator(mode="after")
    def _no_mixup(self) -> Self:
        if self.augment.mixup:
            raise ValueError("augment.mixup is for classes: mixed images would be learnt as normal ones")
        return self
