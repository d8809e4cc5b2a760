"""What the page of every report shows, whatever the task."""

import shlex
from pathlib import Path
from typing import Any

from saccade.inspection.summary import total
from saccade.report import curves, tables
from saccade.report.material import RunMaterial
from saccade.report.numbers import duration

SHOWN_SKIPPED = 20


def shared(material: RunMaterial) -> dict[str, Any]:
    """Return what every report's page shows, whatever the task, by the names of its template."""
    return {
        "told": material,
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
    versions, folder = material.manifest["versions"], shlex.quote(str(path))
    packages = ("saccade", "keras", "tensorflow", "numpy", "pillow")
    return {
        "install": " ".join(["pip install", *(f"{name}=={versions[name]}" for name in packages if name in versions)]),
        "repeat": f"saccade train {shlex.quote(str(path / 'recipe.yaml'))}",
        "resume": f"saccade train --resume {folder}",
        "check": f"saccade check {shlex.quote(material.recipe.data)} --html check.html",
        "evaluate": f"saccade evaluate {folder}",
        "report": f"saccade report {folder}",
        "export": f"saccade export {folder}",
        "drift": f"saccade check {folder} new.csv",
        "predict": f"saccade predict {folder} {material.task.new_inputs}",
    }
