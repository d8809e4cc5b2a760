"""Names that would command a terminal are shown, not obeyed."""

import io
import json

import pytest
from each_case import each_case

from saccade.cli import run as saccade
from saccade.core.errors import escaped
from saccade.core.rendering import Console, as_text

HOSTILE = [
    "\x1b[31mred",
    "\x1b]0;title\x07",
    "a\rb",
    "\x9b2J",
    "\u202egnp.exe",
    "\u2066x",
    "\x00",
    "\x7f",
    "\udcff",
    "\x08",
]


@each_case("name", HOSTILE)
def test_what_a_terminal_would_obey_is_written_out(name):
    shown = escaped(name)
    assert shown.isprintable()
    assert "\\x" in shown or "\\u" in shown or "\\r" in shown
    shown.encode()


@each_case("name", ["plain", "Läden & Café", "花", "👩‍👩‍👧", "a\nb\tc", "[red]", "שלום"])
def test_other_names_stay_as_they_are(name):
    assert escaped(name) == name


@each_case("name", HOSTILE)
def test_rich_shows_them_too_and_keeps_its_own_colours(name):
    assert as_text(name, width=80).strip().isprintable()  # some of them it leaves out itself
    coloured = io.StringIO()
    Console(file=coloured, force_terminal=True, color_system="standard").print("[red]x[/red]")
    assert "\x1b[31m" in coloured.getvalue()


@pytest.mark.parametrize("name", ["\x1b[31mred", "a\x9b2J", "\u202egnp", "bytes\udcff"])
@pytest.mark.parametrize("verb", [["predict"], ["report"], ["train"], ["summary"], ["list", "data"], ["serve"]])
def test_errors_show_them(verb, name, capsys, tmp_path):
    assert saccade([*verb, str(tmp_path / name)] + (["x.png"] if verb == ["predict"] else [])) == 2
    said = capsys.readouterr().err
    assert escaped(name) in said
    assert name not in said


def test_a_run_with_such_a_name_is_listed(tmp_path, capsys):
    (tmp_path / "\x1b[2Jrun").mkdir()
    (tmp_path / "\x1b[2Jrun" / "run.json").write_text(json.dumps({"status": "\x1b[5m", "started": "now"}))
    (tmp_path / "\x1b[2Jrun" / "recipe.yaml").write_text("{}")
    assert saccade(["list", "runs", "--runs", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "\\x1b[2Jrun" in said
    assert "\\x1b[5m" in said
    assert "\x1b[5" not in said
