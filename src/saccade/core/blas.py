"""BLAS: how many threads multiply small matrices."""

from functools import cache
from typing import Any

import scipy.linalg  # noqa: F401  (brings a BLAS of its own, which is to be found with NumPy's)
from threadpoolctl import ThreadpoolController


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()


def find() -> None:
    """Look for the libraries now, where nobody has yet."""
    _controller()


def one_thread() -> Any:
    """Return a context in which each product of matrices is computed by one thread.

    Of many small products, several threads wait for each other. The libraries are looked for once a process, by whoever
    is first: looking for them while another thread imports compiled modules can stop both for ever, because the one
    holds the loader's lock and waits for Python's, the other the reverse.
    """
    return _controller().limit(limits=1, user_api="blas")
