"""Bring the JavaScript libraries of the studio into its folder, with versions, hashes and licences.

    python tools/vendor_studio.py            as vendor.json has them: the versions and the hashes must fit
    python tools/vendor_studio.py --newest   the newest within the major versions below; writes vendor.json anew

It asks npm, and is for those who maintain Saccade: the studio itself loads nothing from anywhere.
"""

import argparse
import hashlib
import json
import subprocess
import tarfile
import tempfile
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "src" / "saccade" / "studio" / "static" / "vendor"
RECORD = FOLDER / "vendor.json"

PACKAGES = {
    "htmx.org": ("2", "0BSD", {"dist/htmx.min.js": "htmx.min.js", "LICENSE": "htmx.LICENSE"}),
    "idiomorph": (
        "0",
        "0BSD",
        {"dist/idiomorph-ext.min.js": "idiomorph-ext.min.js", "LICENSE": "idiomorph.LICENSE"},
    ),
    "uplot": (
        "1",
        "MIT",
        {
            "dist/uPlot.iife.min.js": "uPlot.iife.min.js",
            "dist/uPlot.min.css": "uPlot.min.css",
            "LICENSE": "uPlot.LICENSE",
        },
    ),
}
"""By package: the major version, the licence, and the files with their names here."""


def main() -> None:
    """Bring all packages."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--newest", action="store_true")
    newest = options.parse_args().newest
    known = {} if newest else json.loads(RECORD.read_text(encoding="utf-8"))
    FOLDER.mkdir(parents=True, exist_ok=True)
    record = {name: bring(name, known.get(name)) for name in PACKAGES}
    if not newest and record != known:
        raise SystemExit("What npm gave is not what vendor.json says. Look at it before using --newest.")
    RECORD.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


def bring(name: str, known: dict | None) -> dict:
    """Write the files of a package and return its entry of vendor.json."""
    major, licence, files = PACKAGES[name]
    with tempfile.TemporaryDirectory() as folder:
        wanted = f"{name}@{known['version'] if known else major}"
        subprocess.run(["npm", "pack", wanted, "--silent"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        (archive,) = Path(folder).glob("*.tgz")
        with tarfile.open(archive) as opened:
            content = {member: opened.extractfile(f"package/{member}").read() for member in (*files, "package.json")}
    for member, own in files.items():
        (FOLDER / own).write_bytes(content[member])
    return {
        "version": json.loads(content["package.json"])["version"],
        "licence": licence,
        "files": {own: hashlib.sha256(content[member]).hexdigest() for member, own in files.items()},
    }


if __name__ == "__main__":
    main()
