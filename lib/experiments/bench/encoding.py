"""Encoding the whole space and decoding it again, with both models as they are made."""

import numpy as np

from experiments.bench.timing import seconds
from experiments.bench.training import new_arch2vec, new_ours
from wl2nas import latent


def bench(space) -> dict:
    """Encoding and greedy decoding of the whole space, compilation left out."""
    found = {}
    for name, fresh in {"arch2vec": new_arch2vec(), "ours": new_ours()}.items():
        mean = np.asarray(latent.posterior(fresh, space).mean)
        latent.decode(fresh, mean)
        found[f"encode_all_cells_s_{name}"] = seconds(lambda m=fresh: latent.embed(m, space))
        found[f"decode_all_cells_s_{name}"] = seconds(lambda m=fresh, z=mean: latent.decode(m, z))
    return found
