"""MobileNetV3 Large, trained on ImageNet: 3.0 million weights, downloaded; small and quick."""

from saccade.models.backbones._keras_application import Application

SIDE = 224
LICENCE = "Apache-2.0"
DIGEST = "md5:07fb09a5933dd0c8eaafa16978110389"
LAYERS = ("expanded_conv_2_add", "expanded_conv_5_add", "expanded_conv_11_add", "expanded_conv_14_add")
FROZEN, OPENED = "expanded_conv_9_add", ""

APPLICATION = Application(
    name="MobileNetV3Large",
    scale=1 / 127.5,
    offset=-1.0,
    address="mobilenet_v3/weights_mobilenet_v3_large_224_1.0_float_no_top_v2.h5",
    checksum=DIGEST,
    options={"include_preprocessing": False},
)
build, load = APPLICATION.build, APPLICATION.load
