"""The directive `command`: how a command is called, what it does, and every option, read from the command itself.

    ```{command} train
    ```

sphinx-click, which does this for plain commands, asks for their options in a context of its own; ours depend on the
task, and a command's page is to have its words and its options under one heading.
"""

import inspect
import re

import click
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from saccade.cli import saccade


class Command(SphinxDirective):
    """Usage, the docstring, and a definition list of the options; settings of recipes have a page of their own."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return them; a command that is not there is an error of the page."""
        name = self.arguments[0]
        context = click.Context(saccade)
        found = saccade.get_command(context, name)
        if found is None:
            raise self.error(f"There is no command '{name}'.")
        options = [each for each in found.params if isinstance(each, click.Option)]
        words = [each.make_metavar(context) for each in found.params if isinstance(each, click.Argument)]
        usage = " ".join(["saccade", name, "[OPTIONS]", *words])
        listed = nodes.definition_list("", *(self._item(name, each, context) for each in options))
        return [nodes.literal_block(usage, usage, language="text"), *self._about(found), listed]

    def _about(self, command: click.Command) -> list[nodes.Node]:
        text = inspect.cleandoc((command.help or "").partition("\f")[0])
        lines = re.sub(r"\x08\n((?:.+\n?)*)", lambda block: "```sh\n" + block[1] + "```\n", text)
        return self.parse_text_to_nodes(lines)

    def _item(self, name: str, option: click.Option, context: click.Context) -> nodes.Node:
        written, text = option.get_help_record(context) or ("", "")
        longest = max(option.opts, key=len)
        term = nodes.term("", "", nodes.literal(text=written), ids=[f"{name}{longest}"])
        return nodes.definition_list_item("", term, nodes.definition("", nodes.paragraph(text=text)))


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("command", Command)
    return {"parallel_read_safe": True}
