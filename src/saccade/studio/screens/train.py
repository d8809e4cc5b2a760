"""Train: choose data and settings, start, watch, stop and go on; trainings wait for each other."""

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from saccade.core import registry
from saccade.core.errors import RunError, SaccadeError
from saccade.studio import events
from saccade.studio.context import Context, form_of
from saccade.studio.job import ENDED, QUEUED, RUNNING, Job
from saccade.studio.looking_on import LookingOn, shown_pictures
from saccade.studio.run_rows import RunRows
from saccade.studio.tabs import Tab
from saccade.studio.training_form import TrainingForm
from saccade.studio.training_view import TrainingView
from saccade.studio.training_wish import TrainingWish

TAB = Tab("Train", "/train")

SHOWN = 50
"""Jobs in the list."""


def routes(context: Context) -> list[Route]:
    """Return the addresses of the screen."""
    screen = _Train(context)
    return [
        Route("/train", screen.page),
        Route("/train/list", screen.listed),
        Route("/train/events", screen.list_events),
        Route("/train/new", screen.new),
        Route("/train/fields", screen.fields),
        Route("/train/outlook", screen.outlook),
        Route("/train/start", screen.start, methods=["POST"]),
        Route("/train/check", screen.check, methods=["POST"]),
        Route("/train/check/{job}", screen.checked),
        Route("/train/resume/{run}", screen.resume, methods=["POST"]),
        Route("/train/{job}", screen.watch),
        Route("/train/{job}/part", screen.part),
        Route("/train/{job}/curves", screen.curves),
        Route("/train/{job}/pictures", screen.pictures),
        Route("/train/{job}/events", screen.events),
        Route("/train/{job}/stop", screen.stop, methods=["POST"]),
        Route("/train/{job}/forget", screen.forget, methods=["POST"]),
    ]


class _Train:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._rows = RunRows(context.runs)

    # The list

    async def page(self, request: Request) -> Response:
        """What runs, what waits, what was done."""
        return self._context.render(request, "train/page.html.j2", **await self._listed())

    async def listed(self, request: Request) -> Response:
        """The list alone, for htmx."""
        return self._context.render(request, "train/list.html.j2", **await self._listed())

    async def _listed(self) -> dict[str, Any]:
        jobs = await asyncio.to_thread(self._context.jobs.all, kind="train")
        views = [TrainingView(job, self._context.runs) for job in jobs]
        ended = [view for view in views if view.has_ended][::-1]
        return {
            "running": [view for view in views if not view.has_ended and view.job.state != QUEUED],
            "waiting": [view for view in views if view.job.state == QUEUED],
            "ended": ended[:SHOWN],
        }

    async def list_events(self, request: Request) -> Response:
        """What changes in the list."""

        def read() -> dict[str, Any]:
            views = [TrainingView(job, self._context.runs) for job in self._context.jobs.all(kind="train")]
            return {"list": [[view.job.name, view.stamp] for view in views], "jobs": self._context.activity()}

        return events.watch(request, read, every=1)

    # The form

    async def new(self, request: Request) -> Response:
        """The form; `?job=…` fills in what was typed for an earlier job, `?data=…` the data."""
        query = dict(request.query_params)
        if "job" in query:
            query = dict(self._context.jobs.get(query["job"]).order.form or {})
            return await self._form(request, "train/new.html.j2", TrainingWish.of(query))
        wish = TrainingWish.of(query)
        return await self._form(request, "train/new.html.j2", wish, before=self._before(wish))

    def _before(self, wish: TrainingWish) -> Job | None:
        """Return the newest training of the same data, whose settings one may want again."""
        jobs = self._context.jobs.all(kind="train") if wish.data else []
        return next((job for job in reversed(jobs) if (job.order.form or {}).get("data") == wish.data), None)

    async def fields(self, request: Request) -> Response:
        """The part of the form that depends on data, recipe and task."""
        return await self._form(request, "train/form.html.j2", TrainingWish.of(request.query_params))

    async def outlook(self, request: Request) -> Response:
        """What a training would do with the data, in a sentence; nothing where the form says all, or an error."""
        said = await asyncio.to_thread(TrainingWish.of(request.query_params).outlook, self._context.workspace)
        return self._context.render(request, "train/outlook.html.j2", said=said)

    async def _form(
        self, request: Request, template: str, wish: TrainingWish, error: str = "", before: Job | None = None
    ) -> Response:
        form = await asyncio.to_thread(TrainingForm.of, wish, self._context.workspace, error=error)
        return self._context.render(
            request,
            template,
            form=form,
            tasks=registry.names("tasks"),
            recipes=registry.descriptions("recipes"),
            data=registry.known_data(),
            command=["train", *wish.words, *self._where()],
            before=before,
        )

    def _where(self) -> list[str]:
        """Return what says where runs go, where that is not the usual place."""
        usual = self._context.runs == self._context.workspace / "runs"
        return [] if usual else ["--runs", self._context.shown_path(self._context.runs)]

    async def start(self, request: Request) -> Response:
        """Order a training, or show the form again with what is wrong."""
        wish = TrainingWish.of(await form_of(request))
        try:
            recipe = await asyncio.to_thread(wish.settle, self._context.workspace)
        except SaccadeError as error:
            return await self._form(request, "train/form.html.j2", wish, str(error))
        arguments = ["train", *wish.words, *self._where(), "--json"]
        job = await self._order("train", arguments, title=f"Training {recipe.name}", form=wish.form)
        return _go_to(f"/train/{job.name}")

    async def _order(self, kind: str, arguments: list[str], **about: Any) -> Job:
        return await asyncio.to_thread(self._context.jobs.add, kind, arguments, **about)

    async def check(self, request: Request) -> Response:
        """Order an audit of the data, beside trainings."""
        wish = TrainingWish.of(await form_of(request))
        if not wish.data:
            raise RunError("Name the data first.")
        await asyncio.to_thread(wish.settle, self._context.workspace)
        job = await self._order(
            "check", ["check", *wish.checking, "--json"], title=f"Checking {wish.data}", lane="other", form=wish.form
        )
        return self._context.render(
            request, "train/check.html.j2", job=job, found=None, command=["check", *wish.checking]
        )

    async def checked(self, request: Request) -> Response:
        """What the audit has found so far."""
        job = self._context.jobs.get(request.path_params["job"])
        found = next((event for event in job.events if "findings" in event), None)
        command = [word for word in job.order.arguments if word != "--json"]
        return self._context.render(request, "train/check.html.j2", job=job, found=found, command=command)

    async def resume(self, request: Request) -> Response:
        """Go on with a run."""
        path = self._context.run_path(request.path_params["run"])
        known = self._context.jobs.for_run(path.name)
        if known and known.state not in ENDED:
            return _go_to(f"/train/{known.name}")
        if self._rows.get(path.name).status == "running":
            raise RunError(f"{path.name} is being trained already, from the command line.")
        arguments = ["train", "--resume", self._context.shown_path(path), "--json"]
        form = known.order.form if known else None
        job = await self._order("train", arguments, title=f"Going on with {path.name}", run=path.name, form=form)
        return _go_to(f"/train/{job.name}")

    # One training

    def _view(self, request: Request) -> TrainingView:
        return TrainingView(self._context.jobs.get(request.path_params["job"]), self._context.runs)

    async def watch(self, request: Request) -> Response:
        """The page of a training."""
        return self._shown(request, "train/watch.html.j2")

    async def part(self, request: Request) -> Response:
        """What changes on it, for htmx."""
        return self._shown(request, "train/part.html.j2")

    def _shown(self, request: Request, template: str) -> Response:
        view = self._view(request)
        row = self._rows.get(view.run.path.name) if view.run else None
        waits = [
            job for job in self._context.jobs.active() if job.name < view.job.name and job.order.lane == "training"
        ]
        command = [word for word in view.job.order.arguments if word != "--json"]
        return self._context.render(request, template, view=view, row=row, command=command, before=len(waits))

    async def curves(self, request: Request) -> Response:
        """The numbers of its curves."""
        view = self._view(request)
        return JSONResponse({"charts": view.curves(), "best": _best(view)})

    async def pictures(self, request: Request) -> Response:
        """Pictures of what it has learnt so far."""
        view = self._view(request)
        return JSONResponse(await asyncio.to_thread(shown_pictures, view.run, is_training=not view.has_ended))

    async def events(self, request: Request) -> Response:
        """What changes; while somebody listens, pictures are drawn."""
        view, looking = self._view(request), LookingOn()

        def read() -> dict[str, Any]:
            now = TrainingView(view.job, self._context.runs)
            pictures = looking.stamp(now.run, is_training=now.job.state == RUNNING)
            return {"training": now.stamp, "pictures": pictures, "jobs": self._context.activity()}

        return events.watch(request, read)

    async def stop(self, request: Request) -> Response:
        """Stop it; a second time, at once."""
        job = self._context.jobs.get(request.path_params["job"])
        await asyncio.to_thread(job.stop, at_once=job.stopping)
        return Response(status_code=204)

    async def forget(self, request: Request) -> Response:
        """Take it out of the list; its run stays."""
        await asyncio.to_thread(self._context.jobs.remove, request.path_params["job"])
        return _go_to("/train")


def _best(view: TrainingView) -> int | None:
    """Return the epoch whose weights are kept."""
    kept = (view.finished.get("best") or {}).get("epoch")
    best = [row["epoch"] for row in view.rows if row.get("best")]
    return int(kept or best[-1]) if kept or best else None


def _go_to(address: str) -> Response:
    """Return what sends a page of htmx to another one."""
    return Response(status_code=204, headers={"HX-Redirect": address})
