"""`make coordinates`: where t-SNE puts a sample of cells, for arch2vec and for ours.

The sample is drawn from all cells with equal chances. t-SNE (van der Maaten and Hinton 2008) is
scikit-learn's, started from the principal components, so that the seed and the versions fix it;
it takes minutes, and another version may give another map: notebook 08 reads these coordinates.
In hundredths, as whole numbers.
"""

import time

import numpy as np
from sklearn.manifold import TSNE

from course.representations import REPRESENTATIONS
from course.results import record
from wl2nas import cells

SAMPLE, SEED, PERPLEXITY = 5_000, 0, 30
NAMES = ("arch2vec_published", "ours")


def sample(total: int) -> np.ndarray:
    """The rows of the sample, ascending, (SAMPLE,)."""
    return np.sort(np.random.default_rng(SEED).choice(total, SAMPLE, replace=False))


def hundredths(vectors: np.ndarray) -> list[list[int]]:
    """t-SNE of vectors (N, D) on two coordinates, [x, y] for each, in hundredths."""
    method = TSNE(perplexity=PERPLEXITY, init="pca", random_state=SEED, n_jobs=1)
    return np.rint(100 * method.fit_transform(vectors)).astype(int).T.tolist()


def main():
    started, space = time.perf_counter(), cells.nasbench101()
    rows = sample(len(space))
    chosen, numbers = space.take(rows), {"rows": rows.tolist(), "perplexity": PERPLEXITY}
    for name in NAMES:
        vectors = np.asarray(REPRESENTATIONS[name].features(chosen), np.float64)
        numbers[name] = hundredths(vectors)
        print(f"{name}: {time.perf_counter() - started:.0f} s", flush=True)
    record("coordinates", "make coordinates", numbers, seed=SEED, started=started)


if __name__ == "__main__":
    main()
