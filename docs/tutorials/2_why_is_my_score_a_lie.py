"""
2. Why is my test score a lie? The audit
========================================

A test score promises how good a network is on images that nobody has seen. If some test images are also in training,
they are remembered, not recognised, and the promise is worth nothing. We make that mistake on purpose and look at
what it does.
"""

# %%
# Data that cannot be learned
# ---------------------------
# Clouds of noise, with labels thrown by a coin: no honest score can be better than .5. But half of the test images
# are copies of training images, a little brighter, as when photos are exported twice.

import matplotlib.pyplot as plt
import numpy as np
from PIL import Image

import saccade

rng = np.random.default_rng(0)


def clouds(count):
    """Return noise, (count, 24, 24)."""
    small = rng.integers(0, 200, (count, 6, 6), dtype=np.uint8)
    return np.stack([np.asarray(Image.fromarray(each).resize((24, 24), Image.Resampling.BICUBIC)) for each in small])


def coins(count):
    """Return labels by chance."""
    return np.array(["heads", "tails"])[rng.integers(0, 2, count)]


x_train, y_train = clouds(240), coins(240)
copies = np.clip(x_train[:60].astype(int) + 12, 0, 255).astype(np.uint8)
x_test, y_test = np.concatenate([copies, clouds(60)]), np.concatenate([y_train[:60], coins(60)])
np.savez("clouds.npz", x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)

figure, axes = plt.subplots(1, 4, figsize=(6, 1.7))
for place, title, image in zip(axes, ("train", "test"), (x_train[0], x_test[0]), strict=False):
    place.imshow(image, cmap="gray", vmin=0, vmax=255)
    place.set_title(title, fontsize=9)
for place, title, image in zip(axes[2:], ("train", "test"), (x_train[1], x_test[100]), strict=True):
    place.imshow(image, cmap="gray", vmin=0, vmax=255)
    place.set_title(title, fontsize=9)
for place in axes:
    place.axis("off")

# %%
# The lie
# -------
# A large dense network remembers what it saw.

settings = {"model": "dense", "epochs": 30, "batch_size": 16, "learning_rate": 0.003, "augment": {}}
run = saccade.train(data="clouds.npz", name="lie", quiet=True, **settings)
evaluation = run.evaluate(without_duplicates=True)
print(evaluation.accuracy)

# %%
# Much better than a coin! Is it?
#
# The audit
# ---------
# ``saccade.train`` looks for such things before the first epoch (it was quiet here), and ``saccade.check`` shows all
# of it.

audit = saccade.check("clouds.npz", html="check.html", quiet=True)
print(audit.verdict)
for finding in audit.findings:
    print(f"{finding.severity}: {finding.title}")

# %%
# `The page <../live/audit.html>`__ shows the pairs side by side. They are found although every pixel differs: what is
# compared is how images look.
#
# The truth
# ---------
# ``without_duplicates`` also scores the test images that have no copy in another split.

found = evaluation.without_duplicates
print(f"{found.leaked} test images left out; accuracy on the others {found.accuracy}")

# %%
# Cutting it right
# ----------------
# With ``split="pooled"`` all images are put together and cut anew. Images that show the same stay in one split.

honest = saccade.train(data="clouds.npz", name="honest", split="pooled", quiet=True, **settings)
print(honest.evaluate().accuracy)

# %%
# The interval contains .5: the network knows nothing, and now the score says so.
#
# In a script, ``saccade train photos/ --strict`` refuses to train on data with a warning. More on the page
# :doc:`honesty explained </honesty>`.
