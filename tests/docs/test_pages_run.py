"""Every block and command of the README and the documentation does what it says, on a reader's own data.

A page is one session: its blocks run in their order, in a folder that has what it names. Commands of Saccade run in
this process; what installs, or needs Docker, is looked at (`page_session.look_at`).
"""

import shutil

import numpy as np
import pytest
from given_files import lay_out
from markdown_blocks import PAGES, blocks
from page_session import Session, uninstall
from PIL import Image
from sklearn.datasets import load_digits

import saccade
from saccade import export
from saccade.cli import run
from saccade.modalities.images import listing
from saccade.modalities.images.catalogue import fashion_mnist, mnist
from saccade.models import quick
from saccade.models.pyramids import residual

QUICK = (
    "docs/index.md",
    "docs/gallery.md",
    "docs/changes.md",
    "docs/contributing.md",
    "docs/tasks/index.md",
    "docs/measured.md",
)
"""Pages that train nothing."""

FIRST = ("README.md", "docs/start.md", "docs/extend.md")
"""Pages that people follow first; the others train for minutes, and are followed before a release and every week."""

pytestmark = [pytest.mark.heavy, pytest.mark.filterwarnings("ignore::UserWarning")]


@pytest.fixture(scope="module", autouse=True)
def slim():
    """Make default networks narrow, their training short and every change of images safe without a trial: what pages
    say does not depend on it, and training takes a moment."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("saccade.core.resolve_defaults.LEAST_STEPS", 20)
        patch.setattr("saccade.tasks.classification.trials.choosing._survives", lambda *given, **options: "")
        patch.setitem(quick.build.__kwdefaults__, "width", 6)
        patch.setitem(residual.build.__kwdefaults__, "width", 0.25)
        yield


@pytest.fixture(scope="module")
def laid_out(tmp_path_factory):
    """The reader's data, drawn once."""
    folder = tmp_path_factory.mktemp("given") / "files"
    folder.mkdir()
    lay_out(folder)
    return folder


@pytest.fixture(scope="module")
def exported(tmp_path_factory, laid_out):
    """The `model.onnx` that pages take from another machine."""
    run = saccade.train(
        data=str(laid_out / "photos"), epochs=1, image_size=16, runs=tmp_path_factory.mktemp("shipped"), quiet=True
    )
    return export.export(run, timed=False, quiet=True).path


@pytest.fixture
def demo(run_once):
    """Give a function that returns the run that `saccade demo` leaves; it takes a while, so it runs once."""

    def make(folder):
        assert run(["demo", "--runs", str(folder)]) == 0
        (folder / "demo-1").rename(folder / "run")

    return lambda: run_once("demo", make).path


@pytest.fixture
def session(tmp_path, monkeypatch, laid_out, demo):
    """A reader in a folder with their data; MNIST and Fashion-MNIST are the embedded digits, enlarged."""
    folder = tmp_path / "reader"
    shutil.copytree(laid_out, folder)
    monkeypatch.chdir(folder)
    for named in (mnist, fashion_mnist):
        monkeypatch.setattr(named, "read", enlarged_digits)
    reader = Session(folder, demo)
    yield reader
    reader.close()
    uninstall(folder)


def enlarged_digits(*, quiet=False):
    """Return the 8×8 digits as images of 28×28, those of training five times with noise: 5,000 validate."""
    digits = load_digits()
    images = [Image.fromarray((each * 255 / 16).astype(np.uint8)).resize((28, 28)) for each in digits.images]
    pixels, labels = np.stack(images)[..., None], digits.target.astype(np.int64)
    known = np.concatenate([pixels[:1500]] * 5)
    noise = np.random.default_rng(0).integers(0, 60, known.shape, np.uint8)
    return listing.of_pixels(
        {"train": np.maximum(known, noise), "test": pixels[1500:]},
        {"train": np.concatenate([labels[:1500]] * 5), "test": labels[1500:]},
        mnist.CLASSES,
    )


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(
            name, marks=[] if name in QUICK else [pytest.mark.slow, *([] if name in FIRST else [pytest.mark.long])]
        )
        for name in PAGES
    ],
)
def test_every_block_of_a_page_does_what_it_says(page, session, request):
    text = PAGES[page].read_text(encoding="utf-8")
    if "model.onnx" in text.replace("export/model.onnx", ""):
        (session.folder / "model.onnx").write_bytes(request.getfixturevalue("exported").read_bytes())
    for block in blocks(text):
        session.follow(block)
