"""Run → hub/: what of a run others may have, laid out as the Hugging Face Hub shows and downloads it."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from saccade import export
from saccade.core.errors import ExportError, MissingPackageError
from saccade.core.run import Run
from saccade.core.safe_json import Json
from saccade.export.origin import metadata
from saccade.report.material import Publication
from saccade.report.writing import report as write_report
from saccade.tasks import base

ONNX = "model.onnx"

Note = Callable[[str], object]


@dataclass(frozen=True)
class HubFolder:
    """What is ready to be uploaded.

    Attributes:
        path: the folder.
        files: in it, by name.
    """

    path: Path
    files: tuple[str, ...]

    @property
    def card(self) -> str:
        """The model card, with its metadata."""
        return (self.path / "README.md").read_text(encoding="utf-8")


def prepare(run: Run, *, licence: str = "", with_report: bool = False, note: Note = lambda text: None) -> HubFolder:
    """Write a run's folder hub/ and return it: card, network, ONNX file, settings and scores; no data, names or paths.

    Args:
        run: a run with a network.
        licence: of the weights, as the Hub calls it: "apache-2.0"; "" leaves it open, and the card says so.
        with_report: add report.html, which shows images of the data.
        note: is told what is left out.

    Raises:
        RunError: the run has no network, or its folder cannot be written.
    """
    if not run.model_path.is_file():
        raise run.no_network()
    onnx = _onnx(run, note)
    report = run.report_path if with_report else None
    if report and not report.is_file():
        write_report(run)
    publication = Publication(licence, has_onnx=onnx is not None, has_report=with_report)

    def fill(folder: Path) -> None:
        folder.mkdir()
        (folder / "README.md").write_text(_card(run, publication), encoding="utf-8")
        (folder / "config.json").write_text(json.dumps(_config(run), indent=2, ensure_ascii=False) + "\n", "utf-8")
        (folder / "recipe.yaml").write_text(_recipe(run), encoding="utf-8")
        for name, file in {"model.keras": run.model_path, ONNX: onnx, "report.html": report}.items():
            if file:
                shutil.copyfile(file, folder / name)

    path = run.save_hub_folder(fill)
    return HubFolder(path, tuple(sorted(file.name for file in path.iterdir())))


def _onnx(run: Run, note: Note) -> Path | None:
    """Return the run's ONNX file, made now where there is none."""
    found = run.exported(ONNX)
    if found or type(base.for_run(run)).export_subject is base.Task.export_subject:
        return found
    try:
        return export.export(run, timed=False, quiet=True).path
    except (ExportError, MissingPackageError) as error:
        note(f"There is no {ONNX} in it: {error}")
        return None


def _card(run: Run, publication: Publication) -> str:
    task = base.for_run(run)
    material = task.gather(run, data=None, quiet=True)
    return task.compose_card(replace(material, publication=publication))


def _config(run: Run) -> Json:
    """Return what travels in exported files too, for programs that read the folder."""
    task = base.for_run(run)
    known = metadata(run, task.signature(run), "float32")
    return {
        "library_name": "keras",
        "made_by": known.made_by,
        "name": known.name,
        "task": known.task,
        "modality": known.modality,
        "data_hash": known.data_hash,
        "data_licence": known.licence,
        "signature": known.signature.to_dict(),
        **task.metadata(run),
    }


def _recipe(run: Run) -> str:
    """Return its settings without paths of this machine."""
    return run.recipe.changed(data=run.data["name"], **_without_paths(run)).to_yaml()


def _without_paths(run: Run) -> Json:
    return {"overrides": None} if getattr(run.recipe, "overrides", None) else {}
