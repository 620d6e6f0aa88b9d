"""The experiments: one short script per make target, each of which fills a file of data/."""
