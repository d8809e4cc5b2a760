"""Links to a tutorial's script, which lead somewhere on GitHub too, lead to its page in the built site."""

import re

from sphinx.application import Sphinx

_SCRIPT = re.compile(r"\]\(((?:\.\./)*)tutorials/(?:(\w+)\.py)?\)")


def to_pages(app: Sphinx, name: str, source: list[str]) -> None:
    """Replace "](tutorials/1_first_network.py)" by "](tutorials_built/1_first_network)", the folder by its index."""
    source[0] = _SCRIPT.sub(lambda link: f"]({link[1]}tutorials_built/{link[2] or 'index'})", source[0])


def setup(app: Sphinx) -> dict[str, bool]:
    """Replace them as each page is read."""
    app.connect("source-read", to_pages)
    return {"parallel_read_safe": True}
