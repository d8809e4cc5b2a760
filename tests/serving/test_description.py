"""The service does what its OpenAPI description says: requests are made from it, good ones and bad ones."""

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("schemathesis")

# too many images are 413, which schemathesis would not take for a refusal
SETTINGS = '[checks]\nnegative_data_rejection.expected-statuses = ["400", "401", "404", "405", "413", "415", "422"]\n'


@pytest.mark.slow
@pytest.mark.parametrize("token", [None, pytest.param("correct-horse", marks=pytest.mark.long)])
def test_requests_made_from_the_description_are_answered_as_it_says(serve, tmp_path, token):
    (tmp_path / "schemathesis.toml").write_text(SETTINGS)
    options = ["--max-examples", "6", "--max-time", "8", "--no-color", "--seed", "1"]
    # a schema cannot say which texts are images in base64, nor that data has as many numbers as shape says
    options += ["--exclude-checks", "positive_data_acceptance"]
    options += ["--header", f"Authorization: Bearer {token}"] if token else []
    program = Path(sys.executable).with_name("schemathesis")  # of this environment, activated or not
    command = [program, "run", f"{serve(token=token).base_url}/openapi.json", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=180, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
