"""The libraries of others in the studio are what vendor.json says, with their licences."""

import hashlib
import json

from saccade.studio.rendering import STATIC

VENDOR = STATIC / "vendor"


def test_each_file_has_the_hash_that_is_recorded_and_each_library_its_licence():
    record = json.loads((VENDOR / "vendor.json").read_text(encoding="utf-8"))
    files = {name: digest for each in record.values() for name, digest in each["files"].items()}
    assert {path.name for path in VENDOR.iterdir()} == {*files, "vendor.json"}
    for name, digest in files.items():
        assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == digest, name
    for library, each in record.items():
        assert each["version"] and each["licence"], library
        assert any(name.endswith(".LICENSE") for name in each["files"]), library
