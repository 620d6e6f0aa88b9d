"""`make bench`: speed, as ratios against named baselines measured in the same run.

spaces: enumeration, colours · searching: neighbours, the searches on all cells · reading: the
official file · training, public: our two models, the public code beside the port · encoding: the
latent space · timing: the clock, and processes held to some of the cores. Every section is a
function of a space, and gives its numbers by name.
"""
