"""A figure as an image for a page."""

import base64
import io

from matplotlib.figure import Figure


def figure_address(figure: Figure, *, dpi: int = 110) -> str:
    """Return a figure as the data address of a PNG on white."""
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=dpi, facecolor="white")
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
