"""Paths and names within commands that a person pastes into a shell."""

import shlex


def shell_word(text: object) -> str:
    """Return a path or name as one word of a command: photos/ as it is, `'my photos/'` in quotation marks.

    For example::

        f"Go on with: saccade train --resume {shell_word(run.path)}"
    """
    return shlex.quote(str(text))
