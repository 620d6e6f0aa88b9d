"""`make site`: the course as static pages, for those who read without running anything.

* ``notebooks``  a notebook as a page: pictures with their text, captions, links that stay here
* ``living``     explorers without a kernel: their modules, and the data that they show
* ``library``    a page for every room of the library, from its docstrings
* ``mathml``     formulas as MathML, which a browser shows without a script
* ``assemble``   all pages in one folder, as Sphinx wants them

``python -m experiments.site [FOLDER]`` puts them together and lets Sphinx write FOLDER.
"""
