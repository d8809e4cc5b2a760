"""Input formats, a file each."""
