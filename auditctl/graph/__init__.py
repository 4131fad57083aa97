"""The network around a claim about flows, as a drawing: DOT text, or SVG by Graphviz."""

from auditctl.graph.dot import dot_text
from auditctl.graph.drawing import Drawing, draw
from auditctl.graph.run import Options, draw_claim

__all__ = ["Drawing", "Options", "dot_text", "draw", "draw_claim"]
