"""
1. First network in a minute
============================

1,797 handwritten digits of 8×8 pixels come with scikit-learn. We train a small network on them, ask how good it is,
and look at its answers: the whole way, in a few lines.
"""

# %%
# Train
# -----
# ``quick-digits`` is a recipe for them, ``convnet`` the first convolutional network of most courses, for images of 28
# pixels; each setting that is left out has a default. The data are audited first, and split into training, validation
# and test. Here we only wait for the result (``quiet=True``); without it a live panel shows speed and accuracy.

import saccade

settings = {"model": "convnet", "image_size": 28, "epochs": 8}
run = saccade.train("quick-digits", name="first", quiet=True, **settings)
print(run)

# %%
# Everything about it lies in the folder ``runs/first-1``: settings, splits, weights, history.

for entry in sorted(run.path.glob("[!.]*")):
    print(entry.name)

# %%
# How good is it?
# ---------------
# The test split is sealed: training has never read it. Evaluating opens it, and the run keeps a record of that.

evaluation = run.evaluate()
print(evaluation.accuracy)

# %%
# The accuracy comes with its 95% interval: on so few test images, another draw of images would give another number.
# Beside it stand simple methods that had the same training images. Is a network needed at all?

print(evaluation.verdict)

# %%
# Its answers
# -----------
# ``predict_files`` takes files and folders of any size, ``predict`` arrays of the trained one. Probabilities are
# calibrated on the validation split: of answers with .9, about nine in ten are right.
#
# A network knows the images by heart that it was trained on, so we take six of the test split. The run's ``split.csv``
# says which these are.

import polars as pl
from PIL import Image
from sklearn.datasets import load_digits

digits = load_digits()
split = pl.read_csv(run.path / "split.csv", schema_overrides={"name": pl.String})
tested = [int(name) for name in split.filter(pl.col("split") == "test")["name"][:6]]
for number in tested:
    pixels = digits.images[number] * 255 / 16
    Image.fromarray(pixels.astype("uint8")).save(f"digit-{number}.png")

files = [f"digit-{number}.png" for number in tested]
answers = [answer for _, answer in run.predict_files(files)]
for number, answer in zip(tested, answers, strict=True):
    print(f"{answer.label} with {answer.probability:.3f}; it is a {digits.target[number]}")

# %%
# Is one of them wrong? Look at it: could you tell?

import matplotlib.pyplot as plt

figure, axes = plt.subplots(1, 6, figsize=(7, 1.6))
for place, file, answer in zip(axes, files, answers, strict=True):
    place.imshow(Image.open(file), cmap="gray_r")
    place.set_title(f"{answer.label} ({answer.probability:.0%})", fontsize=8)
    place.axis("off")

# %%
# All of it on one page
# ---------------------
# ``report`` writes a page that needs no network, and a model card beside it. `This is the page of this run
# <../live/report.html>`__.

print(run.report())

# %%
# The same on the command line
# ----------------------------
#
# .. code-block:: sh
#
#    saccade train quick-digits name=first --model convnet --image-size 28 epochs=8
#    saccade evaluate runs/first-1
#    saccade report runs/first-1
#
# Next: :doc:`why a test score may be a lie <2_why_is_my_score_a_lie>`.
