"""Which image of a run may be looked at: any but those of its sealed test split."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from saccade.core.errors import RunError
from saccade.core.shell_words import shell_word

if TYPE_CHECKING:  # a run needs packages that a machine which only predicts does not have
    from saccade.core.run import Run


def refuse_sealed(run: "Run", image: Any) -> None:
    """Raise RunError when an image is one of the run's own test split."""
    named = isinstance(image, str | Path) and not Path(image).is_file()
    if named and run.split.get(str(image)) == "test":
        raise RunError(
            f"'{image}' is in the test split, which stays sealed. Look at an image of another split, or at a new file: "
            f"saccade inspect {shell_word(run.path)} IMAGE"
        )
