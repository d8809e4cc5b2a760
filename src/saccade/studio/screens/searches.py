"""Searches: start a search for better settings, watch its trials, stop it, go on, and see what it found."""

import asyncio
import shlex
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from saccade.core import recipe as recipes
from saccade.core import registry
from saccade.core.errors import RecipeError, RunError, SaccadeError
from saccade.core.pasted_path import pasted_path
from saccade.studio import events
from saccade.studio.context import Context, form_of
from saccade.studio.job import ENDED
from saccade.studio.looked_data import words_of
from saccade.studio.search_view import SearchView
from saccade.studio.training_wish import TrainingWish

TAB = None

KIND = "tune"

ASKED = ("budget", "trials", "seeds", "jobs")
"""What a search is asked for beside its data and settings; options of the command."""


def routes(context: Context) -> list[Route]:
    """Return the addresses of the screen."""
    screen = _Searches(context)
    one = "/searches/{name}"
    return [
        Route("/searches", screen.page),
        Route("/searches/new", screen.new),
        Route("/searches/start", screen.start, methods=["POST"]),
        Route(one, screen.watch),
        Route(f"{one}/part", screen.part),
        Route(f"{one}/curves", screen.curves),
        Route(f"{one}/events", screen.events),
        Route(f"{one}/stop", screen.stop, methods=["POST"]),
        Route(f"{one}/resume", screen.resume, methods=["POST"]),
    ]


class _Searches:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._folder = context.workspace / "searches"

    # All of them

    async def page(self, request: Request) -> Response:
        """Show all searches."""
        return self._context.render(request, "searches/page.html.j2", views=await asyncio.to_thread(self._all))

    def _all(self) -> list[SearchView]:
        """Return the searches, the newest first: those of folders, and those whose job has not made one yet."""
        found = {path.parent.name for path in self._folder.glob("*/search.json")}
        found |= {job.order.run for job in self._context.jobs.all(kind=KIND) if job.state not in ENDED}
        return [self._view(name) for name in sorted(found, key=lambda name: -_changed(self._folder / name))]

    def _view(self, name: str) -> SearchView:
        path = self._folder / name
        jobs = [job for job in self._context.jobs.all(kind=KIND) if job.order.run == name]
        if Path(name).name != name or name.startswith(".") or not (jobs or path.is_dir()):
            raise RunError(f"There is no search '{name[:100]}' in {self._folder}.")
        return SearchView(path, jobs[-1] if jobs else None)

    # The form

    async def new(self, request: Request) -> Response:
        """Show the form; `?data=…` and settings come from the form of a training."""
        wish = TrainingWish.of(request.query_params)
        words = shlex.join(f"{name}={text}" for name, text in wish.settings.items())
        typed = {"data": wish.recipe or wish.data, "settings": words}
        return self._form(request, "searches/new.html.j2", typed)

    def _form(self, request: Request, template: str, typed: dict[str, str], error: str = "") -> Response:
        known = {**registry.descriptions("recipes"), **registry.known_data()}
        return self._context.render(request, template, typed=typed, known=known, error=error)

    async def start(self, request: Request) -> Response:
        """Order a search, or show the form again with what is wrong."""
        typed = {name: text.strip() for name, text in (await form_of(request)).items()}
        try:
            name, arguments = await asyncio.to_thread(self._command, typed)
        except SaccadeError as error:
            return self._form(request, "searches/form.html.j2", typed, str(error))
        await self._order(name, arguments, title=f"Searching {name}", form=typed)
        return _go_to(f"/searches/{name}")

    def _command(self, typed: dict[str, str]) -> tuple[str, list[str]]:
        """Return the name of a new search, and its command; raises SaccadeError where something cannot work."""
        words = words_of(typed.get("settings", ""))
        fields = dict(word.split("=", 1) for word in words)
        data = pasted_path(typed.get("data", ""))
        if not data:
            raise RecipeError("Name the data, or a recipe.")
        is_recipe = data in registry.names("recipes")
        wish = TrainingWish("" if is_recipe else data, data if is_recipe else "", "", fields)
        recipe = wish.settle(self._context.workspace)
        recipes.read("", budget=typed.get("budget") or "30m")
        options = [word for name in ASKED if typed.get(name) for word in (f"--{name}", typed[name])]
        wrong = next((name for name in ASKED[1:] if typed.get(name) and not typed[name].isdecimal()), None)
        if wrong:
            raise RecipeError(f"{wrong} is a whole number, not '{typed[wrong][:40]}'.")
        name = self._free_name(recipe.name)
        return name, [KIND, *wish.words, *options, "--folder", f"searches/{name}"]

    def _free_name(self, recipe: str) -> str:
        taken = {job.order.run for job in self._context.jobs.all(kind=KIND)}
        number = 1
        while f"{recipe}-{number}" in taken or (self._folder / f"{recipe}-{number}").exists():
            number += 1
        return f"{recipe}-{number}"

    async def _order(self, name: str, arguments: list[str], **about: Any) -> None:
        await asyncio.to_thread(self._context.jobs.add, KIND, [*arguments, "--json"], run=name, **about)

    # One of them

    async def watch(self, request: Request) -> Response:
        """Show a search."""
        return await self._shown(request, "searches/watch.html.j2")

    async def part(self, request: Request) -> Response:
        """What changes on its page, for htmx."""
        return await self._shown(request, "searches/part.html.j2")

    async def _shown(self, request: Request, template: str) -> Response:
        view = await asyncio.to_thread(self._view, request.path_params["name"])
        known = [word for word in view.job.order.arguments if word != "--json"] if view.job else []
        command = known or [KIND, "--resume", self._context.shown_path(view.path)]
        found = self._context.shown_path(view.path / "best.yaml")
        return self._context.render(request, template, view=view, command=command, found=found)

    async def curves(self, request: Request) -> Response:
        """The numbers of its curve."""
        view = await asyncio.to_thread(self._view, request.path_params["name"])
        return JSONResponse({"charts": await asyncio.to_thread(view.charts), "best": None})

    async def events(self, request: Request) -> Response:
        """What changes."""
        name = request.path_params["name"]
        self._view(name)

        def read() -> dict[str, Any]:
            return {"training": self._view(name).stamp, "jobs": self._context.activity()}

        return events.watch(request, read, every=1)

    async def stop(self, request: Request) -> Response:
        """Stop it; a second time, at once."""
        job = self._view(request.path_params["name"]).job
        if job is None:
            raise RunError("It was started on the command line: stop it there, by Ctrl-C.")
        await asyncio.to_thread(job.stop, at_once=job.stopping)
        return Response(status_code=204)

    async def resume(self, request: Request) -> Response:
        """Go on with it."""
        view = self._view(request.path_params["name"])
        if not view.can_resume:
            raise RunError(f"{view.name} cannot be gone on with: it is {view.state}.")
        form = view.job.order.form if view.job else None
        arguments = [KIND, "--resume", self._context.shown_path(view.path)]
        await self._order(view.name, arguments, title=f"Going on with {view.name}", form=form)
        return _go_to(f"/searches/{view.name}")


def _changed(path: Path) -> float:
    return path.stat().st_mtime if path.exists() else float("inf")


def _go_to(address: str) -> Response:
    return Response(status_code=204, headers={"HX-Redirect": address})
