"""Tables that name images: their cells as text, the files that these name, and which column says what."""
