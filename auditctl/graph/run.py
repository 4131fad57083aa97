"""`auditctl graph` from its options to its output.

Untrusted.
"""

from dataclasses import dataclass
from pathlib import Path

from auditctl.explaining import open_source
from auditctl.graph.dot import dot_text
from auditctl.graph.drawing import draw
from auditctl.graph.svg import MAX_NODES, svg_text
from auditctl.names import UnknownName
from auditctl.output import Unwritable, check_writable, write_result
from auditctl.source import Source
from auditctl.subject import Chosen, select
from checkers.verdict import Declined


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the user asked for. Without an output the DOT text goes to stdout."""

    source: Path
    read_as: Source
    chosen: Chosen
    control: str
    target: str | None
    output: Path | None


def draw_claim(options: Options) -> None:
    """Decide the claim and draw it. Raises `Declined` for a claim that is not about flows."""
    output = options.output
    if output is not None:
        check_writable(output, options.source if options.chosen.paths else None)
        if output.suffix not in (".dot", ".gv", ".svg"):
            raise Unwritable(f"{output}: neither .dot nor .svg")
    subject, answer = open_source(options.source, options.chosen, options.read_as)
    claims = select(subject, options.control, options.target)
    if len(claims) != 1:
        named = f"{options.target} names" if options.target else "there are"
        raise UnknownName(f"{named} {len(claims)} targets of {options.control}, one is expected")
    if claims[0].control.flow is None:
        raise Declined(f"{options.control} is not about flows, of which alone there is a drawing")
    drawing = draw(answer(claims[0]), subject.inventory)
    text = dot_text(drawing)
    if output is not None and output.suffix == ".svg":
        if len(drawing.nodes) > MAX_NODES:
            raise Unwritable(
                f"{output}: {len(drawing.nodes)} locations, at most {MAX_NODES} are drawn; write .dot instead"
            )
        text = svg_text(text, str(output))
    write_result(text, output)
