"""Say what is wrong with data before a network learns it: duplicates, wrong labels, shortcuts, odd files."""

import json
from pathlib import Path

import click

from saccade.cli._settings import changes
from saccade.core.shell_words import shell_word


@click.command("check", context_settings={"ignore_unknown_options": True})
@click.argument("words", nargs=-1, type=click.UNPROCESSED, required=True, metavar="DATA [FIELD=VALUE]... | RUN NEW...")
@click.option("--strict", is_flag=True, help="Exit with 2 when there is a severe finding or a warning.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--data", metavar="PATH", help="Of a run: where its own data lie now, when they or the run have moved.")
@click.option("--html", type=click.Path(path_type=Path), metavar="FILE", help="Also write a page with the images.")
def command(words: tuple[str, ...], strict: bool, as_json: bool, data: str | None, html: Path | None) -> None:
    """Print what is wrong with DATA, the worst first: a name (`saccade list data`), folder, archive or table.

    Settings of the recipe that concern data (`image_size=64`, `--split pooled`, `test=0.2`) may follow: the splits are
    those of a training with the same settings. Training does the same audit, and finds this one in the cache.

    With a run and new data, `saccade check RUN new/` or `saccade check RUN new.csv`, print whether they are still like
    those of the run, what has changed, and what that means for its answers. New images need no labels.
    """
    from saccade.core.errors import RecipeError
    from saccade.core.rendering import Console
    from saccade.tasks import steps

    if (Path(words[0]) / "run.json").is_file():
        _check_drift(words, strict=strict, as_json=as_json, data=data, html=html)
        return
    data, fields = changes({"data": data}, words)
    if data is None and "data" not in fields:
        raise RecipeError("Say which data to check: saccade check photos/")
    prepared = steps.prepare_check(data or str(fields["data"]), fields, quiet=as_json)
    audit = prepared.audit(quiet=as_json)
    if as_json:
        click.echo(json.dumps(audit.to_dict(), ensure_ascii=False))
    else:
        Console().print(audit)
    if html:
        prepared.write_audit_page(audit, html)
        click.echo(f"The page: {html}", err=as_json)
    if strict:
        audit.refuse_problems()


def _check_drift(words: tuple[str, ...], *, strict: bool, as_json: bool, data: str | None, html: Path | None) -> None:
    """Say how new data differ from those of a run."""
    from saccade.core.errors import DataError, RecipeError
    from saccade.core.rendering import Console
    from saccade.core.run import Run
    from saccade.tasks import base

    run, sources = Run.open(words[0]), words[1:]
    task = base.for_run(run)
    if not sources or html:
        raise RecipeError(
            f"With a run, say which new {task.noun} to compare, and no more: "
            f"saccade check {shell_word(run.path)} {task.new_inputs}"
        )
    options = {"data": data} if data else {}
    task.refuse_options(options, task.drift_options, run.path)
    drift = task.drift(run, sources[0] if len(sources) == 1 else sources, **options)
    if as_json:
        click.echo(json.dumps(drift.to_dict(), ensure_ascii=False))
    else:
        Console().print(drift)
    if strict and drift.drifted:
        raise DataError(f"{drift.verdict} The worst: {drift.findings[0].title}")
