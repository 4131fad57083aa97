"""One question about packets as a control in canonical JSON, so that its answer is a claim with a certificate.

Untrusted.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from auditctl.controls.errors import quote, suggest
from auditctl.controls.waivers import matches
from checkers.cloud.control import FORMAT as CONTROL_FORMAT
from checkers.cloud.network.model import Export
from checkers.cloud.vocabulary import parse_network
from checkers.strict_json import Json

_WORDS = ("internet", "on-premises", "snapshot")
# How an id begins -> the member of an entry that it is for.
_IDS = {
    "eni": "interface",
    "i": "instance",
    "vpc": "vpc",
    "subnet": "subnet",
    "sg": "security_group",
    "vpce": "endpoint",
}


class QuestionError(Exception):
    """A question is not one that can be asked of this snapshot. The message says what was found and expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question: whether a packet gets from one end to the other, and with `both_ways` its reply back.

    An end is an id (of an interface, instance, VPC, subnet, security group or endpoint), an address or CIDR block,
    `internet`, `on-premises`, the name or ARN of a load balancer, or a Name tag. `protocol`, `port` and `icmp` are as
    a control has them, empty for any.
    """

    source: str
    target: str
    protocol: str = ""
    port: str = ""
    icmp: str = ""
    both_ways: bool = False
    id: str = ""

    @property
    def words(self) -> str:
        """The question in words, without a question mark."""
        service = " ".join(part for part in (self.protocol, self.port or self.icmp) if part) or "anything"
        return f"{service} from {self.source} to {self.target}{' and back' if self.both_ways else ''}"


_MEMBERS = {"from": "source", "to": "target"}


def parse_question(value: Json) -> Question:
    """A question from JSON. Raises `QuestionError`."""
    names = [{v: k for k, v in _MEMBERS.items()}.get(f.name, f.name) for f in fields(Question)]
    if not isinstance(value, dict):
        raise QuestionError("not an object")
    unknown = sorted(value.keys() - {*names})
    if unknown:
        raise QuestionError(f"unknown member {quote(unknown[0])}{suggest(unknown[0], names)}")
    found: dict[str, Any] = {}
    for name, given in value.items():
        found[str(_MEMBERS.get(name, name))] = _member(name, given)
    missing = [name for name in _MEMBERS if not found.get(_MEMBERS[name])]
    if missing:
        raise QuestionError(f"the member {quote(missing[0])} is missing")
    return Question(**found)


def _member(name: str, value: Json) -> str | bool:
    if name == "both_ways":
        if not isinstance(value, bool):
            raise QuestionError("both_ways is neither true nor false")
        return value
    if type(value) is int and name in ("port", "protocol", "icmp"):
        return str(value)
    if not isinstance(value, str):
        raise QuestionError(f"{name} is not text")
    return value


def document_of(question: Question, name: str, export: Export) -> dict[str, Any]:
    """The question as a canonical control. Raises `QuestionError` where an end names nothing in the snapshot."""
    _check_service(question)
    flow: dict[str, Any] = {"from": [entry_of(question.source, export)], "to": [entry_of(question.target, export)]}
    for member, text in (("protocol", question.protocol), ("port", question.port), ("icmp", question.icmp)):
        if text:
            flow[member] = text.split(",")
    return {
        "format": CONTROL_FORMAT,
        "id": name,
        "title": f"Trace: {question.words}",
        "severity": "low",
        "rationale": "It was asked on the command line.",
        "remediation": "None: it says whether a packet arrives.",
        "for_each": "network",
        "require" if question.both_ways else "forbid": {"flow": flow},
    }


def _check_service(question: Question) -> None:
    protocols = {"tcp", "udp", "6", "17"}
    if question.port and not protocols & {*question.protocol.split(",")}:
        raise QuestionError("a port needs the protocol tcp or udp")


def entry_of(text: str, export: Export) -> Json:
    """An end as an entry of a control. Raises `QuestionError` where nothing in the snapshot is meant."""
    if text in _WORDS:
        return text
    if parse_network(text) is not None:
        return {"cidr": [text]}
    prefix = text.partition("-")[0]
    found = dict(_named(text, export))
    if prefix in _IDS and text in _ids(prefix, export):
        return {_IDS[prefix]: [text]}
    if len(found) > 1:
        raise QuestionError(f"{quote(text)} names {' and '.join(found)}: an id says which is meant")
    if not found:
        known = [*_WORDS, *(i for p in _IDS for i in _ids(p, export)), *_names(export)]
        raise QuestionError(f"{quote(text)} is nothing in the snapshot{suggest(text, sorted({*known}))}")
    return next(iter(found.values()))


def _ids(prefix: str, export: Export) -> Iterable[str]:
    known: Mapping[str, Iterable[str]] = {
        "eni": export.interfaces,
        "i": {one.instance: None for one in export.interfaces.values() if one.instance},
        "vpc": export.vpcs,
        "subnet": export.subnets,
        "sg": export.groups,
        "vpce": export.endpoints,
    }
    return known[prefix]


def _named(text: str, export: Export) -> Iterator[tuple[str, Json]]:
    """What has a name, or a Name tag, that the text is or is a glob over: its kind in words, and the entry."""
    if any(matches(text, b.name) or text == b.arn for b in export.balancers.values()):
        yield "a load balancer", {"load_balancer": [text]}
    interfaces = export.interfaces.values()
    if any(_has(text, i.tags) or _has(text, i.instance_tags) for i in interfaces):
        yield "an interface or instance", {"tag": {"Name": [text]}}
    if any(_has(text, s.tags) for s in export.subnets.values()):
        yield "a subnet", {"subnet_tag": {"Name": [text]}}
    if any(_has(text, v.tags) for v in export.vpcs.values()):
        yield "a VPC", {"vpc_tag": {"Name": [text]}}


def _has(text: str, tags: Mapping[str, str]) -> bool:
    return "Name" in tags and matches(text, tags["Name"])


def _names(export: Export) -> Iterator[str]:
    yield from (b.name for b in export.balancers.values())
    for tags in (t for i in export.interfaces.values() for t in (i.tags, i.instance_tags)):
        if tags.get("Name"):
            yield tags["Name"]
