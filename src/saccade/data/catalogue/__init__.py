"""Named data, a file each: where from, licence, hash."""
