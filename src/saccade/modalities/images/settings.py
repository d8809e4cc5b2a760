"""Settings of a recipe that concern images: their size, channels, splits of look-alikes, and random changes."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from saccade.core.recipe import Recipe, Settings


def _direction(value: Any) -> Any:
    return {True: "horizontal", False: "none", None: "none"}.get(value, value)


class Augment(Settings):
    """Random changes of the training images, in the order of these fields; 0 or none is off.

    What is "auto" is used where a trial shows that labels survive it.
    """

    flip: Annotated[Literal["auto", "none", "horizontal", "vertical", "both"], BeforeValidator(_direction)] = Field(
        "none", description="mirror half of the images: horizontal, vertical, both, or auto: where labels survive it"
    )
    shift: float = Field(0, ge=0, le=0.5, description="move by up to this fraction of the side")
    rotate: Annotated[float, Field(ge=0, le=180)] | Literal["auto"] = Field(
        0, description="turn by up to so many degrees, or auto: by 15, where labels survive it"
    )
    zoom: float = Field(0, ge=0, lt=1, description="enlarge or shrink by up to this fraction")
    contrast: float = Field(0, ge=0, lt=1, description="change the contrast by up to this fraction")
    colour: Annotated[float, Field(ge=0, lt=1)] | Literal["auto"] = Field(
        0, description="make each channel stronger or weaker by this fraction, or auto: .3, where labels survive it"
    )
    cutout: float = Field(0, ge=0, lt=1, description="blank out a square of this fraction of the side")
    mixup: float = Field(0, ge=0, description="alpha of mixup (Zhang et al. 2018); 0.2 is usual")


class ImageSettings(Recipe):
    """What a recipe says of images."""

    image_size: Annotated[int, Field(ge=4, le=2048)] | None = Field(
        None,
        description="side in pixels; left out: the images' own size if all agree and it is at most 128, else 96, and "
        "for a pretrained network its own or 160",
    )
    channels: Literal[1, 3] | None = Field(None, description="1 grey, 3 colour; left out: as the images are")
    fit: Literal["pad", "crop", "stretch"] = Field(
        "pad", description="how other shapes become square; left out: pad, for pretrained networks stretch"
    )
    duplicates: Literal["together", "ignored"] = Field(
        "together", description="together: images that show the same stay in one split when a split is cut"
    )
    augment: Augment = Field(Augment(), description="random changes of the training images")
