"""LookingOn: a page on which somebody watches a training: it asks for pictures as long as it is open."""

import time
from contextlib import suppress
from typing import Any
from urllib.parse import quote

from saccade.core.errors import RunError
from saccade.core.live_pictures import LivePicture, LivePictures
from saccade.core.run import ASKED_FOR, Run

SOON = "The first pictures come in a few seconds, or when the epoch is done."
NONE = "There is nothing to draw of what a network of this kind learns, while it trains."


class LookingOn:
    """One page, whose stream of events asks again and again."""

    def __init__(self) -> None:
        self._asks_at = 0.0

    def stamp(self, run: Run | None, *, is_training: bool) -> str | None:
        """Return a text that changes with the pictures of a run, None where there are none; now and then, ask for them.

        Args:
            run: None before it is there.
            is_training: whether there is a process that could draw some.
        """
        if run is None:
            return None
        if is_training and time.monotonic() >= self._asks_at:
            self._asks_at = time.monotonic() + ASKED_FOR / 4
            with suppress(RunError):  # a run that cannot be written, or was removed, has no pictures
                run.ask_for_pictures()
        return str(run.changed(LivePictures) or "") or None


def shown_pictures(run: Run | None, *, is_training: bool) -> dict[str, Any]:
    """Return what a page shows, plain values for JSON: the moment, what to say, and the pictures with their addresses.

    Args:
        run: None before it is there.
        is_training: whether pictures may still come.
    """
    found = run.load(LivePictures) if run else None
    if run is None or found is None:
        return {"moment": "", "said": SOON if is_training else "", "pictures": []}
    stamp = run.changed(LivePictures)
    address = f"/runs/{quote(run.path.name)}/live/pictures"
    pictures = [_shown(each, f"{address}/{at}?{stamp}") for at, each in enumerate(found.pictures)]
    return {"moment": found.moment, "said": "" if pictures else NONE, "pictures": pictures}


def _shown(picture: LivePicture, source: str) -> dict[str, Any]:
    words = {"title": picture.title, "caption": picture.caption, "alt": picture.alt}
    return {**words, "width": picture.width, "height": picture.height, "source": source}
