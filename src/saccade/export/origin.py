"""What travels in an exported file: where it comes from, its tensors, and what its task adds."""

from importlib.metadata import version

from saccade.core.model_metadata import ModelMetadata, as_texts
from saccade.core.run import Run
from saccade.core.signature import Signature
from saccade.tasks import base


def metadata(run: Run, signature: Signature, precision: str) -> ModelMetadata:
    """Return what travels in a file of a run."""
    data, task = run.data, base.for_run(run)
    return ModelMetadata(
        name=run.path.resolve().name,
        task=task.name,
        modality=task.modality,
        precision=precision,
        network_hash=run.network_hash,
        data_hash=data["content_hash"],
        licence=data["licence"],
        # under its name: where the data lie on this machine is no one else's business
        recipe=run.recipe.changed(data=data["name"]).to_yaml(),
        made_by=f"saccade {version('saccade')}",
        signature=signature,
        texts=as_texts(task.metadata(run)),
    )
