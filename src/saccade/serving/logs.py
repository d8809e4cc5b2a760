"""Logs: a JSON object a line on standard error, for the programs that collect them."""

import json
import logging
import logging.config
import warnings
from datetime import UTC, datetime

LOGGER = logging.getLogger("saccade.serving")

LARGEST_TEXT = 300
"""Characters of what a client sent; the rest would be for filling the disk."""


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


def event(name: str, *, level: int = logging.INFO, **values: object) -> None:
    """Log something that happened, with values that JSON can hold."""
    shortened = {key: value[:LARGEST_TEXT] if isinstance(value, str) else value for key, value in values.items()}
    LOGGER.log(level, name, extra={"values": shortened})


def configure() -> None:
    """Send the logs of service, web server and Python's warnings to standard error, as JSON."""
    logging.captureWarnings(True)
    warnings.filterwarnings("ignore", module="PIL")  # of damaged pictures, which the answers name
    levels = {
        "saccade.serving": "INFO",
        "uvicorn.error": "INFO",
        # what these say of damaged forms and pictures, the line of the request says already
        "python_multipart": "CRITICAL",
        "PIL": "CRITICAL",
    }
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"json": {"()": AsJson}},
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
            "root": {"level": "WARNING", "handlers": ["stderr"]},
            "loggers": {name: {"level": level} for name, level in levels.items()},
        }
    )
