"""CONTRIBUTING.md, done as it says: each file is put in its folder and used."""

import importlib
import json
import re
import sys
from pathlib import Path

import pytest

from saccade.cli import run
from saccade.core import registry

pytestmark = pytest.mark.heavy

TEXT = (Path(__file__).parents[1] / "CONTRIBUTING.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r"`src/saccade/(\S+\.py)` —.*?```python\n(.*?)```", TEXT, flags=re.DOTALL))
NAMES = {"models": "patches", "data": "stripes", "tasks": "shortlist"}


@pytest.fixture
def dropped_in(tmp_path, monkeypatch):
    """Put the files of the page into drop-in folders, as a contributor would, without touching the checkout."""
    for path, content in FILES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(content, encoding="utf-8")
        folder = drop_in_folder(path)
        package = importlib.import_module(dotted(folder))
        monkeypatch.setattr(package, "__path__", [*package.__path__, str(tmp_path / folder)])
    yield
    for path in map(Path, FILES):
        for module in (path.with_suffix(""), path.parent):
            if module != drop_in_folder(path):
                sys.modules.pop(dotted(module), None)
                vars(sys.modules.get(dotted(module.parent), sys)).pop(module.name, None)


def drop_in_folder(path):
    """Return the folder that names are looked up in: a task is a folder of it, everything else a file."""
    return Path("tasks") if Path(path).parts[0] == "tasks" else Path(path).parent


def dotted(path):
    return ".".join(("saccade", *path.parts))


def test_the_page_has_a_file_of_each_kind():
    assert set(FILES) == {"models/patches.py", "modalities/images/catalogue/stripes.py", "tasks/shortlist/task.py"}


def test_every_new_file_is_listed_with_its_first_line(dropped_in):
    for kind, name in NAMES.items():
        assert registry.descriptions(kind)[name].endswith((".", "download"))


@pytest.mark.slow
def test_the_new_architecture_learns_the_new_data_under_the_new_task(dropped_in, tmp_path, capfd):
    command = ["train", "stripes", "--model", "patches", "--model.patch", "8", "--task", "shortlist"]
    settings = ["epochs=4", "image_size=16", "learning_rate=0.02", "augment.flip=false"]
    assert run([*command, *settings, "--run", str(tmp_path / "run"), "--json", "--evaluate"]) == 0
    finished = json.loads(capfd.readouterr().out.splitlines()[-1])
    assert finished["best"]["val_top_3"] == 1
    assert finished["evaluation"]["metrics"]["accuracy"]["value"] > 0.9
