"""Templates → pages, with what every page has: the navigation, the styles, the way of writing numbers."""

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
from starlette.requests import Request
from starlette.responses import HTMLResponse

from saccade.core.version import __version__
from saccade.studio import screens
from saccade.studio.writing import FILTERS

if TYPE_CHECKING:
    from saccade.studio.context import Context

FOLDER = Path(__file__).parent
STATIC = FOLDER / "static"
STYLE = FOLDER.parent / "core" / "pages" / "style.css"
"""The one style that the studio and all pages of runs share."""


class Templates:
    """The Jinja files of `templates/`; names and texts are escaped."""

    def __init__(self, context: "Context") -> None:
        self._context = context

    @cached_property
    def environment(self) -> jinja2.Environment:
        """Jinja, as all pages use it."""
        made = jinja2.Environment(
            loader=jinja2.FileSystemLoader(FOLDER / "templates"),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=jinja2.StrictUndefined,
        )
        made.filters.update(FILTERS)
        tabs = {name: each.TAB for name, each in screens.all_screens().items() if each.TAB}
        made.globals.update(
            tabs=tabs,
            screens=list(screens.all_screens()),
            static="/static/{}".format,
            version=__version__,
            context=self._context,
        )
        return made

    def respond(self, request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
        """Return a page, or a part of one that htmx puts into a page."""
        return HTMLResponse(self.text(template, request=request, **values), status)

    def text(self, template: str, **values: Any) -> str:
        """Return a filled template."""
        return self.environment.get_template(template).render(values)
