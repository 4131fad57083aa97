"""The flows of packets that a control speaks of, in their canonical JSON form.

A flow control has `{"flow": {...}}` under `forbid` or `require`: from whom, to whom, which services, and the
gateways that the packets pass or do not pass.
"""

import re
from dataclasses import dataclass

from checkers.cloud.network.header import ICMP, ICMPV6, PROTOCOLS, WITH_PORTS, addresses, services
from checkers.kernel.intervals import EVERYTHING, NOTHING, IntervalSet, join
from checkers.strict_json import Json
from checkers.verdict import Unreadable

# Targets that only controls of flows speak of, and those that they speak of.
NETWORK_KINDS = ("instance", "interface", "load-balancer", "network", "security-group", "subnet", "vpc")
FLOW_KINDS = ("account", *NETWORK_KINDS)
WORDS = ("internet", "on-premises", "snapshot", "target")
ENTRY_NAMES = (
    "account",
    "endpoint",
    "instance",
    "interface",
    "load_balancer",
    "region",
    "security_group",
    "subnet",
    "type",
    "vpc",
)
ENTRY_TAGS = ("group_tag", "subnet_tag", "tag", "vpc_tag")
PASSAGES = (
    "egress-only-gateway",
    "endpoint",
    "firewall",
    "internet-gateway",
    "load-balancer",
    "nat-gateway",
    "peering",
    "transit-gateway",
    "vpn-gateway",
)
_ID = re.compile(r"(eigw|eni|igw|nat|pcx|tgw|tgw-attach|vgw|vpce)-[0-9a-z]+|arn:aws[a-z-]*:elasticloadbalancing:.+")
_MEMBERS = ("from", "not_from", "to", "not_to", "protocol", "port", "icmp", "through", "not_through")
_PORTS, _OCTETS = 1 << 16, 1 << 8
_PLACEHOLDER = re.compile(r"\$\{([^}]*)\}?")
_NO_VPC = ("account", "network")  # targets that are in no VPC


@dataclass(frozen=True, slots=True)
class Entry:
    """Whom a flow comes from or goes to: a word, or everything that has all of the members.

    `names` and `tags` are globs of which one must match; they may hold `${target.NAME}`. `cidr` are address blocks
    and `addresses` what they hold, None where the entry does not speak of addresses.
    """

    word: str = ""
    names: tuple[tuple[str, tuple[str, ...]], ...] = ()
    tags: tuple[tuple[str, tuple[tuple[str, tuple[str, ...]], ...]], ...] = ()
    cidr: tuple[str, ...] = ()
    addresses: IntervalSet | None = None


TARGET = Entry(word="target")


@dataclass(frozen=True, slots=True)
class Flow:
    """The flows that a control speaks of.

    `services` are those of `protocol`, `port` and `icmp`, which stay for words: on the line of `header`, at arrival.
    A flow passes one of `through`, if there are any, and none of `not_through`: ids of gateways, or kinds of them.
    """

    source: tuple[Entry, ...]
    not_source: tuple[Entry, ...]
    target: tuple[Entry, ...]
    not_target: tuple[Entry, ...]
    services: IntervalSet
    protocol: tuple[str, ...] = ()
    port: tuple[str, ...] = ()
    icmp: tuple[str, ...] = ()
    through: tuple[str, ...] = ()
    not_through: tuple[str, ...] = ()


def parse_flow(value: Json, form: str, kind: str, where: str) -> Flow | None:
    """The flows of a control, None where it speaks of something else. Raises `Unreadable`."""
    if not isinstance(value, dict) or set(value) != {"flow"}:
        return None
    flow, name = value["flow"], f"{form}.flow"
    if kind not in FLOW_KINDS:
        raise Unreadable(f"{where}: flows are asked about for each {', '.join(FLOW_KINDS)}, not for each {kind}")
    found = read_flow(flow, name, kind, where)
    if "from" not in flow and "to" not in flow:
        raise Unreadable(f"{where}: {name} has neither from nor to")
    return found


def read_flow(flow: Json, name: str, kind: str, where: str, members: tuple[str, ...] = _MEMBERS) -> Flow:
    """Flows from their members, or from some of them. Raises `Unreadable`."""
    if not isinstance(flow, dict) or flow.keys() - {*members}:
        raise Unreadable(f"{where}: {name} is not an object of {', '.join(members)}")
    for side in ("from", "to"):
        if flow.get(side, True) == []:
            raise Unreadable(f"{where}: {name}.{side} is an empty list, expected at least one entry")
    sides = {n: _Reader(f"{name}.{n}", kind, where).entries(flow.get(n, [])) for n in _MEMBERS[:4]}
    protocol, port, icmp = (_texts(flow.get(n, []), f"{name}.{n}", where) for n in ("protocol", "port", "icmp"))
    return Flow(
        source=sides["from"] or (TARGET,),
        not_source=sides["not_from"],
        target=sides["to"] or (TARGET,),
        not_target=sides["not_to"],
        services=_services(protocol, port, icmp, name, where),
        protocol=protocol,
        port=port,
        icmp=icmp,
        through=_passages(flow.get("through", []), f"{name}.through", kind, where),
        not_through=_passages(flow.get("not_through", []), f"{name}.not_through", kind, where),
    )


def _texts(value: Json, name: str, where: str, *, at_least: int = 0) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value) or len(value) < at_least:
        raise Unreadable(f"{where}: {name} is not a list of {'at least one text' if at_least else 'texts'}")
    return tuple(value)


class _Reader:
    """Reads the entries of one member of a flow.

    An entry that leaves something out may have empty lists, which nothing matches.
    """

    def __init__(self, name: str, kind: str, where: str) -> None:
        self.name = name
        self.kind = kind
        self.where = where
        self.at_least = 0 if ".not_" in name else 1

    def entries(self, value: Json) -> tuple[Entry, ...]:
        if not isinstance(value, list):
            raise Unreadable(f"{self.where}: {self.name} is not a list of entries")
        return tuple(self._entry(v, f"{self.name}[{i}]") for i, v in enumerate(value))

    def _entry(self, value: Json, name: str) -> Entry:
        if isinstance(value, str) and value in WORDS:
            if value == "target" and self.kind not in FLOW_KINDS:
                raise Unreadable(f"{self.where}: {name} is 'target', and a {self.kind} sends and receives no packets")
            return Entry(word=value)
        if not isinstance(value, dict) or not value:
            words = ", ".join(WORDS)
            raise Unreadable(f"{self.where}: {name} is {value!r}, neither one of {words} nor an object with members")
        known = sorted((*ENTRY_NAMES, *ENTRY_TAGS, "cidr"))
        unknown = value.keys() - {*known}
        if unknown:
            raise Unreadable(
                f"{self.where}: {name} has the unknown member `{min(unknown)}`; known are {', '.join(known)}"
            )
        cidr = _texts(value.get("cidr", [""]), f"{name}.cidr", self.where, at_least=self.at_least)
        return Entry(
            names=tuple((n, self._globs(value[n], f"{name}.{n}")) for n in ENTRY_NAMES if n in value),
            tags=tuple((n, self._tags(value[n], f"{name}.{n}")) for n in ENTRY_TAGS if n in value),
            cidr=cidr if "cidr" in value else (),
            addresses=self._addresses(cidr, f"{name}.cidr") if "cidr" in value else None,
        )

    def _addresses(self, texts: tuple[str, ...], name: str) -> IntervalSet:
        try:
            return addresses(texts)
        except ValueError as error:
            raise Unreadable(f"{self.where}: {name}: {error}") from error

    def _globs(self, value: Json, name: str) -> tuple[str, ...]:
        texts = _texts(value, name, self.where, at_least=self.at_least)
        for text in texts:
            _check_placeholders(text, name, self.kind, self.where)
        return texts

    def _tags(self, value: Json, name: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
        if not isinstance(value, dict) or not value:
            raise Unreadable(f"{self.where}: {name} is not an object of tag keys, each with a list of globs")
        return tuple((key, self._globs(globs, f"{name}.{key}")) for key, globs in value.items())


def _check_placeholders(text: str, name: str, kind: str, where: str) -> None:
    """Refuse what is not known of the targets of a kind."""
    known = placeholders_of(kind)
    for found in _PLACEHOLDER.finditer(text):
        if found[1] not in known or not found[0].endswith("}"):
            raise Unreadable(
                f"{where}: {name} has the unknown placeholder `{found[0]}`; "
                f"for each {kind} known are {', '.join(known)}"
            )


def placeholders_of(kind: str) -> tuple[str, ...]:
    """The names of `${target.NAME}` that a control of flows may use."""
    if kind not in FLOW_KINDS:
        return ("target.account", "target.arn", "target.name")
    names = ("target.account", "target.arn", "target.id", "target.name")
    return names if kind in _NO_VPC else (*names, "target.vpc")


def _services(
    protocol: tuple[str, ...], port: tuple[str, ...], icmp: tuple[str, ...], name: str, where: str
) -> IntervalSet:
    """The services of the protocols: those with ports at these ports, ICMP with these types and codes."""
    numbers = [_protocol(text, name, where) for text in protocol]
    ports = [_ports(text, f"{name}.port", where) for text in port]
    types = [_types(text, f"{name}.icmp", where) for text in icmp]
    if ports and not any(n in WITH_PORTS for n in numbers):
        raise Unreadable(f"{where}: {name}.port needs protocol tcp or udp")
    if types and not any(n in (ICMP, ICMPV6) for n in numbers):
        raise Unreadable(f"{where}: {name}.icmp needs protocol icmp or icmpv6")
    found = NOTHING if numbers else EVERYTHING
    for number in numbers:
        chosen = ports if number in WITH_PORTS else types if number in (ICMP, ICMPV6) else []
        for low, high in chosen or [(0, _PORTS - 1)]:
            found = join(found, services(number, low, high))
    return found


def _number(text: str, limit: int) -> int | None:
    """A decimal number below the limit, as it is written without leading zeros."""
    if not text.isascii() or not text.isdecimal() or len(text) > len(str(limit)) or str(int(text)) != text:
        return None
    return int(text) if int(text) < limit else None


def _protocol(text: str, name: str, where: str) -> int:
    number = PROTOCOLS.get(text, _number(text, _OCTETS))
    if number is None:
        raise Unreadable(
            f"{where}: {name}.protocol has {text!r}, neither one of {', '.join(sorted(PROTOCOLS))} nor 0 to 255"
        )
    return number


def _ports(text: str, name: str, where: str) -> tuple[int, int]:
    first, dash, last = text.partition("-")
    low, high = _number(first, _PORTS), _number(last if dash else first, _PORTS)
    if low is None or high is None or low > high:
        raise Unreadable(f"{where}: {name} has {text!r}, neither a port nor a range such as 8000-8999, 0 to 65535")
    return low, high


def _types(text: str, name: str, where: str) -> tuple[int, int]:
    first, slash, last = text.partition("/")
    kind, code = _number(first, _OCTETS), _number(last, _OCTETS) if slash else 0
    if kind is None or code is None:
        raise Unreadable(f"{where}: {name} has {text!r}, neither a type nor type/code such as 3/4, each 0 to 255")
    low = kind * _OCTETS
    return (low + code, low + code) if slash else (low, low + _OCTETS - 1)


def _passages(value: Json, name: str, kind: str, where: str) -> tuple[str, ...]:
    texts = _texts(value, name, where)
    for text in texts:
        _check_placeholders(text, name, kind, where)
        if text not in PASSAGES and not text.startswith("${target.") and not _ID.fullmatch(text):
            raise Unreadable(
                f"{where}: {name} has {text!r}, neither the id of a gateway nor one of {', '.join(PASSAGES)}"
            )
    return texts
