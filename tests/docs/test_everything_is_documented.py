"""What there is, is documented: a new command, option, setting, name or task fails here until it has its words."""

import inspect
import re
from pathlib import Path

import click
import pytest
from each_case import each_case
from markdown_blocks import DOCS, PAGES, blocks, commands, prose

import saccade
from saccade.cli import saccade as group
from saccade.core import registry
from saccade.core.recipe import nested, recipe_class
from saccade.tasks import base

COMMANDS = group.list_commands(click.Context(group))
TASKS = registry.names("tasks")


def command(name):
    found = group.get_command(click.Context(group), name)
    assert found is not None
    return found


def section(page, heading):
    """Return the words under a heading of a page, up to the next one of its level."""
    text = prose((DOCS / page).read_text(encoding="utf-8"))
    found = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE)
    assert found, f"docs/{page} has no section '## {heading}'"
    return found[1]


def own_options(name):
    """Return the options of a command but for the settings of recipes, which another page has."""
    return [option for option in command(name).params if isinstance(option, click.Option)]


@each_case("name", COMMANDS)
def test_each_option_of_a_command_has_its_words(name):
    words = section("reference/commands.md", f"saccade {name}")
    for option in own_options(name):
        longest = max(option.opts, key=len)
        assert option.help, f"{longest} of saccade {name} has no help"
        assert re.search(rf"{longest}(?![\w-])", words), f"docs/reference/commands.md does not explain {longest}"


@each_case("name", COMMANDS)
def test_each_command_is_shown_in_an_example(name):
    assert any(line.startswith(f"saccade {name}") for line in shell_lines())


def shell_lines():
    for path in PAGES.values():
        for block in blocks(path.read_text(encoding="utf-8")):
            if block.language == "sh":
                yield from (line for line, _ in commands(block.body))


def settings(task):
    kind = recipe_class(task)
    inner = nested(kind)
    for name, field in kind.model_fields.items():
        yield name, field
        for below, each in inner[name].model_fields.items() if name in inner else ():
            yield f"{name}.{below}", each


@each_case("task", TASKS)
def test_each_setting_of_a_recipe_has_its_words(task):
    words = prose((DOCS / "reference" / "recipe.md").read_text(encoding="utf-8"))
    for name, field in settings(task):
        assert field.description, f"the setting {name} has no description"
        assert re.search(rf"`{re.escape(name)}[`:]", words), f"docs/reference/recipe.md does not explain {name}"


def test_the_reference_lists_every_group_of_settings():
    text = (DOCS / "reference" / "recipe.md").read_text(encoding="utf-8")
    listed = {block.language.removeprefix("{recipe-fields}").strip(): block for block in blocks(text)}
    owners = {owner(recipe_class(task), name) or task for task in TASKS for name, _ in settings(task)}
    assert owners <= set(listed), "each group of settings needs its {recipe-fields} in docs/reference/recipe.md"


def owner(kind, name):
    """Return "every task", a modality, what several tasks share, or "" for a task's own settings."""
    from saccade.core.recipe import Recipe

    first = next(each for each in reversed(kind.__mro__) if name.partition(".")[0] in getattr(each, "model_fields", {}))
    if first is Recipe:
        return "every task"
    if ".modalities." in first.__module__:
        return first.__module__.split(".")[2]
    shared = re.fullmatch(r"saccade\.tasks\.(\w+)_settings", first.__module__)
    return shared[1] if shared else ""


def reference():
    text = (DOCS / "reference" / "python.md").read_text(encoding="utf-8")
    return re.findall(r"^\.\. (?:auto\w+|py:data):: (?:saccade\.)?([\w.]+)", text, re.MULTILINE)


def test_each_public_name_is_in_the_reference():
    assert set(saccade.__all__) <= set(reference())


@pytest.mark.parametrize("task", TASKS)
def test_what_training_returns_is_in_the_reference(task, tmp_path):
    for each in base.all_of(task):
        kind = type(each.trained(tmp_path))
        assert f"{kind.__module__}.{kind.__qualname__}".removeprefix("saccade.") in reference()


@each_case("name", [name for name in saccade.__all__ if not name.startswith("__")])
def test_each_public_function_names_its_arguments(name):
    found = getattr(saccade, name)
    if not inspect.isfunction(found):
        return
    words = inspect.getdoc(found) or ""
    wanted = [each.name for each in inspect.signature(found).parameters.values() if each.kind != each.VAR_KEYWORD]
    assert name == "load" or all(f"{argument}:" in words for argument in wanted), f"{name} explains {words}"


def test_each_task_has_a_page_for_each_modality():
    covered = {
        covers.strip()
        for path in (DOCS / "tasks").glob("*.md")
        for covers in ",".join(re.findall(r"^covers: (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)).split(",")
    }
    wanted = {f"{each.name}/{each.modality}" for task in TASKS for each in base.all_of(task)}
    assert wanted <= covered, "write a page in docs/tasks/ that begins with 'covers: TASK/MODALITY'"


@pytest.mark.parametrize("page", [name for name in PAGES if name.startswith("docs/tasks/") and "index" not in name])
def test_a_page_of_a_task_has_command_line_python_and_recipe_beside_each_other(page):
    text = PAGES[page].read_text(encoding="utf-8")
    assert re.findall(r":sync: (cli|python|recipe)", text)[:3] == ["cli", "python", "recipe"]
    languages = [block.language for block in blocks(text)]
    assert {"sh", "python", "yaml"} <= set(languages)


@each_case("page", PAGES)
def test_each_command_on_a_page_is_one_that_there_is(page):
    for block in blocks(PAGES[page].read_text(encoding="utf-8")):
        for line, comment in commands(block.body) if block.language == "sh" else ():
            for name, rest in re.findall(r"(?:^|\| )saccade (\w+)([^|>]*)", line):
                assert name in COMMANDS or comment.startswith("exit status"), line
                unknown = set(re.findall(r"(?<!\S)(--[a-z][\w-]*)", rest)) - all_options(name)
                assert not unknown or comment.startswith("exit status"), f"{line}: {unknown}"


def all_options(name):
    """Return what a command takes, with the settings of every task."""
    fields = {f"--{field.replace('_', '-')}" for task in TASKS for field, _ in settings(task)}
    own = {word for option in own_options(name) for word in option.opts} if name in COMMANDS else set()
    return own | fields | {"--no-header"}


def test_the_readme_is_short_and_names_the_licence_early():
    lines = PAGES["README.md"].read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 150
    assert any("Apache-2.0" in line for line in lines[:8])


def test_every_fence_says_its_language():
    known = {"sh", "python", "yaml", "toml", "text", "powershell"}
    for name, path in PAGES.items():
        for block in blocks(path.read_text(encoding="utf-8")):
            assert block.language in known or block.language.startswith("{"), f"{name}, line {block.line}"


def test_contributors_are_told_that_a_feature_brings_its_page():
    text = (Path(__file__).parents[2] / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert "brings its page" in text
