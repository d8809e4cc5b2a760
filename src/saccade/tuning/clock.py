"""SearchClock: what of a search's budget is used, over kills and processes."""

import time
from collections.abc import Callable

from saccade.tuning.search_folder import SearchFolder

LEAD = "lead"
"""The role of the process that keeps the clock and says the last word; another takes it over when that ends."""

EVERY = 2.0
"""Seconds between two writings: so much is lost at most when a process is killed."""


class SearchClock:
    """Counts the seconds of a search, from where it was when others stopped, or go on with it."""

    def __init__(self, folder: SearchFolder, *, used: float = 0.0, now: Callable[[], float] = time.monotonic) -> None:
        """Join a search.

        Args:
            folder: of the search.
            used: seconds of this process, before now.
            now: the time.
        """
        self._folder, self._now = folder, now
        self._lock = folder.claim(LEAD)
        self._origin = now() - (folder.used() + used if self._lock else folder.used_by_now())
        self._written = float("-inf")
        self.tick()

    @property
    def used(self) -> float:
        """Seconds so far."""
        return self._now() - self._origin

    @property
    def leads(self) -> bool:
        """Whether this process keeps the clock, which it takes over where nobody does."""
        if self._lock is None:
            self._lock = self._folder.claim(LEAD)
        return self._lock is not None

    def tick(self) -> None:
        """Write it, from time to time."""
        if self._now() - self._written >= EVERY and self.leads:
            self.write()

    def write(self) -> None:
        """Write it now."""
        self._folder.write_clock(self.used)
        self._written = self._now()

    def close(self) -> None:
        """Give up the role."""
        if self._lock is not None:
            self.write()
            self._lock.release()
            self._lock = None
