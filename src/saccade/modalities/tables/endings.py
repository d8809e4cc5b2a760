"""By which endings a table's file is known, without loading what reads it."""

ENDINGS = (".csv.gz", ".tsv.gz", ".csv", ".tsv", ".txt", ".parquet", ".npz")
"""How the names of files end that can be read; the longer first."""
