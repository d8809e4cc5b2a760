"""Quiet decoders: what Pillow and libtiff print about damaged files stays away from the user's terminal.

Our own messages name such a file and say what is wrong with it. libtiff writes to the process's standard error from C,
in any thread, where Python cannot catch it: it is told not to, in this process, which takes no file descriptor away.
"""

import ctypes
import logging
import sys
import warnings
from contextlib import suppress
from ctypes.util import find_library
from pathlib import Path

import PIL


def quiet_decoders() -> None:
    """Have Pillow and libtiff raise what is wrong with a file and print nothing; once a process is enough."""
    warnings.filterwarnings("ignore", module=r"PIL\.")
    logging.getLogger("PIL").addHandler(logging.NullHandler())  # or Python prints what nobody listens to
    for library in _libtiffs():
        with suppress(OSError, AttributeError):  # another build of Pillow: it decodes all the same
            loaded = ctypes.CDLL(library)
            for name in ("TIFFSetWarningHandler", "TIFFSetErrorHandler"):
                setter = getattr(loaded, name)
                setter.argtypes, setter.restype = [ctypes.c_void_p], ctypes.c_void_p
                setter(None)


def _libtiffs() -> list[str]:
    """Return where libtiff is: beside Pillow in its wheels for Linux and macOS, else where the system has it."""
    package = Path(PIL.__file__).parent
    places = (package.parent / "pillow.libs", package / ".dylibs")
    found = [str(file) for place in places for file in place.glob("libtiff*")]
    system = find_library("tiff") if not found and sys.platform != "win32" else None
    return found or ([system] if system else [])
