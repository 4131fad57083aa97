"""The flows of a control in words."""

from collections.abc import Iterable, Mapping, Sequence

from checkers.cloud.control import fill_text
from checkers.cloud.network.flow_control import PASSAGES, Entry, Flow

_WORDS = {
    "internet": "the internet",
    "on-premises": "behind VPN or Direct Connect",
    "snapshot": "any interface of the snapshot",
}
_OWN = {"interface": "interface", "instance": "instance", "load-balancer": "load balancer", "subnet": "subnet"}
_OWN |= {"security-group": "security group", "vpc": "VPC", "account": "account"}
_NAMES = {"load_balancer": "load balancer", "security_group": "security group", "vpc": "VPC"}
_TAGS = {"tag": "tag", "vpc_tag": "VPC tag", "subnet_tag": "subnet tag", "group_tag": "security group tag"}
_PASSAGES = {
    "endpoint": "VPC endpoint",
    "nat-gateway": "NAT gateway",
    "peering": "peering connection",
    "vpn-gateway": "VPN gateway",
}


def flow_in_words(flow: Flow, form: str, kind: str, values: Mapping[str, str]) -> str:
    """What a control of flows says of one target, as one sentence without its full stop."""
    source = side_in_words(flow.source, flow.not_source, kind, values)
    target = side_in_words(flow.target, flow.not_target, kind, values)
    told = [services_in_words(flow)] if flow.protocol else []
    through = _passages(flow.through, values)
    told += [f"through {through}"] if through else []
    around = _passages(flow.not_through, values)
    told += [f"not through {around}"] if around else []
    what = f" ({'; '.join(told)})" if told else ""
    if form == "forbid":
        return f"no packet from {source} gets to {target}{what}"
    return f"some packet from {source} gets to {target}, and a reply gets back{what}"


def side_in_words(entries: Iterable[Entry], but: Sequence[Entry], kind: str, values: Mapping[str, str]) -> str:
    """One end of a flow: what is selected, and what is left out."""
    named = " or ".join(entry_in_words(e, kind, values) for e in entries)
    return named + (f", other than {' or '.join(entry_in_words(e, kind, values) for e in but)}" if but else "")


def entry_in_words(entry: Entry, kind: str, values: Mapping[str, str]) -> str:
    """Whom an entry names."""
    if entry.word == "target":
        return f"{_OWN[kind]} {values['target.id']}" if kind in _OWN else _WORDS["snapshot"]
    if entry.word:
        return _WORDS[entry.word]
    parts = [f"{_NAMES.get(name, name)} {_filled(texts, values)}" for name, texts in entry.names]
    parts += [f"{_TAGS[name]} {key} = {_filled(texts, values)}" for name, wanted in entry.tags for key, texts in wanted]
    parts += [f"address {_filled(entry.cidr, values)}"] if entry.addresses is not None else []
    return " with ".join(parts)


def _filled(texts: Sequence[str], values: Mapping[str, str]) -> str:
    return " or ".join(fill_text(t, values, "") for t in texts) or "nothing"


def services_in_words(flow: Flow) -> str:
    """The protocols, with their ports, or types and codes of ICMP."""
    ports, types = ", ".join(flow.port), ", ".join(flow.icmp)
    named = []
    for protocol in flow.protocol:
        more = ports if protocol in ("tcp", "udp", "6", "17") else types if protocol in _ICMP else ""
        named.append(f"{protocol} {more}".strip())
    return " or ".join(named)


_ICMP = ("icmp", "icmpv6", "icmp6", "1", "58")


def _passages(texts: Iterable[str], values: Mapping[str, str]) -> str:
    """Gateways by id, and kinds of them."""
    return " or ".join(_kind(t) if t in PASSAGES else fill_text(t, values, "") for t in texts)


def _kind(passage: str) -> str:
    noun = _PASSAGES.get(passage, passage.replace("-", " "))
    return f"{'an' if noun[0] in 'aei' else 'a'} {noun}"
