"""Run or model → what is inside."""
