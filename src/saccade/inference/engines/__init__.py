"""Programs that answer with an exported file, one a file: `load(path) -> Opened`; without Keras where they can."""
