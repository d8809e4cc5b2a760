"""
4. My photos
============

From a folder of photos to a network and its report: what the audit finds, which labels look wrong, how good the network
is, and what it says of new photos. The photos are drawn here, so that this page needs none of yours: leaves, healthy
ones and ones with spots. Put the path of your own folder in place of ``photos``.
"""

# %%
# A folder
# --------
# One folder a class is all that is needed. A few faults are in it, as in every real one: two wrong labels, a photo
# that was exported twice, and a file that is no image.

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from PIL import Image, ImageDraw

rng = np.random.default_rng(0)


def leaf(*, spots):
    """Draw a leaf on soil."""
    image = Image.new("RGB", (48, 48), tuple(int(value) for value in rng.integers(70, 110, 3)))
    draw = ImageDraw.Draw(image)
    x, y = rng.integers(4, 10, 2)
    green = tuple(int(value) for value in (rng.integers(40, 80), rng.integers(120, 180), rng.integers(40, 70)))
    draw.ellipse((x, y, 47 - x, 47 - y), fill=green)
    for _ in range(spots):
        a, b = rng.integers(14, 32, 2)
        draw.ellipse((a, b, a + 5, b + 5), fill=(90, 60, 30))
    noisy = np.asarray(image) + rng.normal(0, 8, (48, 48, 3))
    return Image.fromarray(noisy.clip(0, 255).astype(np.uint8))


photos = Path("photos")
for name in ("healthy", "spotted"):
    (photos / name).mkdir(parents=True, exist_ok=True)
    for number in range(120):
        spots = int(rng.integers(2, 6)) if name == "spotted" else 0
        leaf(spots=spots).save(photos / name / f"{number:03}.jpg")

leaf(spots=4).save(photos / "healthy" / "wrong-1.jpg")
leaf(spots=4).save(photos / "healthy" / "wrong-2.jpg")
Image.open(photos / "spotted" / "007.jpg").save(photos / "spotted" / "again.png")
(photos / "spotted" / "broken.jpg").write_bytes(b"no image")

figure, axes = plt.subplots(1, 8, figsize=(8, 1.2))
for place, path in zip(axes, sorted(photos.glob("*/00[0-3].jpg")), strict=True):
    place.imshow(Image.open(path))
    place.axis("off")

# %%
# The audit
# ---------

import saccade

audit = saccade.check("photos", quiet=True)
for finding in audit.findings:
    print(f"{finding.severity}: {finding.title}")

# %%
# Wrong labels
# ------------
# Small networks are trained, each on a part of the images, and judge the rest. The labels that they disbelieve come
# first.

layers = [{"conv": 16, "kernel_size": 3}, {"max_pool": 2}, {"conv": 32, "kernel_size": 3}, {"max_pool": 2}, "flatten"]
settings = {"model": {"name": "convnet", "layers": layers}, "image_size": 28, "learning_rate": 0.003, "batch_size": 16}
suspects = saccade.find_wrong_labels("photos", epochs=12, folds=2, html="labels.html", quiet=True, **settings)
print(suspects.verdict)
for number in range(4):
    print(suspects.record(number))

# %%
# In `the gallery <../live/labels.html>`__ a person decides. Here we take the two worst, as a file of corrections; the
# photos themselves are never changed.

suspects.write(Path("overrides.csv"), suspects.accepted(2))
print(Path("overrides.csv").read_text(encoding="utf-8"))

# %%
# Train and evaluate
# ------------------

run = saccade.train(data="photos", name="photos", overrides="overrides.csv", epochs=12, quiet=True, **settings)
print(run.evaluate().verdict)
print(run.report())

# %%
# `The report <../live/photos.html>`__ has the mistakes, the audit, and what was skipped.
#
# Answers for new photos
# ----------------------

new = Path("new-photos")
new.mkdir(exist_ok=True)
leaf(spots=0).save(new / "a.jpg")
leaf(spots=5).save(new / "b.jpg")
for name, answer in run.predict_files([new]):
    print(name, answer.label, f"{answer.probability:.3f}")

# %%
# The same on the command line
# ----------------------------
#
# .. code-block:: sh
#
#    saccade check photos/ --html check.html
#    saccade labels photos/ --html labels.html
#    saccade train photos/ --overrides overrides.csv
#    saccade predict runs/quick-1 new-photos/
#
# How folders, archives and tables of photos are read: :doc:`your own photos </your_photos>`.
