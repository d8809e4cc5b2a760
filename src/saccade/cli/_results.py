"""What a command says when a training is done."""

import json
from typing import Any

import click
import numpy as np

from saccade.core.errors import RunError
from saccade.core.metric_value import MetricValue
from saccade.core.naming import readable
from saccade.core.rendering import Console
from saccade.core.result import Result
from saccade.core.run import Run
from saccade.core.shell_words import shell_word
from saccade.tasks import base


def print_result(run: Run, evaluation: Result | None, *, quiet: bool, as_json: bool) -> None:
    """Say how a training ended and what to do next."""
    manifest = run.manifest
    if as_json:
        result = {"event": "finished", "run": str(run.path), "seconds": manifest["seconds"], "best": manifest["best"]}
        result |= {"until": manifest["until"]} if "until" in manifest else {}
        click.echo(json.dumps({**result, "evaluation": evaluation.to_dict() if evaluation else None}))
    elif quiet:
        click.echo(run.path)
    else:
        best, monitor = manifest["best"], manifest["monitor"]
        if monitor in best:
            click.echo(f"Best: {readable(monitor)} {best[monitor]:.4f} in epoch {best['epoch']:.0f}.")
        for sentence in base.for_run(run).sentences(run):
            click.echo(sentence)
        if evaluation:
            Console().print(evaluation)
        click.echo(_next_steps(run, evaluated=evaluation is not None))


def print_spread(finished: list[tuple[Run, Result | None]], *, as_json: bool) -> None:
    """Say the mean and spread of several seeds."""
    manifests = [run.manifest for run, _ in finished]
    monitor = manifests[0]["monitor"]
    scores = {}
    if all(monitor in manifest["best"] for manifest in manifests):  # without a validation split there is none
        scores[readable(monitor)] = [manifest["best"][monitor] for manifest in manifests]
    if all(evaluation for _, evaluation in finished):
        headlines = [evaluation.headline for _, evaluation in finished if evaluation]
        scores[f"test {headlines[0][0]}"] = [_value(*headline) for headline in headlines]
    rows = {name: _spread(values) for name, values in scores.items()}
    if as_json:
        click.echo(json.dumps({"event": "spread", "runs": [str(run.path) for run, _ in finished], **rows}))
        return
    for name, row in rows.items():
        click.echo(
            f"{name} over {len(finished)} seeds: mean {row['mean']:.4f}, standard deviation {row['std']:.4f} "
            f"({row['lowest']:.4f} to {row['highest']:.4f})"
        )


def _value(name: str, score: MetricValue | None) -> float:
    """Return the one number by which runs are compared."""
    if score is None or score.value is None:
        raise RunError(f"The test split has no labels of both kinds, so the seeds cannot be compared by {name}.")
    return score.value


def _spread(values: list[float]) -> dict[str, Any]:
    return {
        "mean": float(np.mean(values)),
        "std": float(np.std(values, ddof=1)),
        "lowest": min(values),
        "highest": max(values),
        "values": values,
    }


def _next_steps(run: Run, *, evaluated: bool) -> str:
    path = shell_word(run.path)
    new = f"{base.for_run(run).new_inputs:<12}"
    steps = [] if evaluated else [f"  saccade evaluate {path}            how good it is on the sealed test split"]
    steps += [
        f"  saccade report {path}              everything that is known of it, on one page",
        f"  saccade predict {path} {new}what it says of new ones",
        f"  tensorboard --logdir {shell_word(run.tensorboard_path)}",
    ]
    return "\n".join([f"Everything is in {run.path}. Next:", *steps])
