"""Formulas as MathML, made here once: a page shows them without a script and without a network."""

from latex2mathml.converter import convert

SCRIPT = {"L": "\N{SCRIPT CAPITAL L}", "N": "\N{MATHEMATICAL SCRIPT CAPITAL N}"}


def setup(app) -> dict:
    """Called by Sphinx, which then knows formulas by ``html_math_renderer = "mathml"``."""
    app.add_html_math_renderer("mathml", (_visit("inline"), None), (_visit("block"), None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def mathml(latex: str, display: str = "inline") -> str:
    """A formula; ValueError names one that would show its backslashes, or lose its curls."""
    markup = convert(latex, display=display)
    for letter, curled in SCRIPT.items():  # browsers do not curl letters themselves any more
        markup = markup.replace(f'<mi mathvariant="script">{letter}</mi>', f"<mi>{curled}</mi>")
    if "\\" in markup or 'mathvariant="script"' in markup:
        raise ValueError(f"latex2mathml does not know all of {latex!r}")
    return markup


def _visit(display: str):
    def visit(translator, node):
        from docutils.nodes import SkipNode

        formula = mathml(node.astext(), display)
        block = display == "block"
        translator.body.append(f'<div class="formula">{formula}</div>\n' if block else formula)
        raise SkipNode

    return visit
