"""Run → report.html and README.md: one page with everything that is known of it, and a model card."""

from saccade.report.writing import report

__all__ = ["report"]
