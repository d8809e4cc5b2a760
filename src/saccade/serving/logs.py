"""Logs: a JSON object a line on standard error, for the programs that collect them."""

import asyncio
import json
import logging
import logging.config
import warnings
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import TextIO

LOGGER = logging.getLogger("saccade.serving")

LARGEST_TEXT = 300
"""Characters of what a client sent; the rest would be for filling the disk."""

PIPE = 4096
"""Characters, which are bytes here: more may be torn by what others write."""

MOMENT = 0.005
"""Seconds that a line waits for others."""


class AsJson(logging.Formatter):
    """Writes time, level, event, and the values that `event` was given."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line; line breaks of clients are escaped, so nobody can forge another."""
        content = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **getattr(record, "values", {}),
        }
        if record.exc_info:
            content["traceback"] = self.formatException(record.exc_info)
        return json.dumps(content)


class Gathered(logging.StreamHandler[TextIO]):
    """Writes the lines of a moment at once: to put each together and write it takes longer than a small network."""

    def __init__(self) -> None:
        super().__init__()
        self._records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line that the event loop says until `MOMENT` is over; write others, and what went wrong, at once."""
        self._records.append(record)
        can_wait = record.name == LOGGER.name and record.levelno < logging.WARNING
        loop = _running_loop() if can_wait else None
        if loop is None:
            self.flush()
        elif len(self._records) == 1:
            loop.call_later(MOMENT, self.flush)

    def flush(self) -> None:
        """Write what is kept."""
        with self.lock or nullcontext():
            records, self._records = self._records, []
            if records:
                try:
                    for lines in _whole(self.format(record) + self.terminator for record in records):
                        self.stream.write(lines)
                        super().flush()
                except Exception:
                    self.handleError(records[-1])


def _whole(lines: Iterable[str]) -> Iterator[str]:
    """Put lines together, no more than a pipe takes whole: other processes write into the same one."""
    together = ""
    for line in lines:
        if together and len(together) + len(line) > PIPE:
            yield together
            together = ""
        together += line
    yield together


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:  # there is none in this thread
        return None


def event(name: str, *, level: int = logging.INFO, **values: object) -> None:
    """Log something that happened, with values that JSON can hold."""
    if not LOGGER.isEnabledFor(level):
        return
    shortened = {key: value[:LARGEST_TEXT] if isinstance(value, str) else value for key, value in values.items()}
    # by hand: `LOGGER.log` would look through the stack for the line that calls, which nobody is told
    record = logging.LogRecord(LOGGER.name, level, "", 0, name, None, None)
    record.values = shortened
    LOGGER.handle(record)


def configure() -> None:
    """Send the logs of service, web server and Python's warnings to standard error, as JSON."""
    logging.captureWarnings(True)
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False  # is not written, and takes time
    warnings.filterwarnings("ignore", module="PIL")  # of damaged images, which the answers name
    levels = {
        "saccade.serving": "INFO",
        "uvicorn.error": "INFO",
        # what these say of damaged forms and images, the line of the request says already
        "python_multipart": "CRITICAL",
        "PIL": "CRITICAL",
    }
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"json": {"()": AsJson}},
            "handlers": {"stderr": {"()": Gathered, "formatter": "json"}},
            "root": {"level": "WARNING", "handlers": ["stderr"]},
            "loggers": {name: {"level": level} for name, level in levels.items()},
        }
    )
