"""The service does what its OpenAPI description says: requests are made from it, good ones and bad ones."""

import shutil
import subprocess

import pytest

pytest.importorskip("schemathesis")


@pytest.mark.slow
def test_requests_made_from_the_description_are_answered_as_it_says(serve, tmp_path):
    client = serve()
    options = ["--max-examples", "15", "--max-time", "40", "--no-color", "--seed", "1"]
    # a schema cannot say which texts are pictures in base64, nor that data has as many numbers as shape says
    options += ["--exclude-checks", "positive_data_acceptance"]
    command = [shutil.which("schemathesis"), "run", f"{client.base_url}/openapi.json", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=180, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "saccade_requests_total" in client.get("/metrics").text


@pytest.mark.slow
def test_with_a_token_too(serve, tmp_path):
    client = serve(token="correct-horse")
    options = ["--max-examples", "5", "--max-time", "20", "--no-color", "--seed", "1"]
    options += ["--exclude-checks", "positive_data_acceptance", "-H", "Authorization: Bearer correct-horse"]
    command = [shutil.which("schemathesis"), "run", f"{client.base_url}/openapi.json", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=180, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
