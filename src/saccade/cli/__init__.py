"""The command line: a thin file a command; a command's module loads only when it is called."""

import ast
import importlib
import io
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import click

from saccade import __version__
from saccade.cli._options import unknown_option
from saccade.core import preloading
from saccade.core.errors import SaccadeError, TrainingInterrupted, escaped, not_installed, unknown

FOLDER = Path(__file__).parent


class Commands(click.Group):
    """Every file of this folder is a command; `--help` reads their docstrings without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order a person needs them."""
        first = (
            *("demo", "check", "labels", "train", "tune", "evaluate", "answers", "report", "predict"),
            *("inspect", "threshold", "export", "serve", "push", "studio", "compare", "summary", "list"),
        )
        return sorted(_files(), key=lambda name: (first.index(name) if name in first else len(first), name))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command; None when there is no such file."""
        if cmd_name not in _files():
            return None
        command = importlib.import_module(f"saccade.cli.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command

    def invoke(self, ctx: click.Context) -> object:
        """Run one command; stop quietly, as done, when the reader of a pipe has gone: `saccade predict … | head -1`.

        Caught here because click itself would end the process with 1, which fails scripts under `set -o pipefail`.
        """
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(0)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Suggest the nearest command for an unknown one."""
        if args and args[0] not in _files() and not args[0].startswith("-"):
            raise unknown("command", args[0], _files())
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write a line a command."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, _first_line(name)) for name in self.list_commands(ctx)])


HELP = """Train a network on images, a table or ratings, see honestly how good it is, and look inside it.

\b
Start with:  saccade demo
Then:        saccade train mnist-convnet
             saccade train photos/        (photos/<class>/*.jpg)
             saccade train boxes/         (photos with boxes: COCO, Pascal VOC, YOLO)
             saccade train rows.csv       (finds the rows that do not belong)
             saccade train ratings.csv    (who rated what, and how)
"""


@click.group(cls=Commands, help=HELP, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="saccade")
def saccade() -> None:
    """Hold the commands."""


def main() -> None:
    """Run the command line. Exit status: 0 done, 2 wrong input, 1 our fault, 130 interrupted."""
    preloading.leave(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command and return its exit status; control characters in what it says are shown, not obeyed."""
    with _escaping():
        return _run(arguments)


def _run(arguments: list[str]) -> int:
    status = 0
    try:
        found = saccade.main(arguments, prog_name="saccade", standalone_mode=False)
        status = found if isinstance(found, int) else 0  # of a command that ends with one
    except TrainingInterrupted as stop:
        status = _say(str(stop), 130)
    except SaccadeError as error:
        status = _say(f"Error: {error}", 2)
    except click.NoSuchOption as error:
        status = _say(f"Error: {_no_option(error)}", 2)
    except click.ClickException as error:
        shown = io.StringIO()
        error.show(file=shown)
        click.echo(shown.getvalue(), err=True, nl=False)
        status = 2
    except (click.Abort, KeyboardInterrupt):
        status = _say("Stopped.", 130)
    except Exception as error:
        status = _failed(error)
    return status


@contextmanager
def _escaping() -> Iterator[None]:
    """Have click write out control characters, wherever a command prints a name."""
    echo, styled = click.echo, click.secho

    def shown(print_it: Callable[..., None]) -> Callable[..., None]:
        return lambda message=None, *given, **named: print_it(
            escaped(message) if isinstance(message, str) else message, *given, **named
        )

    click.echo, click.secho = shown(echo), shown(styled)
    try:
        yield
    finally:
        click.echo, click.secho = echo, styled


def _no_option(error: click.NoSuchOption) -> str:
    """Return what option may be meant, with the command that has it."""
    command = error.ctx.command if error.ctx else saccade
    known = [option for each in command.params for option in each.opts]
    with error.ctx or nullcontext():
        return str(unknown_option(error.option_name, known))


def _failed(error: Exception) -> int:
    """Say what is not installed, or that the memory was too small; all else is our fault."""
    if isinstance(error, ModuleNotFoundError) and error.name and not error.name.startswith("saccade"):
        return _say(f"Error: {not_installed(error.name)}", 2)
    if isinstance(error, MemoryError):
        reason = f" ({error})" if str(error) else ""
        return _say(f"Error: The memory is too small for this{reason}. Close other programs, or give it fewer data.", 2)
    traceback.print_exception(error)
    return _say("This is a fault in Saccade, not in your input. Please report it with the lines above.", 1)


def _say(message: str, status: int) -> int:
    click.echo(message, err=True)
    return status


def _files() -> list[str]:
    return [path.stem for path in FOLDER.glob("*.py") if not path.stem.startswith("_")]


def _first_line(name: str) -> str:
    tree = ast.parse((FOLDER / f"{name}.py").read_text(encoding="utf-8"))
    return (ast.get_docstring(tree) or "").partition("\n")[0]
