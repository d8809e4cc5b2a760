"""Snippets: a command and programs that ask the service of this very run, to copy."""

import asyncio
import json
import shlex
from dataclasses import dataclass

from saccade.core.errors import SaccadeError
from saccade.serving.example import Example
from saccade.studio.context import Context
from saccade.studio.screens.run.opened import OpenedRun
from saccade.studio.tried_runs import has_file

USUAL = "http://127.0.0.1:8000"
"""Where `saccade serve RUN` answers, unless it is told otherwise."""


@dataclass(frozen=True)
class Snippet:
    """Something to copy."""

    title: str
    text: str


async def snippets_of(context: Context, opened: OpenedRun, address: str) -> list[Snippet]:
    """Return the snippets of a run; none where it has no exported file, whose service knows what it takes.

    Args:
        context: of the studio.
        opened: the run.
        address: of its service, "" where none runs.
    """
    if not has_file(opened.run):
        return []
    try:
        example = await asyncio.to_thread(_example, context, opened)
    except SaccadeError:  # the page says elsewhere what is wrong with the run
        return []
    url = f"{address or USUAL}/predict"
    return [
        Snippet("Shell", curl(example, url)),
        Snippet("Python", python(example, url)),
        Snippet("JavaScript", javascript(example, url)),
    ]


def _example(context: Context, opened: OpenedRun) -> Example:
    """Return what the run's service takes; remembered as long as the run is as it is."""
    known: dict[str, Example] = context.memory.setdefault("ship_examples", {})
    key = f"{opened.name} {opened.run.answering_state}"
    if key not in known:
        known[key] = _ask_service(opened)
    return known[key]


def _ask_service(opened: OpenedRun) -> Example:
    from saccade import inference
    from saccade.serving.limits import Limits

    predictor = inference.open_run(opened.run)
    service = opened.task.service(predictor, name=opened.name, limits=Limits())
    found: Example = service.example
    return found


def curl(example: Example, url: str) -> str:
    """Return a line for a shell."""
    body = f"@{example.file}" if example.file else example.text
    words = ["curl", "--data-binary", body, "-H", f"Content-Type: {example.content_type}", url]
    return shlex.join(words)


def python(example: Example, url: str) -> str:
    """Return a program in Python that needs no package."""
    body = f'Path("{example.file}").read_bytes()' if example.file else f"{json.dumps(example.text)}.encode()"
    reading = "from pathlib import Path\n" if example.file else ""
    return (
        f"import json\n{reading}from urllib.request import Request, urlopen\n\n"
        f"body = {body}\n"
        f'request = Request("{url}", body, {{"Content-Type": "{example.content_type}"}})\n'
        "with urlopen(request) as answer:\n"
        "    print(json.load(answer))\n"
    )


def javascript(example: Example, url: str) -> str:
    """Return a module for Node, which needs no package; in a page, a file that was chosen takes the place of it."""
    reading = 'import { readFile } from "node:fs/promises";\n\n' if example.file else ""
    body = f'await readFile("{example.file}")' if example.file else json.dumps(example.text)
    return (
        f"{reading}const answer = await fetch({json.dumps(url)}, {{\n"
        '  method: "POST",\n'
        f'  headers: {{ "Content-Type": "{example.content_type}" }},\n'
        f"  body: {body},\n"
        "});\n"
        "console.log(await answer.json());\n"
    )
