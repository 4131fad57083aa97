"""A drawing as DOT text, the language of Graphviz.

Untrusted. Names of a snapshot stand in quoted strings only, where a quote and a backslash are escaped.
"""

from auditctl.graph.drawing import Drawing, Line, Mark, Node

_RED, _GREY = "#c02020", "#808080"
_STYLES = {
    Mark.PLAIN: f'color="{_GREY}"',
    Mark.PATH: f'color="{_RED}", penwidth=2.5',
    Mark.STOP: f'color="{_RED}", style=dashed, arrowhead=tee, fontcolor="{_RED}"',
    Mark.UNCERTAIN: f'color="{_GREY}", style=dotted',
}
MAX_WORDS = 4  # filters that a line names


def dot_text(drawing: Drawing) -> str:
    """The text, the same for the same drawing."""
    lines = [
        "digraph claim {",
        f"  graph [rankdir=LR, label={quoted(drawing.title)}, labelloc=t, fontname=Helvetica];",
        "  node [shape=box, style=rounded, fontname=Helvetica, fontsize=11];",
        "  edge [fontname=Helvetica, fontsize=9];",
        *(_node(node) for node in drawing.nodes),
        *(_line(line) for line in drawing.lines),
        "}",
    ]
    return "\n".join(lines) + "\n"


def quoted(text: str) -> str:
    """A quoted string. What is not printable is written as its escape, of which Graphviz makes nothing."""
    shown = "".join(c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode() for c in text)
    escaped = shown.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _node(node: Node) -> str:
    label = node.words if node.words == node.location else f"{node.words}\n{node.location}"
    marks = [f"label={quoted(label)}"]
    if node.is_source:
        marks.append("peripheries=2")
    if node.is_goal:
        marks += ["peripheries=2", f'color="{_RED}"']
    marks.append('style="rounded,filled", fillcolor="#fff0d0"' if node.reached else 'style="rounded"')
    return f"  {quoted(node.location)} [{', '.join(marks)}];"


def _line(line: Line) -> str:
    more = len(line.words) - MAX_WORDS
    words = [*line.words[:MAX_WORDS], *([f"and {more} more"] if more > 0 else [])]
    label = f"label={quoted(chr(10).join(words))}, " if words else ""
    return f"  {quoted(line.before)} -> {quoted(line.after)} [{label}{_STYLES[line.mark]}];"
