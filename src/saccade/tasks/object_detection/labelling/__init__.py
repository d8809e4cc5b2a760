"""Drawing boxes by hand: what was said of each image, and what a trained detector suggests."""
