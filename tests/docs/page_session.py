"""A reader who does what a page says, block by block, in a folder of their own."""

import contextlib
import io
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
import tomllib
from pathlib import Path

from markdown_blocks import ROOT, commands

from saccade.cli import run
from saccade.core import recipe

PORT = "8000"

# what a page may say and no test can do: its own parts are looked at instead
LOOKED_AT = ("pip", ".venv/bin/pip", "make", "docker", "source", "python3", "SACCADE_TOKEN=", "SACCADE_DATA_HOME=")


class Session:
    """A reader: one folder, one Python, one shell."""

    def __init__(self, folder, demo):
        self.folder, self.demo, self.names, self.said, self.server = folder, demo, {"__name__": "page"}, "", None

    def follow(self, block):
        """Do what a block says."""
        doing = {"sh": self._shell, "python": self._python, "yaml": self._recipe, "toml": self._package}
        if block.language in doing:
            doing[block.language](block)
        elif block.language == "text":
            self._compare(block)
        else:
            assert block.language.startswith("{") or block.language == "powershell", f"which language is {block}?"

    def close(self):
        """Stop what still serves."""
        if self.server:
            self.server.terminate()
            self.server.wait(timeout=30)

    def _python(self, block):
        if block.file:
            (self.folder / block.file).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / block.file).write_text(block.body, encoding="utf-8")
            return
        exec(compile(block.body, f"block of line {block.line}", "exec"), self.names)

    def _recipe(self, block):
        assert block.file, f"the recipe in line {block.line} says no file name in its first line"
        (self.folder / block.file).write_text(block.body, encoding="utf-8")
        recipe.read(self.folder / block.file)

    def _package(self, block):
        tomllib.loads(block.body)
        (self.folder / block.file).write_text(block.body, encoding="utf-8")

    def _compare(self, block):
        """A text behind a command that fails is what it says; other texts are drawings and excerpts."""
        if self.said:
            assert block.body.strip() in " ".join(self.said.split("\n")), self.said
        self.said = ""

    def _shell(self, block):
        for command, comment in commands(block.body):
            expected = int(comment.removeprefix("exit status ")) if comment.startswith("exit status") else 0
            self._command(command, expected)

    def _command(self, command, expected):
        words = shlex.split(command)
        if words[0].startswith(LOOKED_AT):
            look_at(command, words, self.folder)
        elif words[:2] == ["python", "answer.py"]:
            self._program([sys.executable, *words[1:]])
        elif words[0] == "python":
            look_at_benchmark(words)
        elif words[:2] in (["saccade", "serve"], ["saccade", "studio"]):
            self._serve(words)
        elif words[:2] == ["saccade", "demo"]:
            shutil.copytree(self.demo(), self.folder / "runs" / "demo-1")
        elif words[0] == "curl":
            self._program([*words[:1], "--fail", "--silent", *(word.replace(PORT, self.port) for word in words[1:])])
        elif words[0] == "tensorboard":
            assert any((self.folder / words[2]).iterdir())
        elif words[0] == "saccade" and not {"|", ">"} & set(words):
            self._saccade(words[1:], expected)
        else:
            self._program(["bash", "-o", "pipefail", "-c", command])

    def _saccade(self, words, expected):
        said, failed = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(failed):
            status = run(words)
        assert status == expected, f"saccade {shlex.join(words)} ended with {status}: {failed.getvalue()[-2000:]}"
        self.said = failed.getvalue() if expected else ""

    def _program(self, words):
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            words,
            cwd=self.folder,
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"{shlex.join(words)}: {done.stderr[-2000:]}"

    def _serve(self, words):
        """Start the service in a process of its own, on a free port, and wait until it listens."""
        self.close()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = str(free.getsockname()[1])
        alone = ["--workers", "1"] if words[1] == "serve" else ["--no-browser"]
        program = [sys.executable, "-m", *words, "--port", self.port, *alone]
        self.server = subprocess.Popen(program, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(600):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", int(self.port)), timeout=1):
                return
            assert self.server.poll() is None, f"{shlex.join(words)} has ended"
            time.sleep(0.1)


def look_at(command, words, folder):
    """Look at what a command needs that no test can do: an extra, a make target, a file."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    runtime = tomllib.loads((ROOT / "runtime" / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    if words[0] == "pip" and "-e" in words:
        install(folder)
    elif words[0] == "pip":
        for place, extras in re.findall(r"'?(\./runtime|\.)\[([\w,]+)\]", command):
            known = (runtime if "runtime" in place else project)["optional-dependencies"]
            assert set(extras.split(",")) <= set(known), command
    elif words[0] == "make":
        assert re.search(rf"^{words[1]}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE), command
    elif words[0] == "docker":
        assert (ROOT / "Dockerfile").is_file()
    if "python" in words and "benchmarks" in command:
        look_at_benchmark(words[words.index("python") :])


def look_at_benchmark(words):
    """A benchmark is there, and its options are."""
    program = ROOT / words[1]
    text = program.read_text(encoding="utf-8")
    assert program.parent.name == "benchmarks"
    assert all(f'"{word}"' in text for word in words if word.startswith("--")), words


def install(folder):
    """Do what `pip install -e .` does for entry points: the folder is importable, and says what it adds."""
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    about = folder / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n")
    lines = [
        line
        for group, entries in project["entry-points"].items()
        for line in (f"[{group}]", *(f"{name} = {module}" for name, module in entries.items()))
    ]
    (about / "entry_points.txt").write_text("\n".join(lines) + "\n")
    sys.path.insert(0, str(folder))
    from saccade.core import registry

    registry._installed.cache_clear()


def uninstall(folder):
    """Undo `install`."""
    from saccade.core import registry

    if str(folder) in sys.path:
        sys.path.remove(str(folder))
        registry._installed.cache_clear()
    shutil.rmtree(folder, ignore_errors=True)
