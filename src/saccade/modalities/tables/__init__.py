"""Tables of rows: CSV, Parquet and NPZ in, a `Table` with splits and a fitted schema out."""
