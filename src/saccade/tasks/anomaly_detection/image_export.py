"""An anomaly detector of images as the subject of an export."""

from functools import partial
from typing import Any

from saccade.core.backend import Model, keras
from saccade.core.errors import ExportError, RunError
from saccade.core.run import Run
from saccade.export.subject import Subject
from saccade.tasks.anomaly_detection.anomaly_map_scale import AnomalyMapScale
from saccade.tasks.anomaly_detection.image_predictor import image_scores, open_image_predictor
from saccade.tasks.anomaly_detection.score_parity import criterion
from saccade.tasks.image_exports import image_subject, taking_bytes


def subject(run: Run, model: Model, *, precision: str, data: str | None, quiet: bool) -> Subject:
    """Return what an export of a run of images is made of; image bytes go in, score and anomaly map come out.

    Raises:
        ExportError: another precision than float32 is asked for.
        RunError: the run has no threshold or no anomaly-map scale, so no one could say what an answer means.
    """
    if precision != "float32":
        raise ExportError(
            f"A network that looks for anomalies is exported in float32 only, not in {precision}: its answers are "
            f"small differences between large numbers, and {precision} rounds more away than that."
        )
    predictor, scale = open_image_predictor(run, model=model), run.load(AnomalyMapScale)
    if scale is None:
        raise RunError(
            f"{run.path} has no anomaly-map scale: it had no normal calibration images. Train with --calibration 0.1"
        )
    return image_subject(
        run,
        network=shipped(model, scale),
        outputs=predictor.outputs,
        criterion=criterion(predictor.threshold, partial(image_scores, scale)),
        data=data,
        quiet=quiet,
        splits=("calibration", "validation", "train"),
    )


def shipped(model: Model, scale: AnomalyMapScale) -> Model:
    """Return a Keras model (n, h, w, c) uint8 → score (n,) float64 and anomaly map (n, h, w) float32."""
    height, width = model.input_shape[1:3]

    def outputs(contributions: Any) -> list[Any]:
        score = keras.ops.sum(keras.ops.cast(contributions, "float64"), axis=(1, 2))
        return [score, contributions * (height * width / scale.reference_error)]

    return taking_bytes(model, then=outputs)
