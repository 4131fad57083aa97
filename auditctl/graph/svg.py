"""DOT text as SVG, by the `dot` program of Graphviz and the Python package that calls it.

Untrusted.
"""

from auditctl.output import Unwritable

MAX_NODES = 2_000  # more than these make `dot` run for minutes, and no drawing that anybody reads


def svg_text(dot: str, name: str) -> str:
    """The SVG of a drawing for the file `name`. Raises `Unwritable` where a program that it needs is missing."""
    try:
        import graphviz
    except ImportError:
        raise Unwritable(
            f"{name}: the package graphviz is not installed (pip install 'auditctl[graph]'); write .dot instead"
        ) from None
    try:
        return str(graphviz.Source(dot).pipe(format="svg", encoding="utf-8", quiet=True))
    except graphviz.ExecutableNotFound:
        raise Unwritable(f"{name}: the program dot of Graphviz is not installed; write .dot instead") from None
    except graphviz.CalledProcessError as error:
        raise Unwritable(f"{name}: dot ended with {error.returncode}") from None
