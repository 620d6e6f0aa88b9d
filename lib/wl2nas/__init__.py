"""From Weisfeiler-Lehman to architecture search: the library of the course.

Each module is one idea, in this order: graphs, wl, cells, model, train, latent, benchmarks, gp,
search; on top of them draw, explore and check.
"""
