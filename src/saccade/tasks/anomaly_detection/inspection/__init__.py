"""How a network that finds anomalies sees one row, or many."""
