"""How a cell becomes a convolutional network: channels, convolutions, trainable parameters.

NAS-Bench-101's network has a stem (3x3 convolution, 128 channels), three stacks of three copies of
the cell, with 128, 256 and 512 channels, and a linear classifier. Inside a cell

* the input reaches a vertex through a projection, a 1x1 convolution to the channels of the vertex;
* what other predecessors deliver is cut to these channels, and all is summed;
* the output concatenates its predecessors, which share its channels, and adds the projected input
  if it has that edge.

Every convolution is followed by batch norm (a gain and a shift per channel) and ReLU, has no bias,
and has k * k * c_in * c_out weights. Which operation is a convolution of which size k is said by
the rules of the space. Source: Ying et al. 2019, arXiv 1902.09635, and the model
builder of its code.
"""

import numpy as np

from wl2nas.cells.rules import NASBENCH101, Rules
from wl2nas.cells.space import Cell

STEM_CHANNELS, STACKS, CELLS_IN_A_STACK, CLASSES = 128, 3, 3, 10
IMAGE = 32  # rows and columns of an image of CIFAR-10


def vertex_channels(adjacency: np.ndarray, c_in: int, c_out: int) -> list[int]:
    """Channels of every vertex of an upper triangular matrix (n, n).

    The predecessors of the output share ``c_out``, the first ones taking what does not divide;
    every other vertex takes the most that one of its successors needs.
    """
    n = len(adjacency)
    channels = [c_in] + [0] * (n - 2) + [c_out]
    last = [v for v in range(1, n - 1) if adjacency[v, n - 1]]
    for place, v in enumerate(last):
        channels[v] = c_out // len(last) + (place < c_out % len(last))
    for v in reversed([v for v in range(1, n - 1) if v not in last]):
        channels[v] = max(channels[w] for w in range(v + 1, n - 1) if adjacency[v, w])
    return channels


def convolution_parameters(kernel: int, c_in: int, c_out: int) -> int:
    """Weights of a convolution, and gain and shift of its batch norm; 0 for kernel 0."""
    return kernel**2 * c_in * c_out + 2 * c_out if kernel else 0


def parameters_by_vertex(
    adjacency: np.ndarray, rules: Rules = NASBENCH101
) -> tuple[int, list[dict[int, int]]]:
    """Trainable parameters of a structure: those of every labelling, and those of each choice.

    The second part holds, for every inner vertex, a dictionary operation -> parameters. ValueError
    where the rules do not say what their operations are.
    """
    if not rules.kernels:
        raise ValueError(
            f"{rules.name} does not say which convolutions its operations are: give its Rules "
            f"kernels, one size for each of {rules.inner}, 0 for no convolution"
        )
    kernels = dict(enumerate(rules.kernels, 1))
    n, c_in, c_out = len(adjacency), STEM_CHANNELS, STEM_CHANNELS
    fixed = convolution_parameters(3, 3, STEM_CHANNELS)
    inner = [dict.fromkeys(kernels, 0) for _ in range(n - 2)]
    for _ in range(STACKS):
        for _ in range(CELLS_IN_A_STACK):
            width = vertex_channels(adjacency, c_in, c_out)
            for v in np.flatnonzero(adjacency[0]):
                fixed += convolution_parameters(1, c_in, width[v])
            for choices, channels in zip(inner, width[1:-1], strict=True):
                for op, kernel in kernels.items():
                    choices[op] += convolution_parameters(kernel, channels, channels)
            c_in = c_out
        c_out *= 2
    return fixed + (c_in + 1) * CLASSES, inner


def trainable_parameters(cell: Cell) -> int:
    """Trainable parameters of the network with this cell, as the public table counts them."""
    fixed, inner = parameters_by_vertex(cell.adjacency, cell.rules)
    return fixed + sum(choices[int(op)] for choices, op in zip(inner, cell.ops[1:-1], strict=True))
