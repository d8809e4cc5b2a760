"""Architectures, a file each: `build(input_shape, outputs, ...) -> keras.Model`."""
