"""Modalities, a folder each: what goes in, and how it is recognised, loaded, stored and audited."""
