"""EfficientNetV2-B0, trained on ImageNet: 5.9 million weights, downloaded; better and slower than Lite0."""

from saccade.models.backbones._keras_application import Application

SIDE = 224
LICENCE = "Apache-2.0"
DIGEST = "md5:893217f2bb855e2983157299931e43ff"
LAYERS = ("block2b_add", "block3b_add", "block5e_add", "block6h_add")
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
FROZEN, OPENED = "block4c_add", ""

APPLICATION = Application(
    name="EfficientNetV2B0",
    scale=[1 / (255 * deviation) for deviation in DEVIATION],
    offset=[-mean / deviation for mean, deviation in zip(MEAN, DEVIATION, strict=True)],
    address="efficientnet_v2/efficientnetv2-b0_notop.h5",
    checksum=DIGEST,
    options={"include_preprocessing": False},
)
build, load = APPLICATION.build, APPLICATION.load
