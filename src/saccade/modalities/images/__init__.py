"""Images and tables in: sources, named data, splitting, the decoded store."""
