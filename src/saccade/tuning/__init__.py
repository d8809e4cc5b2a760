"""Search for better settings within a budget of time: trials that are runs, halved, judged on rows no trial has seen."""
