"""What is published of a run: written without the Hub's library, checked with it, uploaded to one that is in memory."""

import json
import shutil

import pytest
import yaml

import saccade
from saccade.cli import run as command
from saccade.core.errors import PublishingError
from saccade.core.run import Run
from saccade.export.publishing import hub
from saccade.export.publishing.hub_folder import prepare
from saccade.export.publishing.pushing import push
from saccade.inference import open_file

pytestmark = pytest.mark.heavy

FILES = ("README.md", "config.json", "model.keras", "model.onnx", "recipe.yaml")

ROWS = "a,b\n" + "".join(f"{number % 7},{number % 5}\n" for number in range(400))

needs_hub = pytest.mark.skipif(hub.library is None, reason="needs huggingface_hub")


@pytest.fixture(scope="module")
def made(digits_run):
    """A classifier of digits, evaluated."""
    found = digits_run()
    assert command(["evaluate", str(found.path)]) == 0
    return found


@pytest.fixture
def of_rows(tmp_path):
    """A detector of anomalies in a table."""
    (tmp_path / "secret.csv").write_text(ROWS)
    words = [
        str(tmp_path / "secret.csv"),
        "model=dense",
        "model.hidden=[3]",
        "steps=10",
        "--run",
        str(tmp_path / "run"),
    ]
    assert command(["train", *words, "--quiet"]) == 0
    return Run.open(tmp_path / "run")


def front(folder):
    return yaml.safe_load(folder.card.split("---\n")[1])


@pytest.mark.slow
def test_the_folder_has_what_others_need_and_answers_by_itself(made):
    folder = prepare(made, licence="apache-2.0")
    assert folder.files == FILES
    assert front(folder)["license"] == "apache-2.0"
    assert (
        front(folder)["model-index"][0]["results"][0]["metrics"][0]["value"]
        == made.evaluation["metrics"]["accuracy"]["value"]
    )
    assert "report.html" not in folder.card
    assert "saccade predict model.onnx IMAGES" in folder.card
    assert list(open_file(folder.path / "model.onnx").classes) == made.data["classes"]
    config = json.loads((folder.path / "config.json").read_text())
    assert config["classes"] == made.data["classes"]
    assert config["signature"]["inputs"][0]["name"] == "pixels"
    assert command(["train", str(folder.path / "recipe.yaml"), "--run", str(made.path / "again"), "--quiet"]) == 0


def test_nothing_of_a_users_data_or_machine_is_in_it(of_rows, tmp_path):
    folder = prepare(of_rows)
    for file in folder.path.iterdir():
        content = file.read_bytes()
        assert str(tmp_path).encode() not in content, file
    assert not (folder.path / "reference.npz").exists()
    assert "drift" not in folder.card
    assert "saccade check" not in folder.card


@needs_hub
def test_the_hubs_own_library_reads_the_card(made, of_rows):
    found = hub.check_card(prepare(made, licence="mit"))
    assert found.has_licence
    assert found.results == 2
    assert not hub.check_card(prepare(of_rows)).has_licence


@needs_hub
def test_a_card_that_the_hub_would_refuse_is_refused(made):
    folder = prepare(made)
    broken = folder.card.replace("model-index:\n- name:", "model-index:\n- nam:")
    (folder.path / "README.md").write_text(broken)
    with pytest.raises(PublishingError, match="would not take"):
        hub.check_card(folder)


BAD_NAMES = ["leaves", "a/b/c", "me/-x", "me/a--b", "me/", "/leaves", "me/leaves.git", "me/my leaves", f"me/{'x' * 96}"]


@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_name_that_the_hub_would_refuse_is_refused_before_anything_is_written(name, made, monkeypatch):
    monkeypatch.setattr(hub, "library", None)  # nothing has to be installed for that
    shutil.rmtree(made.path / "hub", ignore_errors=True)
    with pytest.raises(PublishingError, match="Write it as OWNER/NAME"):
        push(made, name)
    assert not (made.path / "hub").exists()


@needs_hub
@pytest.mark.parametrize("name", [*BAD_NAMES[1:], "me/leaves", "Me_2/le.aves-3", f"me/{'x' * 93}"])
def test_names_are_refused_as_the_hubs_own_library_does(name):
    def refused(check):
        try:
            check(name)
        except (ValueError, PublishingError):
            return True
        return False

    assert refused(hub.check_name) >= refused(hub.library.utils.validate_repo_id)
    assert refused(hub.check_name) == (name in BAD_NAMES)


@needs_hub
def test_without_a_token_the_end_says_what_uploads_it(made, capsys, monkeypatch):
    monkeypatch.setattr(hub, "token", lambda: None)
    assert command(["push", str(made.path), "me/digits", "--licence", "mit"]) == 0
    said = capsys.readouterr()
    assert f"hf upload me/digits {made.path}/hub ." in said.out
    assert "hf auth login" in said.err


@needs_hub
def test_with_a_token_it_is_uploaded_private_unless_asked(made, monkeypatch):
    done = []

    class Api:
        def create_repo(self, name, *, private, exist_ok):
            done.append((name, private))
            return f"https://huggingface.co/{name}"

        def upload_folder(self, *, repo_id, folder_path, commit_message):
            done.append((repo_id, folder_path))

    monkeypatch.setattr(hub, "token", lambda: "hf_x")
    monkeypatch.setattr(hub.library, "HfApi", Api)
    monkeypatch.setattr(hub.library.ModelCard, "validate", lambda card: None)
    assert push(made, "me/digits").address == "https://huggingface.co/me/digits"
    assert done == [("me/digits", True), ("me/digits", str(made.path / "hub"))]
    push(made, "me/digits", public=True)
    assert done[2] == ("me/digits", False)
    assert push(made, "me/digits", dry_run=True).address == ""
    assert len(done) == 4


@needs_hub
def test_an_upload_that_fails_leaves_the_folder_and_says_how_to_go_on(made, monkeypatch, capsys):
    def refuse(card):
        raise ConnectionError("no route to host")

    monkeypatch.setattr(hub, "token", lambda: "hf_x")
    monkeypatch.setattr(hub.library.ModelCard, "validate", refuse)
    assert command(["push", str(made.path), "me/digits"]) == 2
    assert "no route to host. The folder is ready" in capsys.readouterr().err
    assert (made.path / "hub" / "model.onnx").is_file()


def test_without_the_library_the_folder_is_written_and_that_is_said(made, monkeypatch, capsys):
    monkeypatch.setattr(hub, "library", None)
    assert command(["push", str(made.path), "--json"]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["files"] == list(FILES)
    assert "pip install huggingface_hub" in said.err


def test_the_report_comes_when_it_is_asked_for(made):
    folder = saccade.push(made.path, with_report=True).folder
    assert "report.html" in folder.files
    assert "report.html beside this file" in folder.card
