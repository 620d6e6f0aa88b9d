"""What belongs to the notebooks; unlike the library it may need the repository, and is in no wheel.

* ``check``       questions and exercises, judged by computing
* ``porting``     the kit that a port of arch2vec is checked against
* ``results``     what was measured, in data/results
* ``tables``      the tables of the reproduction, made of results
* ``searches``      what make search found, as tables of means and differences
* ``figures``     figures of the course, drawn from such tables
* ``representations``  the trained rivals, entered into the list of the library
* ``scoreboard``  the scoreboard, as far as a notebook reveals it
* ``setup``       what a notebook needs before its first import

Nothing is imported here: ``setup`` runs where packages are still missing. ``check``, which every
notebook imports, enters the trained rivals into the list.
"""
