"""Where an exported file comes from, whatever the network takes."""

from importlib.metadata import version
from typing import Any

from saccade.core.run import Run


def origin(run: Run, precision: str) -> dict[str, Any]:
    """Return the fields of `metadata.Origin` for a run."""
    data = run.data
    return {
        "name": run.path.resolve().name,
        "task": run.recipe.task,
        "precision": precision,
        "network_hash": run.network_hash,
        "data_hash": data["content_hash"],
        "licence": data["licence"],
        # under its name: where the data lie on this machine is no one else's business
        "recipe": run.recipe.changed(data=data["name"]).to_yaml(),
        "made_by": f"saccade {version('saccade')}",
    }
