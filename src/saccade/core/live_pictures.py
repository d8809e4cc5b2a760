"""LivePictures: what a network has learnt so far, drawn while it trains, for who looks on; a run keeps the newest."""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self


@dataclass(frozen=True)
class LivePicture:
    """One picture.

    Attributes:
        title: what it shows, in a few words.
        caption: how to read it, a sentence or two.
        alt: what is on it, for who does not see it.
        png: the file's content.
        width: in pixels.
        height: likewise.
    """

    title: str
    caption: str
    alt: str
    png: bytes
    width: int
    height: int

    def to_dict(self) -> Mapping[str, Any]:
        """Return plain values for JSON."""
        return {**vars(self), "png": b64encode(self.png).decode()}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Self:
        """Return what `to_dict` described; raises KeyError or ValueError where it is of another kind."""
        title, caption, alt = (str(content[name]) for name in ("title", "caption", "alt"))
        width, height = int(content["width"]), int(content["height"])
        return cls(title, caption, alt, b64decode(content["png"], validate=True), width, height)


@dataclass(frozen=True)
class LivePictures:
    """The pictures of one moment of a training.

    Attributes:
        moment: "after epoch 3", "in epoch 4".
        pictures: in their order; none where there is nothing to draw of such a network.
    """

    FILE: ClassVar[str] = "live/pictures.json"
    moment: str
    pictures: tuple[LivePicture, ...]

    def to_dict(self) -> Mapping[str, Any]:
        """Return plain values for JSON."""
        return {"moment": self.moment, "pictures": [each.to_dict() for each in self.pictures]}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Self:
        """Return what `to_dict` described; raises KeyError or ValueError where it is of another kind."""
        return cls(str(content["moment"]), tuple(map(LivePicture.from_dict, content["pictures"])))
