"""Tables of rows: CSV, Parquet and NPZ in, a `Table` with parts and a fitted schema out."""
