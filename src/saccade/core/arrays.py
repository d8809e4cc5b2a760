"""Array: an array whose numbers may be of any type, as users give them or a network takes them."""

from typing import Any

from numpy.typing import NDArray

Array = NDArray[Any]
