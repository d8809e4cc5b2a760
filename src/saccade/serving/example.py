"""Example: a request that a service answers, from which commands and programs to copy are made."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Example:
    """What is sent to /predict.

    Attributes:
        content_type: of the body.
        file: whose content is the body, to be put in place of a user's own: "photo.jpg"; "" where `text` is the body.
        text: the body itself, of this very network.
    """

    content_type: str
    file: str = ""
    text: str = ""
