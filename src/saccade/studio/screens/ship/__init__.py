"""Ship: files that work anywhere, with how they answer beside the run; a service; commands and programs that ask it."""

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from saccade.studio.context import Context, form_of
from saccade.studio.screens.run.opened import OpenedRun, commands, open_run, run_page
from saccade.studio.screens.ship import browser, browser_runtime, exports, services
from saccade.studio.screens.ship.snippets import snippets_of

TAB = None


def routes(context: Context) -> list[BaseRoute]:
    """Return the addresses of the screen."""

    async def page(request: Request) -> Response:
        return await _page(context, request)

    async def export(request: Request) -> Response:
        opened, form = open_run(context, request), await form_of(request)
        if form.get("fastest"):
            exports.order_fastest(context, opened)
        else:
            exports.order(context, opened, form.get("to", "onnx"), form.get("precision", "float32"))
        return RedirectResponse(opened.address("/ship?made=export"), 303)

    async def start(request: Request) -> Response:
        opened = open_run(context, request)
        services.start(context, opened)
        return RedirectResponse(opened.address("/ship#service"), 303)

    async def stop(request: Request) -> Response:
        opened = open_run(context, request)
        services.stop(context, opened)
        return RedirectResponse(opened.address("/ship#service"), 303)

    async def file(request: Request) -> Response:
        opened = open_run(context, request)
        return exports.download(context, opened, request.path_params["file"])

    return [
        Route("/runs/{name}/ship", page),
        Route("/runs/{name}/export", export, methods=["POST"]),
        Route("/runs/{name}/serve", start, methods=["POST"]),
        Route("/runs/{name}/serve/stop", stop, methods=["POST"]),
        Route("/runs/{name}/export/{file}", file),
        *browser.routes(context),
    ]


async def _page(context: Context, request: Request) -> Response:
    opened = open_run(context, request)
    service = services.of_run(context, opened)
    values: dict[str, Any] = {"service": service, "exported": exports.table(opened), "formats": exports.formats()}
    return run_page(
        context,
        request,
        "ship/page.html.j2",
        opened,
        part="ship",
        job=exports.job(context, opened),
        snippets=await snippets_of(context, opened, service.address if service else ""),
        runtime=browser_runtime.is_there(),
        can_run=exports.has_current(opened, "model.onnx"),
        lines=_lines(opened),
        **values,
    )


def _lines(opened: OpenedRun) -> list[str]:
    return commands(["export", opened.path, "--to", "onnx"], ["serve", opened.path])
