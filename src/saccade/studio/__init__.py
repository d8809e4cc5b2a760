"""The studio: runs and data in the browser, on one's own machine; everything else is asked of the stages."""
