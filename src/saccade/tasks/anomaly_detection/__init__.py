"""Anomaly detection: how anomalous a row or an image is, and what makes it so."""
