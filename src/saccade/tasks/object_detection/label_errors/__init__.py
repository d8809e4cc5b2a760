"""ObjectImages → BoxSuspects: objects without a box, wrong classes, boxes beside their object."""
