"""How the studio starts: at once, without what is heavy."""

import subprocess
import sys

import pytest

from saccade.cli import run

HEAVY = {"keras", "tensorflow", "matplotlib", "polars", "sklearn", "onnxruntime"}


@pytest.mark.heavy
def test_the_first_page_loads_nothing_that_is_heavy(tmp_path):
    code = (
        "import asyncio, sys, pathlib\n"
        "from saccade.studio.running import make_context\n"
        "from saccade.studio.app import make_app\n"
        f"context = make_context(pathlib.Path({str(tmp_path)!r}), pathlib.Path('runs'))\n"
        "app = make_app(context)\n"
        "scope = {'type': 'http', 'method': 'GET', 'path': '/', 'raw_path': b'/', 'query_string': b'',\n"
        "  'http_version': '1.1',\n"
        "  'server': ('127.0.0.1', 1), 'scheme': 'http', 'root_path': '',\n"
        "  'headers': [(b'host', b'127.0.0.1:1'), (b'x-saccade-token', context.token.encode())]}\n"
        "async def receive(): return {'type': 'http.request', 'body': b''}\n"
        "async def send(message): print(message.get('status', ''))\n"
        "asyncio.run(app(scope, receive, send))\n"
        f"print('LOADED', *({HEAVY!r} & set(sys.modules)))\n"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert result.stdout.split() == ["200", "LOADED"]


def test_a_folder_that_is_not_there_is_refused(tmp_path, capfd):
    assert run(["studio", str(tmp_path / "nope"), "--no-browser"]) == 2
    assert "is not a folder" in capfd.readouterr().err


def test_a_file_in_place_of_the_folder_of_runs_is_refused(tmp_path, capfd):
    (tmp_path / "notes.txt").write_text("mine")
    assert run(["studio", str(tmp_path), "--runs", "notes.txt", "--no-browser"]) == 2
    assert "notes.txt is a file, so no runs can be in it. Name a folder with --runs" in capfd.readouterr().err


def test_a_port_that_is_taken_is_said(tmp_path, capfd):
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert run(["studio", str(tmp_path), "--no-browser", "--port", str(port)]) == 2
    assert f"Cannot listen at port {port}: Address already in use. Try another --port" in capfd.readouterr().err
