"""The model card: README.md with a YAML front, in the form that the Hugging Face Hub shows."""

import re
from pathlib import Path
from typing import Any

import jinja2
import yaml
from markupsafe import Markup

from saccade.core import registry
from saccade.core.metric_value import MetricValue
from saccade.tasks.classification.report import tables
from saccade.tasks.classification.report.material import Material, Told
from saccade.tasks.classification.report.report_page import commands

WORST_CLASSES = 5
_TEMPLATE = Path(__file__).with_name("card.md.j2")


def compose_card(material: Material) -> str:
    """Return the model card."""
    return fill(_TEMPLATE, material, front_matter(material), evaluation=material.evaluation, worst=_worst(material))


def fill(template: Path, material: Told, front: dict[str, Any], **values: Any) -> str:
    """Return a model card.

    Args:
        template: a Jinja file; names and texts are escaped for Markdown.
        material: what every card tells.
        front: what the Hub files the model under.
        **values: what else the template names.
    """
    # a path to the data says nothing to a reader elsewhere
    changed = [each for each in tables.settings(material.recipe) if each.differs and each.name != "data"]
    typed = commands(material, Path())  # by someone who has the folder, wherever it lies then
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(template.parent),
        finalize=lambda value: value if isinstance(value, Markup) else escaped(value),  # names are not Markdown
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
    )
    text = environment.get_template(template.name).render(
        told=material,
        audit=material.audit,
        front=Markup(yaml.safe_dump(front, sort_keys=False, allow_unicode=True)),
        commands={name: Markup(command) for name, command in typed.items()},
        fence=Markup(_fence("".join(typed.values()))),
        changed=changed,
        exports=tables.exports(material),
        **values,
        **{name: getattr(tables, name) for name in ("percent", "as_percent", "as_points", "as_number", "duration")},
    )
    return re.sub(r"\n{3,}", "\n\n", text)


def front_matter(material: Material) -> dict[str, Any]:
    """Return the front of the card: what the Hub files the model under, and its results.

    It names no licence: that of the data is not that of the weights, which whoever publishes them chooses.
    """
    hub = _hub_name(material)
    front: dict[str, Any] = {
        "library_name": "keras",
        "pipeline_tag": "image-classification",
        "tags": ["saccade", "keras", "image-classification"],
        "metrics": ["accuracy", "f1"],
    }
    if hub:
        front["datasets"] = [hub]
    if material.evaluation:
        front["model-index"] = [{"name": material.run.path.absolute().name, "results": [_result(material, hub)]}]
    return front


def _hub_name(material: Material) -> str:
    """Return what named data are called on the Hub; "" for the user's own."""
    if material.recipe.data not in registry.names("data"):
        return ""
    return getattr(registry.load("data", material.recipe.data), "HUB", "")


def _result(material: Material, hub: str) -> dict[str, Any]:
    evaluation = material.evaluation
    assert evaluation is not None
    names = {"accuracy": "accuracy", "macro_f1": "f1"}
    metrics = [
        {"type": kind, "value": score.value, "name": with_interval(name.replace("_", " "), score), "verified": False}
        for name, kind in names.items()
        if (score := evaluation.scores[name]).value is not None
    ]
    return {
        "task": {"type": "image-classification", "name": "Image Classification"},
        "dataset": {"type": hub or "image-folder", "name": material.data["name"], "split": evaluation.split},
        "metrics": metrics,
    }


def with_interval(name: str, score: MetricValue) -> str:
    """Return the name of a score with its interval: a model index has no other place for it."""
    return name if score.low is None else f"{name} (95% interval {score.low:.4f} to {score.high:.4f})"


def _worst(material: Material) -> list[tuple[str, MetricValue]]:
    """Return the classes that are recognised least, and how often."""
    if material.evaluation is None:
        return []
    scores = zip(material.classes, material.evaluation.per_class["recall"], strict=True)
    known = [(name, score) for name, score in scores if score.value is not None]
    return sorted(known, key=lambda each: each[1].value or 0)[:WORST_CLASSES]


def escaped(value: Any) -> str:
    """Return a text that Markdown, and HTML within it, shows as it is, in one line."""
    return re.sub(r"([\\`*_\[\]<>|#~$&!])", r"\\\1", " ".join(str(value).split()))


def _fence(code: str) -> str:
    """Return backticks that end no sooner than the code: its own, and one more."""
    return "`" * max(3, 1 + max(map(len, re.findall("`+", code)), default=0))
