"""Side trails of colour refinement: tuples of vertices, large graphs, trees, orientations,
the game of watchers and a fugitive."""
