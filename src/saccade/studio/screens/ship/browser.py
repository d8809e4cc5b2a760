"""In the browser: the exported file answers in the page itself, and its answers are laid beside those of this machine.

onnxruntime-web is 14 MB, four times the rest of the studio, so it is not among its files: who wants the page brings it
once, by npm, into the cache; its hashes must fit.
"""

import asyncio
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from saccade.core.run import Run
from saccade.studio.context import Context
from saccade.studio.screens.run.opened import commands, open_run, run_page
from saccade.studio.screens.ship import browser_runtime
from saccade.studio.security import POLICY

INPUTS = 16
"""So many held-out inputs are answered in both places."""

WITH_WASM = POLICY.replace("script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'")
"""Of the one page that runs WebAssembly; text still never becomes a script."""


def routes(context: Context) -> list[Route]:
    """Return the addresses of the page, of the runtime's files, and of the inputs with their answers."""

    async def page(request: Request) -> Response:
        opened = open_run(context, request)
        values = {"runtime": browser_runtime.is_there(), "runtime_version": browser_runtime.VERSION, "inputs": INPUTS}
        lines = commands(["export", opened.path, "--to", "onnx"])
        answer = run_page(context, request, "ship/browser.html.j2", opened, part="ship", lines=lines, **values)
        answer.headers["Content-Security-Policy"] = WITH_WASM
        return answer

    async def bring(request: Request) -> Response:
        opened = open_run(context, request)
        await asyncio.to_thread(browser_runtime.bring)
        address = opened.address("/browser")
        if "hx-request" in request.headers:  # anew, because its script has seen a page without the runtime
            return Response(headers={"HX-Redirect": address})
        return RedirectResponse(address, 303)

    async def file(request: Request) -> Response:
        name = request.path_params["file"]
        if name not in browser_runtime.FILES or not browser_runtime.is_there():
            raise HTTPException(404)
        return FileResponse(browser_runtime.folder() / name, headers={"Cache-Control": "private, max-age=86400"})

    async def answered(request: Request) -> Response:
        return JSONResponse(await asyncio.to_thread(_answered, open_run(context, request).run))

    return [
        Route("/runs/{name}/browser", page),
        Route("/runs/{name}/browser", bring, methods=["POST"]),
        Route("/runs/{name}/browser/answered", answered),
        Route("/browser-runtime/{file}", file),
    ]


def _answered(run: Run) -> dict[str, Any]:
    """Return held-out inputs and what the exported file answers on this machine, as plain numbers by name."""
    import numpy as np

    from saccade import inference
    from saccade.tasks import base

    loaded = inference.newest_export(run)
    if loaded is None:
        raise HTTPException(404)
    dataset = base.reload(run, quiet=True)
    rows = next(found for split in ("validation", "calibration", "train") if len(found := dataset.rows(split)))
    inputs = np.ascontiguousarray(
        np.asarray(dataset.inputs[rows[:INPUTS]]).astype(loaded.metadata.signature.input.dtype)
    )
    outputs = loaded.outputs(inputs)
    return {
        "input": loaded.metadata.signature.input.name,
        "type": str(inputs.dtype),
        "shape": list(inputs.shape),
        "values": inputs.ravel().tolist(),
        "names": [_name(dataset, int(row)) for row in rows[:INPUTS]],
        "outputs": {
            name: {"shape": list(values.shape), "values": np.asarray(values, np.float64).ravel().tolist()}
            for name, values in outputs.items()
        },
    }


def _name(dataset: Any, row: int) -> str:
    return str(dataset.names[row]) if hasattr(dataset, "names") else f"row {row + 1}"
