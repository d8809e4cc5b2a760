"""The runtime of networks in the browser, onnxruntime-web: brought once by npm, checked, and kept in the cache."""

import hashlib
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from saccade.core.cache import built_once, cache_folder
from saccade.core.errors import DownloadError, MissingPackageError

VERSION = "1.30.0"

FILES = {
    "ort.wasm.min.mjs": "219e6a1fc8a9938268d18efca3c91d310bd2f4a59bbd13744df5b2b7fc6cee3b",
    "ort-wasm-simd-threaded.mjs": "e13f7f94fc51b4ca72b12faeb1ee95f4ace6dfbc8939bc718aabdc0a27c4299b",
    "ort-wasm-simd-threaded.wasm": "3398c10d07d229bd91b364548e130e0e51a8e5704b88c7c083ebbeb78842dee2",
}
"""sha256 of each file of the package's dist/ that the page needs."""

PATIENCE = 300.0
"""Seconds for npm."""


def folder() -> Path:
    """Return where the files are, or will be."""
    return cache_folder("browser_runtime") / f"onnxruntime-web-{VERSION}"


def is_there() -> bool:
    """Say whether they were brought."""
    return folder().is_dir()


def bring() -> Path:
    """Bring the files by npm, as it is set up on this machine, and return their folder.

    Raises:
        MissingPackageError: there is no npm.
        DownloadError: npm cannot reach its packages, or what came is not what it should be.
    """
    if shutil.which("npm") is None:
        raise MissingPackageError(
            "npm is not installed, by which onnxruntime-web (14 MB) is brought. It comes with Node.js. The exported "
            "file itself needs none of this."
        )
    return built_once(folder(), _bring)


def _bring(to: Path) -> None:
    with tempfile.TemporaryDirectory() as place:
        _pack(place)
        (archive,) = Path(place).glob("*.tgz")
        with tarfile.open(archive) as opened:
            for name, digest in FILES.items():
                member = opened.extractfile(f"package/dist/{name}")
                content = member.read() if member else b""
                if hashlib.sha256(content).hexdigest() != digest:
                    raise DownloadError(f"The {name} that npm brought is not that of onnxruntime-web {VERSION}.")
                (to / name).write_bytes(content)


def _pack(place: str) -> None:
    words = [shutil.which("npm") or "npm", "pack", f"onnxruntime-web@{VERSION}", "--silent"]
    try:
        done = subprocess.run(words, cwd=place, capture_output=True, text=True, timeout=PATIENCE, check=False)
    except subprocess.TimeoutExpired as error:
        raise DownloadError(f"npm brought nothing within {PATIENCE:g} s. Look whether it has a network.") from error
    if done.returncode:
        said = " ".join(done.stderr.split())[:300] or "it does not say why"
        raise DownloadError(f"npm cannot bring onnxruntime-web {VERSION}: {said}. Look whether it has a network.")
