"""The format of the flows that a control speaks of.

Untrusted. A part of `schema.py`; `flow_rules.py` has what a description of single places cannot say.
"""

from __future__ import annotations

from auditctl.controls.iam_words import ACCOUNT_GLOB
from auditctl.controls.network_words import (
    CIDR,
    ENDS,
    ICMP_TYPE,
    PASSAGE_ID,
    PASSAGES,
    PORTS,
    PROTOCOL_NUMBER,
    PROTOCOLS,
)
from auditctl.controls.shapes import Field, Form, Items, Record, Table, Text, TextOrRecord

_GLOBS: tuple[tuple[str, str, str, tuple[Form, ...]], ...] = (
    ("account", "account glob", "Account of the interface.", (ACCOUNT_GLOB,)),
    ("region", "region glob", "Region of the interface.", ()),
    ("vpc", "VPC id glob", "VPC by id.", ()),
    ("subnet", "subnet id glob", "Subnet by id.", ()),
    ("security_group", "security group glob", "Security group by id or name.", ()),
    ("interface", "interface id glob", "Interface by id.", ()),
    ("instance", "instance id glob", "Instance by id.", ()),
    ("load_balancer", "load balancer glob", "Load balancer by name or ARN.", ()),
    ("endpoint", "endpoint id glob", "VPC endpoint by id.", ()),
    ("type", "interface type glob", "InterfaceType, or `database` for those of RDS.", ()),
)
_TAGS = (
    ("tag", "Tags of the interface or its instance."),
    ("vpc_tag", "Tags of its VPC."),
    ("subnet_tag", "Tags of its subnet."),
    ("group_tag", "Tags of one of its security groups."),
)


def _texts(noun: str, description: str, *forms: Form, at_least: int, words: tuple[str, ...] = ()) -> Items:
    text = Text(noun=noun, forms=forms, words=words, placeholders=True)
    return Items(item=text, description=description, at_least=at_least)


def _tags(description: str, at_least: int) -> Table:
    return Table(
        key=Text(noun="tag key"), value=_texts("tag value glob", "", at_least=at_least), description=description
    )


def _entries(description: str, at_least: int) -> Items:
    fields = (
        *(Field(name=n, shape=_texts(noun, words, *forms, at_least=at_least)) for n, noun, words, forms in _GLOBS),
        Field(
            name="cidr",
            shape=Items(
                item=Text(noun="CIDR block", forms=(CIDR,), placeholders=True),
                description="Addresses: of interfaces, and alone also of the internet and of what is outside.",
                at_least=at_least,
            ),
        ),
        *(Field(name=name, shape=_tags(words, at_least)) for name, words in _TAGS),
    )
    entry = TextOrRecord(
        name="entry" if at_least else "entry-left-out",
        text=Text(noun="end of a flow", words=ENDS, placeholders=True),
        record=Record(
            noun="an entry",
            description="Interfaces that have every member.",
            fields=fields,
            any_of=tuple(field.name for field in fields),
        ),
    )
    return Items(item=entry, description=description, at_least=at_least)


def _passages(description: str) -> Items:
    return _texts("gateway", description, PASSAGE_ID, at_least=0, words=PASSAGES)


_SENDERS = (
    Field(name="from", shape=_entries("Where packets come from; the target if absent.", at_least=1)),
    Field(name="not_from", shape=_entries("What is left out of it.", at_least=0)),
)
_RECEIVERS = (
    Field(name="to", shape=_entries("Where they get to; the target if absent.", at_least=1)),
    Field(name="not_to", shape=_entries("What is left out of it.", at_least=0)),
)
_SERVICES = (
    Field(
        name="protocol",
        shape=Items(
            item=Text(noun="protocol", words=PROTOCOLS, forms=(PROTOCOL_NUMBER,), placeholders=True),
            description="Any protocol if absent.",
        ),
    ),
    Field(
        name="port",
        shape=Items(
            item=Text(noun="port", forms=(PORTS,), placeholders=True),
            description="Destination ports of tcp and udp.",
        ),
    ),
    Field(
        name="icmp",
        shape=Items(
            item=Text(noun="ICMP type", forms=(ICMP_TYPE,), placeholders=True),
            description="Types of icmp, or type/code.",
        ),
    ),
)
FLOW = Record(
    noun="the flow",
    description="Packets from one side to the other.",
    fields=(
        *_SENDERS,
        *_RECEIVERS,
        *_SERVICES,
        Field(name="through", shape=_passages("Only packets that pass one of these gateways.")),
        Field(name="not_through", shape=_passages("Only packets that pass none of these gateways.")),
    ),
    any_of=("from", "to"),
)
_HOP = Record(noun="the hop", description="The packets by which one host takes the next.", fields=_SERVICES)
_GOAL_FLOW = Record(
    noun="the flow",
    description="Packets that a host of the chain, or its start, sends.",
    fields=(*_RECEIVERS, *_SERVICES),
)


def hops_record(goals: tuple[Field, ...], steps: Items) -> Record:
    """Chains of hosts. `goals` are what roles may lead to, `steps` the ways on from one role to another."""
    ends = (Field(name="flow", shape=_GOAL_FLOW), *goals)
    goal = Record(
        noun="the goal",
        description="What no chain may lead to: a packet, or what the roles of hosts may reach.",
        fields=ends,
        one_of=tuple(field.name for field in ends),
    )
    return Record(
        noun="the chain",
        description="Chains of hosts, each taken by a packet from the one before, and of the roles of hosts.",
        fields=(
            *_SENDERS,
            Field(name="hop", shape=_HOP, required=True),
            Field(name="steps", shape=steps),
            Field(name="to", shape=goal, required=True),
        ),
    )
