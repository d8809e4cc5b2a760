"""MNIST: 70,000 handwritten digits, 28×28 grey, 10 classes; 11 MB."""

from saccade.modalities.images import named_data
from saccade.modalities.images.listing import Listing

LICENCE = "CC BY-SA 3.0"
HOMEPAGE = "http://yann.lecun.com/exdb/mnist/"
HUB = "ylecun/mnist"
IMAGE_SHAPE = (28, 28, 1)
CLASSES = tuple("0123456789")

# The official address comes last: it has refused automatic downloads for years.
_ADDRESSES = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "http://yann.lecun.com/exdb/mnist/",
)
_CHECKSUMS = {
    "train-images-idx3-ubyte.gz": "sha256:ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte.gz": "sha256:65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte.gz": "sha256:0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte.gz": "sha256:ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
FILES = named_data.named_files(_CHECKSUMS, _ADDRESSES)


def read(*, quiet: bool = False) -> Listing:
    """Return the official training and test images."""
    return named_data.read_idx("mnist", FILES, classes=CLASSES, quiet=quiet)
