"""`make figure`: the README's picture, the still of the map explorer in notebook 08."""

from course.results import ROOT
from wl2nas import cells, explore, features, latent, train
from wl2nas.files import write_atomically


def main():
    space = cells.nasbench101()
    arch2vec = train.load_checkpoint(ROOT / "data/checkpoints/arch2vec_published.safetensors")
    coordinates, _ = latent.principal_components(latent.embed(arch2vec, space))
    size = {"million parameters": features.trainable_parameters(space) / 1e6}
    picture = explore.Map(space, coordinates, size, start=40965).still()
    write_atomically(ROOT / "notebooks" / "figures" / "map.png", picture)


if __name__ == "__main__":
    main()
