"""How Sphinx makes the site; `make site` calls it on the pages that experiments.site assembled."""

from wl2nas import __version__

project = "From Weisfeiler-Lehman to architecture search"
copyright = "the authors: code under Apache-2.0, prose and figures under CC BY 4.0"
version = release = __version__
language = "en"

extensions = ["myst_nb", "sphinx.ext.autodoc", "experiments.site.library",
              "experiments.site.mathml"]  # fmt: skip
html_math_renderer = "mathml"
smartquotes = False  # a text stands here as in its notebook

# Notebooks: as they were committed. Links to a heading are written as JupyterLab makes them.
nb_execution_mode = "off"
nb_merge_streams = True
myst_enable_extensions = ["dollarmath", "colon_fence"]
myst_dmath_double_inline = True
myst_heading_anchors = 4

myst_heading_slug_func = "experiments.site.notebooks.anchor"

autodoc_member_order = "bysource"
autodoc_preserve_defaults = True

templates_path = ["templates"]  # the page of the search gets its title
html_theme = "furo"
html_title = "Weisfeiler-Lehman to architecture search"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_copy_source = False
html_favicon = "static/icon.svg"
pygments_style, pygments_dark_style = "default", "github-dark"
