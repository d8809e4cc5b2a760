"""
6. Ship it, and prove that it answers the same
==============================================

A network in a Python session helps nobody else. We export it to a file that answers without Keras and TensorFlow, and
check that it says the same, number by number.
"""

# %%
# A network
# ---------

import saccade

# sphinx_gallery_thumbnail_path = "images/report.png"
settings = {"model": "convnet", "image_size": 28, "epochs": 5}
run = saccade.train("quick-digits", name="shipped", quiet=True, **settings)
print(run.evaluate().accuracy)

# %%
# Export
# ------
# The file is loaded again in its own runtime and compared with Keras on held-out images. It is kept only if it
# answers like the run; else there is an error and no file.

exported = run.export(to="onnx")
print(exported.path, f"{exported.path.stat().st_size / 1000:.0f} kB")
print(exported.parity.sentence)

# %%
# Everything travels in the file
# ------------------------------
# Class names, image size, how images are fitted, temperature: nothing has to be sent along.

import json

import onnxruntime

session = onnxruntime.InferenceSession(exported.path)
about = session.get_modelmeta().custom_metadata_map
print(sorted(about))
print(json.loads(about["classes"]))

# %%
# The proof, by hand
# ------------------
# The same images through the run and through the file. The file takes bytes and gives calibrated probabilities.

import numpy as np

images = np.random.default_rng(0).integers(0, 256, (32, 28, 28, 1), dtype=np.uint8)
(from_file,) = session.run(["probabilities"], {"pixels": images})
from_run = np.array([list(answer.probabilities.values()) for answer in run.predict(images)])
difference = np.abs(from_file - from_run).max()
print(f"largest difference of a probability: {difference:.1e}")
assert difference < 1e-4

# %%
# Smaller
# -------
# In float16 each number takes half the room; the comparison says what that costs. Nor does this file hold the images'
# features by which the run, and the file in float32, answer "none of these".

small = run.export(to="onnx", precision="float16")
print(small.path.name, f"{small.path.stat().st_size / 1000:.0f} kB")
print(small.parity.sentence)

# %%
# Serve it
# --------
# On the machine that answers, nothing of TensorFlow is needed:
#
# .. code-block:: sh
#
#    pip install './runtime[serve]'
#    saccade serve model.onnx
#    curl --data-binary @digit.png -H "Content-Type: image/png" http://127.0.0.1:8000/predict
#
# Other formats, limits, tokens, Docker: :doc:`ship it </ship>`.
