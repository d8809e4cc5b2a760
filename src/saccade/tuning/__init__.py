"""Search for better settings within a budget of time, compared with the recipe on rows that no trial has seen."""
