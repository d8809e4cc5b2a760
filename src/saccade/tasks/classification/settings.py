"""Settings of a recipe that tells classes apart."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from saccade.core.recipe import Settings
from saccade.tasks.pretrained_settings import PretrainedSettings


class Pretraining(Settings):
    """How a network that offers it is trained layer by layer, without labels, before the whole: see `model: dbn`."""

    epochs: int = Field(30, ge=0, description="passes over the training images for each layer; 0: no pretraining")
    learning_rate: float = Field(0.05, gt=0, description="of the layers' stochastic gradient descent")
    momentum: float = Field(0.9, ge=0, lt=1, description="of that descent")
    schedule: Literal["constant", "cosine"] = Field(
        "constant", description="of its learning rate: cosine falls to 0 over the passes of a layer"
    )
    weight_decay: float = Field(0.0002, ge=0, description="decay of the kernels a step, times the learning rate")
    batch_size: int = Field(32, ge=1, description="images a step")
    k: int = Field(1, ge=1, le=100, description="steps of Gibbs sampling of contrastive divergence, CD-k")
    classifier_epochs: int = Field(
        0,
        ge=0,
        description="passes that then train the last layer alone, before labels train all layers; not with "
        "model.trained: head, which solves for it",
    )


class ClassificationRecipe(PretrainedSettings):
    """All settings of a classifier of images."""

    overrides: Annotated[str | None, BeforeValidator(lambda path: path or None)] = Field(
        None, description="a CSV file of corrected labels: path, old, new; an empty new leaves the image out"
    )
    pretraining: Pretraining = Field(
        Pretraining(), description="training of each layer by itself, before all of them; for dbn"
    )
    label_smoothing: float = Field(0, ge=0, lt=1, description="part of each target spread over all classes")
    none_rate: float = Field(
        0.01, ge=0, le=0.5, description="share of images of the classes that may be refused as none of them; 0: never"
    )
    test_time_augmentation: Literal["none", "mirror", "mirror_and_shift"] = Field(
        "none",
        description="mirror: answers are the mean of those for an image and for its mirror image, at twice the time; "
        "mirror_and_shift: for two shifted ones and their mirror images as well, at six times the time",
    )
    class_weights: Literal["auto", "none", "balanced"] = Field(
        "auto", description="balanced: rare classes count more; auto: where a trial shows that it pays"
    )
