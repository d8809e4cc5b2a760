"""The model card: README.md with a YAML front, in the form that the Hugging Face Hub shows."""

import re
from pathlib import Path
from typing import Any

import jinja2
import yaml
from markupsafe import Markup

from saccade.core.metric_value import MetricValue
from saccade.report import numbers, tables
from saccade.report.material import RunMaterial
from saccade.report.page import commands


def fill(template: Path, material: RunMaterial, front: dict[str, Any], **values: Any) -> str:
    """Return a model card.

    Args:
        template: a Jinja file that extends `card.md.j2`; names and texts are escaped for Markdown.
        material: what every card tells.
        front: what the Hub files the model under.
        **values: what else the template names.
    """
    # a path to the data says nothing to a reader elsewhere
    changed = [each for each in tables.settings(material.recipe) if each.differs and each.name != "data"]
    publication = material.publication
    if publication and publication.licence:
        front = {"license": publication.licence, **front}
    typed = commands(material, Path())  # by someone who has the folder, wherever it lies then
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([template.parent, Path(__file__).parent]),
        finalize=lambda value: value if isinstance(value, Markup) else escaped(value),  # names are not Markdown
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
    )
    text = environment.get_template(template.name).render(
        material=material,
        audit=material.audit,
        front=Markup(yaml.safe_dump(front, sort_keys=False, allow_unicode=True)),
        commands={name: Markup(command) for name, command in typed.items()},
        fence=Markup(_fence("".join(typed.values()))),
        changed=changed,
        exports=_published(tables.exports(material)) if publication else tables.exports(material),
        publication=publication,
        **values,
        **{name: getattr(numbers, name) for name in ("percent", "as_percent", "as_points", "as_number", "duration")},
    )
    return re.sub(r"\n{3,}", "\n\n", text)


def _published(exports: list[tables.ExportRow]) -> list[tables.ExportRow]:
    """Return the rows of what a published folder holds."""
    return [each for each in exports if each.name in ("model.keras", "model.onnx")]


def with_interval(name: str, score: MetricValue) -> str:
    """Return the name of a score with its interval: a model index has no other place for it."""
    return name if score.low is None else f"{name} (95% interval {score.low:.4f} to {score.high:.4f})"


def escaped(value: Any) -> str:
    """Return a text that Markdown, and HTML within it, shows as it is, in one line."""
    return re.sub(r"([\\`*_\[\]<>|#~$&!])", r"\\\1", " ".join(str(value).split()))


def _fence(code: str) -> str:
    """Return backticks that end no sooner than the code: its own, and one more."""
    return "`" * max(3, 1 + max(map(len, re.findall("`+", code)), default=0))
