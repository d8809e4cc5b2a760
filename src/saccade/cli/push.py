"""Lay out a run as the Hugging Face Hub wants it, and upload it."""

import json
from pathlib import Path
from typing import Any

import click


@click.command("push")
@click.argument("run", type=click.Path(path_type=Path))
@click.argument("name", default="", metavar="[OWNER/NAME]")
@click.option(
    "--licence", "--license", metavar="ID", default="", help="Of the weights, as the Hub calls it: apache-2.0"
)
@click.option("--public", is_flag=True, help="Everybody may see a new repository; else it is private.")
@click.option("--with-report", is_flag=True, help="Add report.html, which shows images of your data.")
@click.option("--dry-run", is_flag=True, help="Prepare and check the folder, upload nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(run: Path, name: str, licence: str, public: bool, with_report: bool, dry_run: bool, as_json: bool) -> None:
    """Write RUN/hub, a folder as the Hugging Face Hub wants it, and upload it as OWNER/NAME.

    In it: a model card with its metadata, model.keras, model.onnx, config.json and recipe.yaml; none of your data,
    none of their names, no path of this machine. The Hub's own library (huggingface_hub) checks the card.

    It is uploaded where a name is given and there is a token (hf auth login, or HF_TOKEN). Else the end says where the
    folder lies and what uploads it.
    """
    from saccade.cli._describing import warn_unfinished
    from saccade.core.run import Run

    opened = Run.open(run)
    warn_unfinished(opened)

    from saccade.export.publishing.pushing import push

    options: dict[str, Any] = {"licence": licence, "public": public, "with_report": with_report, "dry_run": dry_run}
    pushed = push(opened, name, note=lambda text: click.echo(f"note: {text}", err=True), **options)
    click.echo(json.dumps(pushed.to_dict(), ensure_ascii=False) if as_json else _said(pushed))


def _said(pushed: Any) -> str:
    checked = pushed.checked
    lines = [f"{pushed.folder.path}: {', '.join(pushed.folder.files)}"]
    if checked:
        results = f", with {checked.results} results" if checked.results else ""
        lines.append(f"The Hub's own library reads the card{results}.")
    lines.append(f"Uploaded: {pushed.address}" if pushed.address else f"Upload it with:  {pushed.command}")
    return "\n".join(lines)
