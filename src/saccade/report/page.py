"""The page of every report: one frame, the sections that every run has, and those that its task adds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from markupsafe import Markup

from saccade.core import pages
from saccade.core.shell_words import shell_word
from saccade.inspection.summary import total
from saccade.report import curves, tables
from saccade.report.material import RunMaterial
from saccade.report.numbers import duration

SHOWN_SKIPPED = 20
NOTHING = Markup()

_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Section:
    """A section of a page.

    Attributes:
        key: its anchor, unlike every other's on the page; letters.
        name: in the list of contents.
        html: its heading and what stands below.
    """

    key: str
    name: str
    html: Markup


@dataclass(frozen=True)
class TaskContent:
    """What a task adds to the page.

    Attributes:
        says: its sentences in the sections that every page has: "data" (how it was taught), "audit" (what was looked
            for), "learning" (how to read the curves), "network" (what passes through it), "exports" (what a file takes
            and gives) and "differences" (what is compared there).
        lead: what stands first: the verdict, and warnings that are the task's own.
        sections: of the test, before the others.
        facts: (name, text) of the data.
        data: further HTML at the end of the section on data.
        findings: of the audit, as `findings.html.j2` lists them.
        evaluated: when the test split was opened; "" when it was not.
        accesses: how often it was.
        style: CSS of its sections.
        end: HTML at the end of the page, such as a dialog.
        script: JavaScript, which finds `script_data` in the element "told"; "" for none.
        script_data: plain values for JSON.
    """

    says: Mapping[str, str]
    lead: Markup = NOTHING
    sections: Sequence[Section] = ()
    facts: Sequence[tuple[str, str]] = ()
    data: Markup = NOTHING
    findings: Sequence[Mapping[str, Any]] = ()
    evaluated: str = ""
    accesses: int = 0
    style: str = ""
    end: Markup = NOTHING
    script: str = ""
    script_data: Mapping[str, Any] = field(default_factory=dict)


def compose_page(material: RunMaterial, added: TaskContent) -> str:
    """Return the page of a run."""
    shared = _shared(material)
    sections = [*added.sections, *_common(material, added, shared)]
    return pages.render(_FOLDER / "page.html.j2", **shared, added=added, accesses=added.accesses, sections=sections)


def fill(template: Path, **values: Any) -> Markup:
    """Return a template of a task, filled in."""
    return Markup(pages.render(template, **values))  # the template has escaped what it was given


def _common(material: RunMaterial, added: TaskContent, shared: Mapping[str, Any]) -> list[Section]:
    """Return the sections that every page has."""
    names = {"data": "Data", "audit": "Audit", "learning": "Learning", "network": "Network"}
    names |= {"others": "Other data"} if material.others else {}
    names |= {"exports": "Exported files"} if material.shipped else {}
    names |= {"settings": "Settings", "environment": "Environment", "repeat": "Repeat it"}
    values = {
        **shared,
        "says": added.says,
        "facts": added.facts,
        "more": added.data,
        "findings": added.findings,
        "evaluated": added.evaluated,
    }
    return [Section(key, name, fill(_FOLDER / f"{key}.html.j2", **values)) for key, name in names.items()]


def _shared(material: RunMaterial) -> dict[str, Any]:
    """Return what every report's page shows, whatever the task, by the names of its templates."""
    return {
        "material": material,
        "audit": material.audit,
        "settings": tables.settings(material.recipe),
        "learning": curves.learning(material.history, best=best_epoch(material)),
        "commands": commands(material, material.run.path),
        "layers": material.layers,
        "totals": total(material.layers) if material.layers else None,
        "exports": tables.exports(material),
        "stale": [each.name for each in material.shipped if not each.current],
        "shown_aside": SHOWN_SKIPPED,
        "duration": duration,
    }


def best_epoch(material: RunMaterial) -> int | None:
    """Return the epoch whose weights were kept; None when there was nothing to choose from."""
    best = material.manifest["best"]
    return int(best["epoch"]) if best and len(material.history) > 1 else None


def commands(material: RunMaterial, path: Path) -> dict[str, str]:
    """Return the commands that install, repeat, evaluate, report and use the run in the folder `path`."""
    versions, folder = material.manifest["versions"], shell_word(path)
    packages = ("saccade", "keras", "tensorflow", "numpy", "pillow")
    return {
        "install": " ".join(["pip install", *(f"{name}=={versions[name]}" for name in packages if name in versions)]),
        "repeat": f"saccade train {shell_word(path / 'recipe.yaml')}",
        "resume": f"saccade train --resume {folder}",
        "check": f"saccade check {shell_word(material.recipe.data)} --html check.html",
        "evaluate": f"saccade evaluate {folder}",
        "report": f"saccade report {folder}",
        "export": f"saccade export {folder}",
        "drift": f"saccade check {folder} {material.task.new_inputs}",
        "predict": f"saccade predict {folder} {material.task.new_inputs}",
    }
