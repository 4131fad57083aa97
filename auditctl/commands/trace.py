"""`auditctl trace`: questions about single packets."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from auditctl.commands.options import FILE, SNAPSHOT, exit_codes, source_options
from auditctl.exit_codes import TRACE

if TYPE_CHECKING:
    from auditctl.source import Source


@click.command("trace", epilog=exit_codes(TRACE))
@click.argument("snapshot", type=SNAPSHOT)
@click.option("--from", "source", metavar="END", help="Where the packet starts.")
@click.option("--to", "target", metavar="END", help="Where it is to arrive.")
@click.option("--protocol", metavar="NAME", default="", help="tcp, udp, icmp, icmpv6 or a number; without it any.")
@click.option("--port", metavar="PORT", default="", help="The destination port at arrival, or a range: 8000-8999.")
@click.option("--icmp", metavar="TYPE", default="", help="Type, or type/code, of ICMP.")
@click.option("--both-ways", is_flag=True, help="A reply has to come back too.")
@click.option("--input", "-i", "questions", type=FILE, help="A file of questions instead, or - for standard input.")
@click.option("--bundle", "-b", type=FILE, help="Write snapshot, questions and certificates into this one file.")
@click.option(
    "--format",
    "-f",
    "form",
    type=click.Choice(["rich", "json", "jsonl"]),
    help="The answer's format; jsonl has one line for each question, as soon as it is decided, and is that of --input.",
)
@click.option("--output", "-o", type=FILE, help="Write the answer to this file instead of stdout.")
@source_options
def command(  # noqa: PLR0913, PLR0917  one argument for each option
    snapshot: Path,
    source: str | None,
    target: str | None,
    protocol: str,
    port: str,
    icmp: str,
    both_ways: bool,  # noqa: FBT001  click passes it by name
    questions: Path | None,
    bundle: Path | None,
    form: str | None,
    output: Path | None,
    read_as: "Source",
) -> int:
    r"""Say whether a packet gets from one END of the network in SNAPSHOT to the other, and prove it.

    What arrives is shown hop by hop, with the rule that lets it pass; for what does not, where it stops. An END is the
    id of an interface, instance, VPC, subnet, security group or endpoint, an address or CIDR block, `internet`,
    `on-premises`, the name or ARN of a load balancer, a Name tag, or the address or logical id in a plan or template.

    \b
    auditctl trace SNAPSHOT --from internet --to db-1 --protocol tcp --port 5432
    {"id": "1", "from": "internet", "to": "db-1", "protocol": "tcp", "port": 5432, "both_ways": false}

    The second is a line of --input, which has one question on each, or one JSON list of them.
    """
    from auditctl.output import say
    from auditctl.trace import Options, Question, QuestionError, trace

    given = source, target, protocol, port, icmp, both_ways
    if questions is not None and any(given):
        raise click.UsageError("a question, or --input: not both")
    question = None
    if questions is None:
        if not source or not target:
            raise click.UsageError("--from and --to are expected, or --input")
        question = Question(source=source, target=target, protocol=protocol, port=port, icmp=icmp, both_ways=both_ways)
    form = form or ("rich" if questions is None else "jsonl")
    asked = Options(
        snapshot=snapshot,
        source=read_as,
        question=question,
        questions=questions,
        bundle=bundle,
        form=form,
        output=output,
    )
    try:
        code = trace(asked)
    except QuestionError as error:
        raise click.UsageError(str(error)) from None
    if bundle is not None:
        import shlex

        say(f"bundle: {bundle} (verify it: auditctl verify {shlex.quote(str(bundle))})")
    return code
