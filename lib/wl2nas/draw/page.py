"""A figure on its way into the page, with the sentence that says what it shows."""

import base64
import io

import matplotlib.pyplot as plt


def png(fig) -> bytes:
    """The figure as a PNG, and the figure closed."""
    buffer = io.BytesIO()
    fig.savefig(buffer, format="png", metadata={"Software": None})
    plt.close(fig)
    return buffer.getvalue()


def show(fig, alt: str):
    """Display a figure and print ``alt``, a sentence with the numbers that the figure shows."""
    from IPython.display import display  # a notebook has it; the library alone needs it not

    image = base64.b64encode(png(fig)).decode()
    data = {"image/png": image, "text/plain": "<figure>"}
    display(data, raw=True, metadata={"image/png": {"alt": alt}})
    print(alt)
