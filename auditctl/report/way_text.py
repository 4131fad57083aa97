"""The ways of packets for people, hop by hop. Untrusted."""

from collections.abc import Sequence

from auditctl.report.model import Flow, HostHop, PacketHop, Passed
from auditctl.report.page import Page
from auditctl.report.written_text import written_in_words, written_text

MAX_STOPS = 4  # as many as the sentence about them names


def hosts_text(page: Page, hosts: Sequence[HostHop]) -> None:
    """The hosts of a chain, each below the packet that takes it."""
    for number, hop in enumerate(hosts, start=1):
        verb = "takes" if hop.packet else "holds"
        page.line((f"{number}. {verb} ", "dim"), (hop.words, "bold red"), indent=4)
        _way(page, hop.packet)
    if hosts:
        page.line((f"{len(hosts) + 1}. and from there", "dim"), indent=4)


def flow_text(page: Page, flow: Flow) -> None:
    """The way of a packet, and of its reply. Where packets stop is said by sentences; here is where that is written."""
    _way(page, flow.hops)
    if flow.reply:
        page.line(("Its reply:", "bold"), indent=4)
        _way(page, flow.reply)
    for stop in flow.stops[:MAX_STOPS]:
        if stop.written is not None:
            page.line((f"{stop.filter}: written as {written_in_words(stop.written)}", "dim"), indent=4)


def _way(page: Page, hops: Sequence[PacketHop]) -> None:
    """One line for each place; below it the packet where it is new, and the rules that let it pass."""
    for i, hop in enumerate(hops):
        style = "bold red" if i == len(hops) - 1 else "bold"
        page.line(("-> " if i else "   ", "dim"), (hop.words, style), indent=4)
        written_text(page, hop.written, indent=9)
        if hop.changed or not i:
            page.line(hop.packet.words, indent=9)
        for passed in hop.passed:
            if passed.rule:
                page.line((f"by {rule_in_words(passed)}", "dim"), indent=9)
                written_text(page, passed.written, indent=11)


def rule_in_words(passed: Passed) -> str:
    """The rule of a filter; that of several security groups is that of one."""
    group, _, rule = passed.rule.partition(": ")
    if passed.filter.startswith("security group ") and rule:
        return f"security group {group} {passed.filter.rpartition(' ')[2]}: {rule}"
    return f"{passed.filter}: {passed.rule}"
