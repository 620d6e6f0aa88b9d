"""Nothing may hang on the order of ties: the syntax of the library, experiments and notebooks.

NumPy's sorts break ties as the processor's instructions like, and sets of strings have another
order in every process. A sort that moves something along with its keys must therefore be stable,
and what is taken from a set one by one must be sorted first.
"""

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted((ROOT / "lib").rglob("*.py"))
NOTEBOOKS = sorted((ROOT / "notebooks").rglob("*.ipynb"))

# What is refused by the rule, and why it may stand all the same.
EXCEPTIONS = {
    "[e for e in edges if e[0] == v]": "is_series_parallel reads it only if it has one edge",
    "[e for e in edges if e[1] == v]": "is_series_parallel reads it only if it has one edge",
}

SORTS_WITH_A_PAYLOAD = {"argsort", "sort_values", "sort_index"}  # stable if asked to be
NEVER_STABLE = {"argpartition", "nlargest", "nsmallest", "top_k", "approx_max_k", "approx_min_k"}
SETS = {"set", "frozenset"}
SET_METHODS = {"union", "intersection", "difference", "symmetric_difference"}
# Who gives the same whatever the order of what is given (but for ties, if there is a key).
AS_GIVEN = {
    "list", "tuple", "enumerate", "zip", "iter", "map", "filter", "reversed", "sum", "print",
    "str", "repr", "dict",
}  # fmt: skip
ORDERLESS = {"sorted", "set", "frozenset", "len", "any", "all", "min", "max", "isinstance"}
ORDERED_COMPREHENSIONS = (ast.ListComp, ast.GeneratorExp, ast.DictComp)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def name_of(call: ast.Call) -> str:
    """The last part of what is called: argsort of np.argsort."""
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def keywords(call: ast.Call) -> dict:
    return {word.arg: getattr(word.value, "value", None) for word in call.keywords}


def is_stable(call: ast.Call) -> bool:
    given = keywords(call)
    return given.get("kind") == "stable" or given.get("stable") is True


def is_set(node: ast.AST | None, names: set[str]) -> bool:
    """Whether an expression is a set, as far as its own text and the names of sets say."""
    if isinstance(node, ast.Set | ast.SetComp):
        return True
    if isinstance(node, ast.Name):
        return node.id in names
    if isinstance(node, ast.BinOp) and isinstance(
        node.op, ast.BitOr | ast.BitAnd | ast.Sub | ast.BitXor
    ):
        return any(is_set(side, names) or is_keys(side) for side in (node.left, node.right))
    if isinstance(node, ast.IfExp):
        return is_set(node.body, names) or is_set(node.orelse, names)
    if isinstance(node, ast.Call):
        made = isinstance(node.func, ast.Name) and node.func.id in SETS
        derived = isinstance(node.func, ast.Attribute) and node.func.attr in SET_METHODS
        return made or (derived and is_set(node.func.value, names))
    return False


def is_keys(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and name_of(node) in ("keys", "items") and not node.args


def says_set(annotation: ast.AST | None) -> bool:
    return annotation is not None and ast.unparse(annotation).split("[")[0] in SETS


def within(scope: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a scope, without those of the functions in it."""
    for child in ast.iter_child_nodes(scope):
        yield child
        if not isinstance(child, FUNCTIONS):
            yield from within(child)


def sets_in(scope: ast.AST, outer: set[str]) -> set[str]:
    """Names that hold a set somewhere in a scope."""
    names = set(outer)
    if isinstance(scope, FUNCTIONS):
        arguments = [*scope.args.posonlyargs, *scope.args.args, *scope.args.kwonlyargs]
        names -= {a.arg for a in arguments}
        names |= {a.arg for a in arguments if says_set(a.annotation)}
    for node in within(scope):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                pairs = [(target, node.value)]
                if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                    pairs = list(zip(target.elts, node.value.elts, strict=False))
                for name, value in pairs:
                    if isinstance(name, ast.Name) and is_set(value, names):
                        names.add(name.id)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            if says_set(node.annotation) or is_set(node.value, names):
                names.add(node.target.id)
        elif isinstance(node, ast.NamedExpr) and is_set(node.value, names):
            names.add(node.target.id)
    return names


def refused(tree: ast.AST) -> list[tuple[int, str, str]]:
    """Line, text and reason of everything that hangs on the order of ties or of a set."""
    found = []
    _look(tree, set(), found)
    return sorted(found)


def _look(scope: ast.AST, outer: set[str], found: list):
    names = sets_in(scope, outer)
    orderless = set()  # comprehensions whose reader does not see the order
    for node in within(scope):
        if (
            isinstance(node, ast.Call)
            and name_of(node) in ORDERLESS
            and "key" not in keywords(node)
        ):
            orderless |= {
                id(a) for a in node.args if isinstance(a, ast.GeneratorExp | ast.ListComp)
            }
    for node in within(scope):
        if isinstance(node, FUNCTIONS):
            _look(node, names, found)
        elif why := _why(node, names, orderless):
            found.append((node.lineno, ast.unparse(node).split("\n")[0], why))


def _why(node: ast.AST, names: set[str], orderless: set) -> str | None:
    """Why a node is refused, if it is."""
    if isinstance(node, ast.Call):
        return _why_call(node, names)
    if isinstance(node, ast.For) and is_set(node.iter, names):
        return "a loop over a set"
    if isinstance(node, ORDERED_COMPREHENSIONS) and id(node) not in orderless:
        return "a loop over a set" if any(is_set(g.iter, names) for g in node.generators) else None
    if isinstance(node, ast.Starred) and is_set(node.value, names):
        return "a set unpacked"
    if isinstance(node, ast.Assign) and is_set(node.value, names):
        several = [
            t for t in node.targets if isinstance(t, ast.Tuple | ast.List) and len(t.elts) > 1
        ]
        return "a set unpacked" if several else None
    if isinstance(node, ast.FormattedValue) and is_set(node.value, names):
        return "a set as text"
    return None


def _why_call(call: ast.Call, names: set[str]) -> str | None:
    name, given = name_of(call), keywords(call)
    if name in SORTS_WITH_A_PAYLOAD and not is_stable(call):
        return "a sort that need not be stable"
    if name == "sort" and "order" in given and not is_stable(call):
        return "a sort that need not be stable"
    if name in NEVER_STABLE:
        return "ties are broken in any way"
    if name == "pop" and not call.args and is_set(getattr(call.func, "value", None), names):
        return "an element of a set"
    if any(is_set(argument, names) for argument in call.args):
        if name in ("min", "max", "sorted") and "key" in given:
            return "ties in the order of a set"
        if isinstance(call.func, ast.Name) and name in AS_GIVEN:
            return "a set in its own order"
        if name in ("join", "array", "fromiter", "dump", "dumps", "extend", "fromkeys", "chain"):
            return "a set in its own order"
    return None


# --- the rule itself ----------------------------------------------------------------------------

BAD = [
    "np.argsort(x)",
    "np.argsort(-values)[:25]",
    "x.argsort(axis=1)",
    "jnp.argsort(x, stable=False)",
    "np.argsort(x, kind='quicksort')",
    "np.argpartition(x, 3)",
    "np.sort(table, order='row')",
    "frame.sort_values('seed')",
    "frame.sort_index()",
    "frame.nlargest(3, 'test')",
    "heapq.nsmallest(3, x)",
    "jax.lax.top_k(x, 3)",
    "for x in {1, 2}: pass",
    "for x in set(names): pass",
    "[x for x in set(a) - set(b)]",
    "{x: 1 for x in frozenset(a)}",
    "list(x for x in {y for y in z})",
    "found = set(a)\nfor x in found: pass",
    "found: set[str] = read()\nrows = [x for x in found]",
    "def f(found: set[int]):\n    return list(found)",
    "found = set(a)\ndef f():\n    return tuple(found)",
    "a, b = set(x), 3\nprint(a)",
    "for name in a.keys() & b.keys(): pass",
    "for name in a.keys() - {'x'}: pass",
    "for x in set(a).union(b): pass",
    "max(set(a), key=len)",
    "sorted({1, 2}, key=abs)",
    "sorted((x for x in set(a)), key=abs)",
    "sum(x for x in set(a))",
    "sum({.1, .2, .3})",
    "', '.join(set(names))",
    "print(set(names))",
    "f'{set(names)}'",
    "json.dumps(set(names))",
    "np.array(set(names))",
    "set(names).pop()",
    "first, second = {a, b}",
    "f(*set(names))",
    "next(iter(set(names)))",
    "dict.fromkeys(set(names))",
    "lambda: list({1, 2})",
]
GOOD = [
    "np.argsort(x, kind='stable')",
    "jnp.argsort(x, stable=True)",
    "x.argsort(axis=1, kind='stable')",
    "np.lexsort((a, b))",  # always stable
    "np.sort(x)",  # nothing goes along
    "np.unique(x, return_index=True)",  # the first of equals, as documented
    "np.argmax(x)",
    "frame.sort_values('seed', kind='stable')",
    "for x in sorted(set(names)): pass",
    "for x in [1, 2]: pass",
    "sorted(x for x in set(names))",
    "sorted([x + 1 for x in set(names)])",
    "sorted(rows, key=abs)",
    "max(names, key=len)",
    "max(set(numbers))",
    "any(x > 2 for x in set(names))",
    "{x for x in set(names)}",
    "set(a) == set(b)",
    "len(set(a) | set(b))",
    "x in {1, 2}",
    "def f(found):\n    return list(found)\nfound = set()",
    "for name in a.keys(): pass",
    "(only,) = set(names)",
    "'a=b'.partition('=')",
    "a - b",
    "stack.pop()",
]


@pytest.mark.parametrize("code", BAD)
def test_the_rule_refuses(code):
    assert refused(ast.parse(code))


@pytest.mark.parametrize("code", GOOD)
def test_the_rule_lets_pass(code):
    assert refused(ast.parse(code)) == []


# --- the code -----------------------------------------------------------------------------------


def code_of(path: Path) -> str:
    """The text of a module, or of all code cells of a notebook without their commands."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        return text
    cells = [c["source"] for c in json.loads(text)["cells"] if c["cell_type"] == "code"]
    lines = "\n".join("".join(cell) for cell in cells).split("\n")
    return "\n".join("" if line.startswith(("%", "!")) else line for line in lines)


def test_there_is_code_to_read():
    assert len(MODULES) > 40 and len(NOTEBOOKS) >= 11
    assert any("argsort" in code_of(path) for path in MODULES)
    assert any("argsort" in code_of(path) for path in NOTEBOOKS)


@pytest.mark.parametrize("path", [*MODULES, *NOTEBOOKS], ids=lambda p: str(p.relative_to(ROOT)))
def test_nothing_hangs_on_the_order_of_ties(path):
    found = refused(ast.parse(code_of(path)))
    assert [f for f in found if f[1] not in EXCEPTIONS] == []


def test_every_exception_is_needed():
    texts = {
        text for path in [*MODULES, *NOTEBOOKS] for _, text, _ in refused(ast.parse(code_of(path)))
    }
    assert set(EXCEPTIONS) <= texts
