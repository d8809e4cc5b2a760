"""
3. Look inside a convolution
============================

First the two worked examples of every textbook, computed by the layers that networks are made of; then one image on
its way through a network that we train.
"""

# %%
# A convolution, by hand
# ----------------------
# A 3×3 image and a 2×2 kernel. The kernel is laid over the top left corner: each pixel is multiplied with the number
# above it, and the products are added: 1·(−1) + 2·0 + 4·0 + 5·(−1) = −6. Then it slides on.

from pathlib import Path

import keras
import numpy as np
import rich

import saccade

image = np.arange(1.0, 10.0).reshape(3, 3, 1)
kernel = np.array([[-1.0, 0.0], [0.0, -1.0]]).reshape(2, 2, 1, 1)
print(image[..., 0])
print(kernel[..., 0, 0])

# %%

convolution = keras.Sequential([keras.Input((3, 3, 1)), keras.layers.Conv2D(1, 2, name="convolution")])
convolution.layers[0].set_weights([kernel, np.zeros(1)])
output = convolution(image[None])[0, ..., 0]
print(np.array(output))
assert np.array(output).tolist() == [[-6, -8], [-12, -14]]

# %%
# ``explain`` tells how one of these numbers came about; (1, 0) is the lower left one.

inspection = saccade.inspect(convolution, image)
rich.print(inspection.explain("convolution", at=(1, 0)))

# %%
# ``save_stepper`` writes `a page in which the kernel slides <../live/stepper.html>`__.

print(inspection.save_stepper("convolution", Path("steps")))

# %%
# Max pooling, by hand
# --------------------
# The largest number under a window; here 2×2 windows that slide by one pixel.

pooling = keras.Sequential([keras.Input((3, 3, 1)), keras.layers.MaxPooling2D(2, strides=1)])
pooled = np.array(pooling(image[None])[0, ..., 0])
print(pooled)
assert pooled.tolist() == [[5, 6], [8, 9]]

# %%
# A real network
# --------------
# Each layer: what comes out, how much it learns and computes, and how much of the image one number sees.

settings = {"model": "convnet", "image_size": 28, "epochs": 8}
run = saccade.train("quick-digits", name="looked", quiet=True, **settings)
for layer in run.summary():
    learnt = f"{layer.parameters:6,} parameters"
    print(f"{layer.name:20} {layer.output_shape!s:14} {learnt}, sees {layer.receptive_field or 'all'}")

# %%
# One image through it
# --------------------

inspection = run.inspect("00012")
print(inspection.predicted, f"{inspection.probabilities[inspection.predicted]:.3f}")

# %%
# The maps of the first convolution: one for each of its kernels. Some answer to strokes that lie, some to strokes
# that stand.

import matplotlib.pyplot as plt

maps = inspection.activations["conv_1"][0]
figure, axes = plt.subplots(3, 11, figsize=(9, 2.6))
axes[0, 0].imshow(inspection.image.pixels[..., 0], cmap="gray_r")
for number, place in enumerate(axes.flat[1:]):
    place.imshow(maps[..., number])
for place in axes.flat:
    place.axis("off")

# %%
# What speaks for the answer? Occlusion covers a part of the image and asks how the score changes.

figure, axes = plt.subplots(1, 2, figsize=(4, 2))
axes[0].imshow(inspection.image.pixels[..., 0], cmap="gray_r")
axes[1].imshow(inspection.occlusion(), cmap="inferno")
for place in axes:
    place.axis("off")

# %%
# All of that, for every layer, is on `the page of the inspection <../live/inspect.html>`__.

print(inspection.save("looked", png=False))

# %%
# The network over its data
# -------------------------
# Which channels never fire, or only repeat another? What do the answers owe to each layer?

print(run.overview(quiet=True).to_text(width=90))

# %%
# The chapter :doc:`look inside </look_inside>` has padding, strides, output sizes and parameter counts.
