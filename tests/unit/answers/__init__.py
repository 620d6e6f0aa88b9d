"""What `check` must say: for every question its truth and a wrong guess, for every exercise right
answers and faults, each fault with the reason to be given. One file per notebook, as there."""

from answers import (
    audit,
    cells_as_graphs,
    counting,
    directions,
    figure_to_code,
    graph_networks,
    graph_vae,
    latent_space,
    limits,
    search,
    start,
    weisfeiler_lehman,
    which_information,
    whole_space,
)

_PARTS = (
    start,
    cells_as_graphs,
    weisfeiler_lehman,
    limits,
    directions,
    whole_space,
    counting,
    graph_networks,
    graph_vae,
    figure_to_code,
    audit,
    latent_space,
    search,
    which_information,
)
TRUTHS = {name: truth for part in _PARTS for name, truth in part.TRUTHS.items()}
WRONG = {name: guess for part in _PARTS for name, guess in part.WRONG.items()}
RIGHT = {name: answers for part in _PARTS for name, answers in part.RIGHT.items()}
FAULTS = [fault for part in _PARTS for fault in part.FAULTS]
