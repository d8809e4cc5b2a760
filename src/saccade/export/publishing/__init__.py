"""Run → a folder as a model hub wants it, and the upload of it."""
