"""Documents: pages that a run holds, whole in one file; they are shown apart from the studio, in a frame."""

from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, Response

from saccade.studio.security import DOCUMENT_POLICY


def document(path: Path) -> Response:
    """Return a page of a run; raises HTTPException (404) where there is none."""
    if not path.is_file():
        raise HTTPException(404)
    headers = {"Content-Security-Policy": DOCUMENT_POLICY} if path.suffix == ".html" else {}
    return FileResponse(path, headers={**headers, "Cache-Control": "no-store"})
