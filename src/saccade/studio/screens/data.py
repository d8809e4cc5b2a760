"""Data: look through what there is to learn from, and see what is wrong with it, before anything learns it."""

import json
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from saccade.core import registry
from saccade.core.safe_json import Json
from saccade.studio import events, pixels
from saccade.studio.context import Context, form_of
from saccade.studio.looked_data import SPLITS, Looked, LookedData
from saccade.studio.looked_records import RecordFilter, shown_records
from saccade.studio.tabs import Tab
from saccade.studio.training_wish import TrainingWish
from saccade.studio.uploads import Uploads
from saccade.studio.writing import command_line

TAB = Tab("Data", "/data")

BODIES = {"/data/upload": 4_000_000_000}
"""An archive of photos may be large; it goes straight to the disk."""

PAIRS = 12
"""Rows of images that are shown of a finding."""


def routes(context: Context) -> list[Route]:
    """Return the addresses of the screen."""
    screen = _Screen(context)
    one = "/data/{name}"
    return [
        Route("/data", screen.start),
        Route("/data", screen.open, methods=["POST"]),
        Route("/data/upload", screen.upload, methods=["POST"]),
        Route(one, screen.page),
        Route(f"{one}/parts", screen.parts),
        Route(f"{one}/counts", screen.counts),
        Route(f"{one}/records", screen.records),
        Route(f"{one}/findings", screen.findings),
        Route(f"{one}/findings/{{number:int}}", screen.pairs),
        Route(f"{one}/changes", screen.changes),
        Route(f"{one}/changes.png", screen.changes_image),
        Route(f"{one}/names", screen.names),
        Route(f"{one}/rows", screen.rows),
        Route(f"{one}/pixels", screen.pixels),
        Route(f"{one}/image/{{row:int}}", screen.image),
        Route(f"{one}/events", screen.events),
    ]


class _Screen:
    """Answers at the addresses of the screen."""

    def __init__(self, context: Context) -> None:
        self._context, self._looked, self._uploads = context, LookedData(context), Uploads(context)

    async def start(self, request: Request) -> Response:
        """Ask for data."""
        self._looked.warm()
        opened = [{"address": f"/data/{each.folder.name}", "path": self._shown(each)} for each in self._looked.all()]
        named, path = registry.known_data(), request.query_params.get("path", "")
        return self._context.render(request, "data/start.html.j2", opened=opened, named=named, path=path)

    def _shown(self, looked: Looked) -> str:
        named = looked.data in registry.known_data()
        return looked.data if named else self._context.shown_path(Path(looked.data))

    async def open(self, request: Request) -> Response:
        """Open what a person names."""
        form = await form_of(request)
        name = await run_in_threadpool(self._looked.open_soon, form.get("path", ""), form.get("settings", ""))
        return Response(headers={"HX-Redirect": f"/data/{name}"})

    async def upload(self, request: Request) -> Response:
        """Keep a file that was dropped; `to` is what the first of them was given, `name` its path there."""
        query = request.query_params
        made = await self._uploads.keep(query.get("to", ""), query.get("name", ""), request.stream())
        return JSONResponse({"to": made.name, "path": self._context.shown_path(made)})

    async def page(self, request: Request) -> Response:
        """Show the data as far as they are read."""
        name = request.path_params["name"]
        looked = self._looked.get(name)
        if looked.stage["seen"] == 0 or request.query_params.get("again"):
            self._looked.look(name)
        path, words = self._shown(looked), looked.settings
        lines = [command_line(["check", path, *words, "--html", "check.html"]), command_line(["train", path, *words])]
        values: dict[str, Any] = {
            "path": path,
            "lines": lines,
            "settings": shlex.join(words),
            "training": TrainingWish(path, settings=dict(word.split("=", 1) for word in words if "=" in word)).form,
            "is_folder": Path(looked.data).is_dir(),
        }
        return self._context.render(
            request, "data/page.html.j2", name=name, **values, **self._parts(name), **self._records(name, {})
        )

    def _parts(self, name: str) -> dict[str, Any]:
        looked = self._looked.get(name)
        view, audit = looked.view, looked.audit
        shape = looked.shape() if view.get("pixels") else None
        key = looked.key if shape else ""
        found = {
            "key": key,
            "view": view,
            "audit": audit,
            "findings": looked.findings(),
            "shape": shape,
            "pairs": PAIRS,
        }
        return {"stage": self._looked.stage(name), **found}

    async def parts(self, request: Request) -> Response:
        """Return the parts of the page that come as the data are read."""
        name = request.path_params["name"]
        values = await run_in_threadpool(self._parts, name)
        return self._context.render(request, "data/parts.html.j2", name=name, **values)

    async def counts(self, request: Request) -> Response:
        """Return how many there are of each class, of all of them."""
        name = request.path_params["name"]
        return self._context.render(request, "data/counts.html.j2", view=self._looked.get(name).view)

    async def records(self, request: Request) -> Response:
        """Return the rows of a table that fit what is asked for, a page of them."""
        name = request.path_params["name"]
        values = await run_in_threadpool(self._records, name, request.query_params)
        return self._context.render(request, "data/records.html.j2", name=name, **values)

    def _records(self, name: str, query: Mapping[str, str]) -> dict[str, Any]:
        looked, wanted = self._looked.get(name), RecordFilter.of(query)
        if not looked.view.get("records"):
            return {"shown": None}
        return {"shown": shown_records(looked, wanted), "wanted": wanted}

    async def findings(self, request: Request) -> Response:
        """Return the rows that each finding is about."""
        looked = self._looked.get(request.path_params["name"])
        return JSONResponse([each["rows"] for each in await run_in_threadpool(looked.findings)])

    async def pairs(self, request: Request) -> Response:
        """Return the images of a finding side by side."""
        name, number = request.path_params["name"], request.path_params["number"]
        found = self._looked.get(name).findings()[number : number + 1]
        groups = found[0]["groups"][:PAIRS] if found else []
        return self._context.render(request, "data/pairs.html.j2", name=name, groups=groups)

    async def changes(self, request: Request) -> Response:
        """Show what the random changes of training make of a few images."""
        name = request.path_params["name"]
        found = await run_in_threadpool(self._looked.draw_changes, name)
        return self._context.render(request, "data/changes.html.j2", name=name, **found)

    async def changes_image(self, request: Request) -> Response:
        """Return the drawn changes."""
        folder = self._looked.get(request.path_params["name"]).folder
        return pixels.png(await run_in_threadpool(np.load, folder / "changes.npy"))

    async def names(self, request: Request) -> Response:
        """Return the names of all images."""
        return JSONResponse(self._looked.get(request.path_params["name"]).rows()["names"].tolist())

    async def rows(self, request: Request) -> Response:
        """Return the classes as JSON behind its length, then n int16 classes and n uint8 splits."""
        looked = self._looked.get(request.path_params["name"])
        arrays = await run_in_threadpool(looked.rows)
        splits = np.select([arrays["splits"] == each for each in SPLITS], range(len(SPLITS)), 0)
        said = json.dumps({"classes": looked.view.get("classes", []), "splits": SPLITS}).encode()
        said += b" " * (-len(said) % 4)
        content = arrays["labels"].astype("<i2").tobytes() + splits.astype(np.uint8).tobytes()
        return Response(len(said).to_bytes(4, "little") + said + content, media_type="application/octet-stream")

    async def pixels(self, request: Request) -> Response:
        """Return some thumbnails."""
        looked = self._looked.get(request.path_params["name"])
        return await pixels.thumbnails(request, looked.shape()[0], looked.thumbnails)

    async def image(self, request: Request) -> Response:
        """Return one image, as its thumbnail has it."""
        looked, row = self._looked.get(request.path_params["name"]), request.path_params["row"]
        pixels.rows_of(str(row), looked.shape()[0])
        return pixels.png((await run_in_threadpool(looked.thumbnails, [row]))[0])

    async def events(self, request: Request) -> Response:
        """Say how far the reading is."""
        name = request.path_params["name"]
        self._looked.get(name)

        def read() -> Json:
            return {"data": self._looked.stage(name), "jobs": self._context.activity()}

        return events.watch(request, read, every=0.15)
