"""Say how bright an image is."""

import json
from dataclasses import asdict, dataclass

import click
import numpy as np

from saccade.core.metric_value import MetricValue
from saccade.core.signature import Signature, TensorSpec
from saccade.tasks.base import Task
from saccade.tasks.parts import part

NETWORKS = "models"


class Brightness(Task):
    """How bright images are: the mean of their pixels, from 0 to 1, which needs no labels."""

    name = "brightness"
    modality = "images"
    noun = "images"

    recipe_class = part("saccade.modalities.images.settings:ImageSettings")

    def takes(self, recipe):
        return True

    # Data

    def prepare(self, recipe, *, quiet=False):
        from saccade.modalities.images.splitting import assign_splits
        from saccade_toy.bright_images import bright

        dataset = assign_splits(
            self._load(recipe), split="given", validation=recipe.validation, test=recipe.test, seed=0, duplicates=None
        )
        return recipe.changed(epochs=recipe.epochs or 1), bright(dataset)

    def reload(self, run, *, data=None, quiet=False):
        from saccade_toy.bright_images import bright

        dataset, split = self._load(run.recipe), run.split
        splits = np.array([split[name] for name in dataset.names.tolist()])
        return bright(dataset.with_split(splits, splits))

    def _load(self, recipe):
        from saccade.modalities.images.loading import load

        return load(recipe.data, image_size=recipe.image_size, channels=recipe.channels, fit=recipe.fit, quiet=True)

    def audit(self, dataset, *, quiet=False):
        from saccade.core.audit import Audit

        return Audit(dataset.name, dataset.source, dataset.content_hash, {"counts": dataset.counts()}, ())

    def describe(self, dataset):
        click.echo(f"{dataset.name}: {len(dataset):,} images, as bright as they are")

    # Training

    def network(self, recipe, dataset):
        from saccade.core import registry

        return registry.load("models", recipe.model.name).build(dataset.image_shape, 1)

    def blank_network(self, recipe, *, by_name, sizes):
        from saccade.core import registry

        return registry.load("models", recipe.model.name).build(sizes["input_shape"] or (8, 8, 1), 1)

    def objective(self, recipe, dataset, network):
        from saccade.core.backend import keras
        from saccade.training.objective import Objective

        return Objective(
            encode=lambda labels: labels, loss="mse", metrics=lambda: [keras.metrics.MeanAbsoluteError(name="mae")]
        )

    # Answers

    def signature(self, run):
        return signature(run.data["image_shape"])

    def metadata(self, run):
        return {"image_shape": run.data["image_shape"]}

    def predictor(self, run, *, model=None):
        from saccade.inference.keras_network import Network, load_model

        answer = Network(load_model(run) if model is None else model)
        return Predictor(str(run.path), lambda images: {"brightness": answer(images)}, self.signature(run), "keras")

    def predictor_of_file(self, path, metadata, outputs, *, engine):
        return Predictor(str(path), outputs, signature(json.loads(metadata.texts["image_shape"])), engine)

    def export_subject(self, run, model, *, precision, data, quiet):
        from saccade.core.backend import keras
        from saccade.export.parity import Criterion, Tolerance
        from saccade.export.subject import Subject

        pixels = keras.Input(model.input_shape[1:], dtype="uint8", name="pixels")
        shipped = keras.Model(pixels, model(keras.ops.cast(pixels, "float32")))
        images = self.reload(run).images[:50]
        return Subject(
            network=shipped,
            outputs=self.predictor(run, model=model).outputs,
            criterion=Criterion(
                lambda found, expected: {name: float(np.abs(found[name] - expected[name]).max()) for name in found},
                lambda found, expected: 1.0,
                Tolerance(1e-4, 1.0),
            ),
            held_out=images,
            split="train",
            timed=images,
            samples=images,
        )

    def service(self, predictor, *, name, limits, token=None):
        from saccade_toy.service import BrightnessService

        return BrightnessService(predictor, name=name, limits=limits, token=token)

    def print_predictions(self, predictor, source, inputs, *, form, **options):
        from saccade.modalities.images.intake import Intake
        from saccade.modalities.images.streams import Remarks, answered

        self.refuse_options(options, (), source)
        intake = Intake(predictor.signature.input.sizes, "pad")
        remarks = Remarks()
        answer = lambda images: predictor.outputs(images)["brightness"]  # noqa: E731
        for name, value in answered(answer, lambda found: found[:, 0].tolist(), inputs, intake.read, remarks):
            click.echo(f"{value:.3f}  {name}")

    # Judgement

    def evaluate(self, run, *, split=None, data=None, quiet=True, model=None):
        dataset = self.reload(run)
        images = dataset.images[dataset.rows(split or "test")]
        found = self.predictor(run, model=model).outputs(images)["brightness"][:, 0]
        error = float(np.abs(found - dataset.labels[dataset.rows(split or "test"), 0]).mean())
        result = Off(split or "test", len(images), error)
        if result.split == "test":
            run.write_evaluation(result.to_dict())
        return result

    def read_evaluation(self, run):
        return run.read_evaluation(lambda record: Off(record["split"], record["images"], record["error"]))

    def compare(self, first, second):
        return Better(str(first.path), str(second.path), self.read_evaluation(first), self.read_evaluation(second))

    # What people see

    def report(self, run, *, data=None, quiet=True):
        said = f"{run.path.name} is off by {self.read_evaluation(run).error:.4f}"
        return f"<!doctype html><title>{run.path.name}</title><p>{said}</p>", f"# {run.path.name}\n\n{said}\n"

    def trained(self, path):
        from saccade.tasks.trained import TrainedRun

        return TrainedRun(path)

    def inspect(self, run, inputs, **options):
        from saccade.inference.keras_network import load_model
        from saccade.inspection.summary import summarize

        click.echo(f"{len(summarize(load_model(run)))} layers")


def signature(image_shape):
    """Return the tensors: pixels in, a number out."""
    return Signature(
        (TensorSpec("pixels", "uint8", (None, *image_shape), "images, 0 to 255"),),
        (TensorSpec("brightness", "float32", (None, 1), "mean of the pixels, 0 to 1"),),
    )


@dataclass(frozen=True)
class Predictor:
    """What answers."""

    name: str
    outputs: object
    signature: Signature
    engine: str
    task: str = "brightness"
    modality: str = "images"


@dataclass(frozen=True)
class Off:
    """By how much the answers are off."""

    split: str
    images: int
    error: float
    other_data = None
    tables = ()

    @property
    def headline(self):
        return "error", MetricValue(self.error, 0.0, 1.0)

    def to_dict(self):
        return asdict(self)

    def __rich__(self):
        return f"off by {self.error:.4f} on {self.images} {self.split} images"


@dataclass(frozen=True)
class Better:
    """Which of two is better."""

    first: str
    second: str
    before: Off
    after: Off

    @property
    def lines(self):
        return f"{self.first}: {self.before.error:.4f}", f"{self.second}: {self.after.error:.4f}"

    @property
    def lead(self):
        gap = self.before.error - self.after.error
        return MetricValue(gap, gap - 0.01, gap + 0.01)

    @property
    def verdict(self):
        return f"{self.first if self.before.error <= self.after.error else self.second} is better."

    def to_dict(self):
        return asdict(self)


TASKS = (Brightness,)
