"""What an autoencoder of images makes of a few validation images so far, while it trains."""

from collections.abc import Sequence

import numpy as np

from saccade.core.backend import Model, keras
from saccade.core.live_pictures import LivePicture
from saccade.inspection.live_pictures import shown_rows
from saccade.inspection.picture_sheets import map_tiles, picture, sheet
from saccade.models import autoencoders
from saccade.tasks.anomaly_detection.one_class_images import OneClassImages
from saccade.tasks.anomaly_detection.settings import AnomalyDetectionRecipe

MOST = 6
SIDE = 96


def rebuilt_images(
    network: Model, recipe: AnomalyDetectionRecipe, dataset: OneClassImages
) -> Sequence[LivePicture] | None:
    """Return images, what the network rebuilds of them, and what is left between; None where it rebuilds nothing."""
    del recipe
    if not autoencoders.rebuilds(network):
        return None
    pixels = np.asarray(dataset.images[shown_rows(dataset, MOST)], np.float32)
    remainder = keras.Model(network.input, autoencoders.remainder(network))(pixels, training=False)
    left = np.asarray(keras.ops.convert_to_numpy(keras.ops.cast(remainder, "float32"))) * 127.5
    rebuilt = np.clip(np.rint(pixels - left), 0, 255).astype(np.uint8)
    rows = [pixels.astype(np.uint8), rebuilt, map_tiles(np.abs(left).mean(axis=-1))]
    tiles = np.concatenate([np.broadcast_to(row, (*row.shape[:3], 3)) for row in rows])
    found = picture(
        sheet(tiles, columns=len(pixels), side=SIDE),
        title="What the network rebuilds",
        caption="Above: validation images, all of them normal. In the middle: what is rebuilt of each so far. Below: "
        "what is left between the two, bright where it is much. What stays bright in new images will count as "
        "anomalous.",
        alt=f"{len(pixels)} images in three lines: as they are, as they are rebuilt, and what is left between",
    )
    return (found,)
