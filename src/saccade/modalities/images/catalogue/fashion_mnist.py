"""Fashion-MNIST: 70,000 pieces of clothing, 28×28 grey, 10 classes; 30 MB."""

from saccade.modalities.images import named_data
from saccade.modalities.images.listing import Listing

LICENCE = "MIT"
HOMEPAGE = "https://github.com/zalandoresearch/fashion-mnist"
HUB = "zalando-datasets/fashion_mnist"
IMAGE_SHAPE = (28, 28, 1)
CLASSES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)

_ADDRESSES = (
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
    "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
)
_CHECKSUMS = {
    "train-images-idx3-ubyte.gz": "sha256:c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    "train-labels-idx1-ubyte.gz": "sha256:bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    "t10k-images-idx3-ubyte.gz": "sha256:5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    "t10k-labels-idx1-ubyte.gz": "sha256:0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
}
FILES = named_data.named_files(_CHECKSUMS, _ADDRESSES)


def read(*, quiet: bool = False) -> Listing:
    """Return the official training and test images."""
    return named_data.read_idx("fashion_mnist", FILES, classes=CLASSES, quiet=quiet)
