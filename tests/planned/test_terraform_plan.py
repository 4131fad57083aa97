"""Reading plans: what is refused and why, and where unknown values come from."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from auditctl.planned.given import Given
from auditctl.planned.terraform import read, read_plan
from auditctl.planned.terraform.address import Index, Module, module_of, occurrences, steps
from checkers.verdict import Unreadable

Json = Any
DATA = Path(__file__).parents[1] / "data" / "terraform"
GIVEN = Given(account="111122223333", region="eu-central-1")
SMALL = (DATA / "private-bucket" / "plan.json").read_bytes()
PROVIDER = "registry.terraform.io/hashicorp/aws"


def plan_with(*rows: Json, root: Json, **more: Json) -> Json:
    return {
        "format_version": "1.2",
        "planned_values": {},
        "resource_changes": list(rows),
        "configuration": {"root_module": root},
        **more,
    }


def row(address: str, unknown: Json, after: Json = None, *, mode: str = "managed", **more: Json) -> Json:
    """A change: the address says module, type, name and index."""
    kind, name = last_two(address)
    return {
        "address": address,
        "mode": mode,
        "type": kind,
        "name": name,
        "provider_name": PROVIDER,
        "change": {"actions": ["read" if mode == "data" else "create"], "after": after or {}, "after_unknown": unknown},
        **more,
    }


def last_two(address: str) -> list[str]:
    return [str(s) for s in steps(address) if isinstance(s, str)][-2:]


def block(address: str, mode: str = "managed", **expressions: Json) -> Json:
    kind, name = last_two(address)
    found = {"address": address, "mode": mode, "type": kind, "name": name, "provider_config_key": "aws"}
    for member in ("for_each_expression", "count_expression"):
        if member in expressions:
            found[member] = expressions.pop(member)
    return {**found, "expressions": expressions}


def refs(*names: str) -> Json:
    return {"references": list(names)}


def value(document: Json, address: str, attribute: str) -> Json:
    return read_plan(json.dumps(document).encode(), "plan.json", GIVEN).resources[address].values[attribute]


# What is refused.


def edited(**members: Json) -> bytes:
    document = json.loads(SMALL)
    return json.dumps({k: v for k, v in {**document, **members}.items() if v != "gone"}).encode()


def with_row(**members: Json) -> bytes:
    first = json.loads(SMALL)["resource_changes"][0]
    return edited(resource_changes=[{k: v for k, v in {**first, **members}.items() if v != "gone"}])


LOG = b'{"@level":"info","@message":"Terraform 1.11.4","@module":"terraform.ui","type":"version"}\n{"@level":"info"}\n'
REFUSED = [
    (b"", "plan.json: not strict JSON"),
    (b"\xff\xfe{", "plan.json: not strict JSON"),
    (b"[" * 2000, "plan.json: n"),
    (b'{"format_version": "1.2", "format_version": "1.2"}', "plan.json: not strict JSON: duplicate member"),
    (b"[]", "plan.json: a list, expected the JSON object of a plan; write the plan with `terraform plan -out=FILE`"),
    (b"PK\x03\x04rest", "a plan file as Terraform saves it, expected its JSON; print it with `terraform show -json plan.json`"),
    (LOG, "plan.json: log lines of `terraform plan -json`, expected the JSON of a plan; write the plan with"),
    (b'{"version": 4, "serial": 1, "lineage": "x"}', "plan.json: a state file, expected the JSON of a plan"),
    (b'{"format_version": "1.0", "values": {}}', "plan.json: the JSON of a state (`values`), expected that of a plan"),
    (b'{"format_version": "1.0", "provider_schemas": {}}', "plan.json: schemas of providers, expected the JSON of a plan"),
    (b'{"Resources": {}}', "plan.json: no `format_version`, expected the JSON of a plan"),
    (edited(format_version="2.0"), "plan.json: format_version is 2.0, expected 1.x"),
    (edited(format_version=1), "plan.json: format_version is 1, expected text like 1.2"),
    (edited(format_version="new"), "plan.json: format_version is 'new', expected text like 1.2"),
    (edited(errored=True), "plan.json: `errored` is true: Terraform could not finish this plan"),
    (edited(planned_values="gone"), "plan.json: no `planned_values`, expected the JSON of a plan"),
    (edited(configuration="gone"), "plan.json: no `configuration`, expected a whole plan"),
    (edited(resource_changes={}), "plan.json: resource_changes is an object, expected a list"),
    (edited(resource_changes=["x"]), "plan.json: resource_changes[0] is text, expected an object"),
    (edited(configuration={"root_module": {"resources": [7]}}), "configuration.root_module.resources[0] is a number, expected"),
    (with_row(address="gone"), "plan.json: resource_changes[0].address is null, expected text"),
    (with_row(change={"actions": []}), "plan.json: resource_changes[0].change.actions: none, expected actions of a plan"),
    (with_row(change={"actions": ["burn"]}), "resource_changes[0].change.actions: 'burn', expected actions of a plan"),
    (with_row(change={"actions": ["create"], "after": []}), "resource_changes[0].change.after is a list, expected an object"),
    (
        edited(resource_changes=json.loads(SMALL)["resource_changes"][:1] * 2),
        "resource_changes[1]: data.aws_iam_policy_document.logs is there twice",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("data", "words"), REFUSED, ids=[words[-60:] for _, words in REFUSED])
def test_what_is_no_plan_is_refused_with_what_it_is(data: bytes, words: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read(data, "plan.json", GIVEN)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


VALUES: list[Json] = [
    None,
    True,
    -1,
    10**30,
    "",
    "<x>",
    "../../etc",
    [],
    [None],
    {},
    {"references": ["each.value"]},
    1.5,
]


def places(node: Json, path: tuple[Json, ...] = ()) -> list[tuple[Json, ...]]:
    rows = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [*((path,) if path else ()), *(p for k, v in rows for p in places(v, (*path, k)))]


@pytest.mark.parametrize("name", ["private-bucket", "documents", "messaging"])
def test_a_damaged_plan_is_read_or_refused(name: str) -> None:
    text = (DATA / name / "plan.json").read_text()
    every, chance = places(json.loads(text)), random.Random(name)
    for _ in range(60):
        document = json.loads(text)
        path = chance.choice(every)
        found = document
        for step in path[:-1]:
            found = found[step]
        found[path[-1]] = chance.choice(VALUES)
        try:
            read(json.dumps(document).encode(), "plan.json", GIVEN).files()
        except Unreadable as refusal:
            assert str(refusal)


def test_a_plan_that_leaves_something_out_says_so() -> None:
    draft = read(edited(complete=False), "plan.json", GIVEN)
    assert draft.notices == ["the plan is not complete: what it leaves out, as with `-target`, is taken as not there"]
    assert not read(SMALL, "plan.json", GIVEN).notices


def test_what_is_left_of_a_replaced_thing_is_not_there() -> None:
    old = row("aws_sqs_queue.q", {}, {"name": "old"}, deposed="0123abcd")
    old["change"]["actions"] = ["delete"]
    new = row("aws_sqs_queue.q", {"arn": True}, {"name": "new"})
    new["change"]["actions"] = ["create", "delete"]
    listed = {"root_module": {"resources": [{**new, "values": {"name": "listed"}}]}}
    document = plan_with(old, new, root={}, planned_values=listed)
    assert value(document, "aws_sqs_queue.q", "name") == "new"


def test_what_no_change_is_listed_of_is_there_as_the_values_say() -> None:
    kept = {"address": "aws_sqs_queue.q", "mode": "managed", "type": "aws_sqs_queue", "name": "q"}
    child = {
        "address": 'module.m["x"]',
        "resources": [{**kept, "address": 'module.m["x"].aws_sqs_queue.q', "values": {}}],
    }
    listed = {"root_module": {"resources": [{**kept, "values": {"name": "kept"}}], "child_modules": [child]}}
    document = plan_with(root={}, planned_values=listed)
    assert value(document, "aws_sqs_queue.q", "name") == "kept"
    plan = read_plan(json.dumps(document).encode(), "plan.json", GIVEN)
    assert plan.resources['module.m["x"].aws_sqs_queue.q'].module == Module((("m", "x"),))


# Addresses and references.


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("aws_vpc.a.id", ("aws_vpc", "a", "id")),
        ("aws_vpc.a[0].id", ("aws_vpc", "a", Index(0), "id")),
        ('module.m["x.y[0]"].out', ("module", "m", Index("x.y[0]"), "out")),
        (r'aws_vpc.a["say \"hi\""]', ("aws_vpc", "a", Index('say "hi"'))),
        ("aws_vpc.a[", ()),
        ("", ()),
    ],
)
def test_a_reference_is_taken_apart(text: str, expected: tuple[Json, ...]) -> None:
    assert steps(text) == expected


def test_instances_of_modules_are_told_from_names() -> None:
    assert module_of('module.module["module"].module.b[2]') == Module((("module", "module"), ("b", 2)))
    assert module_of("module.a.aws_vpc.module") == Module((("a", None),))


def test_a_reference_that_is_shortened_step_by_step_is_one() -> None:
    whole = ["aws_eip.a[1].id", "aws_eip.a[1]", "aws_eip.a", "aws_eip.b.id", "aws_eip.b", "aws_eip.b.id", "aws_eip.b"]
    assert [found[1] for found in occurrences(whole)] == ["a", "b", "b"]


# Where values come from. A subnet's VPC is asked for; there are two VPCs.

VPCS = [row("aws_vpc.a", {"id": True}), row("aws_vpc.b", {"id": True})]
VPC_BLOCKS = [block("aws_vpc.a"), block("aws_vpc.b")]
A, OPEN = "vpc-<aws_vpc.a.id>", "<aws_subnet.s.vpc_id>"
BOTH = ("aws_vpc.a.id", "aws_vpc.a", "aws_vpc.b.id", "aws_vpc.b")


@pytest.mark.parametrize(
    ("references", "expected"),
    [
        pytest.param(("aws_vpc.a.id", "aws_vpc.a"), A, id="one"),
        pytest.param(("aws_vpc.a",), A, id="the whole resource: its id"),
        pytest.param(BOTH, OPEN, id="one of two"),
        pytest.param(("aws_vpc.a.id", "aws_vpc.a", "aws_vpc.a.id", "aws_vpc.a"), A, id="the same twice"),
        pytest.param(("aws_vpc.a.id", "aws_vpc.a", "local.x"), OPEN, id="one, or something that is not in the plan"),
        pytest.param(("local.x",), OPEN, id="not in the plan, and two may be meant"),
        pytest.param(("aws_vpc.a.dhcp_options_id", "aws_vpc.a"), OPEN, id="another attribute that is not known"),
        pytest.param(("aws_vpc.a.id", "aws_vpc.a", "var.known"), A, id="a known value beside it"),
        pytest.param(("aws_vpc.gone.id", "aws_vpc.gone"), OPEN, id="what the plan does not have"),
        pytest.param(("data.aws_vpc.late.id", "data.aws_vpc.late"), OPEN, id="what is read during the apply"),
        pytest.param(("each.value",), OPEN, id="each.value without for_each"),
        pytest.param((), OPEN, id="a block of which nothing is written"),
    ],
)
def test_an_id_is_that_of_the_only_thing_that_is_referred_to(references: tuple[str, ...], expected: str) -> None:
    subnet = row("aws_subnet.s", {"vpc_id": True})
    late = row("data.aws_vpc.late", {"id": True}, mode="data")
    vpcs = [
        VPCS[0] | {"change": {**VPCS[0]["change"], "after_unknown": {"id": True, "dhcp_options_id": True}}},
        VPCS[1],
    ]
    blocks = [*VPC_BLOCKS, block("aws_subnet.s", vpc_id=refs(*references)), block("data.aws_vpc.late", "data")]
    document = plan_with(*vpcs, subnet, late, root={"resources": blocks}, variables={"known": {"value": "x"}})
    assert value(document, "aws_subnet.s", "vpc_id") == expected


PEER = row("aws_peer.x", {"peer_vpc_id": True})
LATE = row("data.aws_vpcs.late", {"ids": True}, mode="data")


@pytest.mark.parametrize(
    ("others", "relevant", "expected"),
    [
        pytest.param([], [("aws_vpc.a", "id")], A, id="the only one"),
        pytest.param([VPCS[1]], [("aws_vpc.a", "id")], OPEN, id="one of two"),
        pytest.param([LATE], [("aws_vpc.a", "id")], A, id="and a data source that nothing uses"),
        pytest.param([LATE], [("data.aws_vpcs.late", "ids")], OPEN, id="or of a data source"),
        pytest.param([row("aws_cloudformation_stack.x", {"outputs": True})], [("aws_cloudformation_stack.x", "outputs")], OPEN, id="or of whatever a stack puts out"),
        pytest.param([PEER], [("aws_peer.x", "peer_vpc_id")], OPEN, id="or what another attribute takes from elsewhere"),
        pytest.param([], [("aws_peer.x", "peer_vpc_id")], A, id="or what nothing has"),
        pytest.param([], None, OPEN, id="of a plan that does not say what is used"),
    ],
)  # fmt: skip
def test_a_local_value_is_the_only_thing_of_its_kind(
    others: list[Json], relevant: list[tuple[str, str]] | None, expected: str
) -> None:
    blocks = [
        *VPC_BLOCKS,
        block("aws_subnet.s", vpc_id=refs("local.vpc")),
        block("aws_peer.x", peer_vpc_id=refs("acme_thing.t.vpc", "acme_thing.t")),
    ]
    used = [{"resource": address, "attribute": [attribute]} for address, attribute in relevant or ()]
    rows = [VPCS[0], *others, row("aws_subnet.s", {"vpc_id": True})]
    more = {} if relevant is None else {"relevant_attributes": used}
    document = plan_with(*rows, root={"resources": blocks}, **more)
    assert value(document, "aws_subnet.s", "vpc_id") == expected


@pytest.mark.parametrize(
    ("passed", "expected"),
    [
        pytest.param({}, "vpc-<module.m-0-.aws_vpc.own.id>", id="what is made in the module"),
        pytest.param({"x": refs("aws_subnet.z.id", "aws_subnet.z")}, "vpc-<module.m-0-.aws_vpc.own.id>", id="something else is passed"),
        pytest.param({"x": refs("aws_vpc.a.id", "aws_vpc.a")}, "<module.m-0-.aws_subnet.s.vpc_id>", id="another one is passed"),
        pytest.param({"x": refs("aws_subnet.z")}, "<module.m-0-.aws_subnet.s.vpc_id>", id="a subnet of another one is passed"),
        pytest.param({"x": refs("local.x")}, "<module.m-0-.aws_subnet.s.vpc_id>", id="nobody knows what is passed"),
    ],
)  # fmt: skip
def test_a_local_value_of_a_module_is_what_the_module_can_use(passed: Json, expected: str) -> None:
    inner = {"resources": [block("aws_vpc.own"), block("aws_subnet.s", vpc_id=refs("local.vpc"))]}
    call = {"m": {"expressions": passed, "count_expression": {"constant_value": 2}, "module": inner}}
    rows = [*VPCS, row("aws_subnet.z", {"id": True, "vpc_id": True})]
    for i in (0, 1):
        own = {"module_address": f"module.m[{i}]"}
        rows.append(row(f"module.m[{i}].aws_vpc.own", {"id": True}, **own))
        rows.append(row(f"module.m[{i}].aws_subnet.s", {"vpc_id": True}, **own))
    root = {"resources": [*VPC_BLOCKS, block("aws_subnet.z", vpc_id=refs("aws_vpc.a.id"))], "module_calls": call}
    used = [{"resource": "aws_subnet.z", "attribute": ["vpc_id"]}]
    document = plan_with(*rows, root=root, relevant_attributes=used)
    assert value(document, "module.m[0].aws_subnet.s", "vpc_id") == expected


def test_each_value_and_count_index_are_the_instance_with_the_same_key() -> None:
    vpcs = [row(f'aws_vpc.v["{k}"]', {"id": True}, index=k) for k in "xy"]
    subnets = [row(f'aws_subnet.s["{k}"]', {"vpc_id": True}, index=k) for k in "xyz"]
    for expression, for_each in (
        (refs("each.value.id", "each.value"), refs("aws_vpc.v")),
        (refs("aws_vpc.v", "each.key"), {"constant_value": ["x", "y", "z"]}),
    ):
        subnet = block("aws_subnet.s", vpc_id=expression, for_each_expression=for_each)
        document = plan_with(*vpcs, *subnets, root={"resources": [block("aws_vpc.v"), subnet]})
        assert value(document, 'aws_subnet.s["y"]', "vpc_id") == "vpc-<aws_vpc.v-y-.id>"
        assert value(document, 'aws_subnet.s["z"]', "vpc_id") == "<aws_subnet.s-z-.vpc_id>"  # there is no such VPC


def test_a_list_with_something_that_is_not_in_the_plan_stays_open() -> None:
    balancer = block("aws_lb.l", subnets=refs("aws_subnet.s", "local.more"), security_groups=refs("local.more"))
    rows = [row(f"aws_subnet.s[{i}]", {"id": True}, index=i) for i in (0, 1, 10, 2)]
    rows.append(row("aws_lb.l", {"subnets": True, "security_groups": True}))
    document = plan_with(*rows, root={"resources": [block("aws_subnet.s"), balancer]})
    assert value(document, "aws_lb.l", "subnets") == "<aws_lb.l.subnets>"
    assert value(document, "aws_lb.l", "security_groups") == ("<aws_lb.l.security_groups>",)  # one stands for all
    balancer["expressions"]["subnets"] = refs("aws_subnet.s")
    found = value(document, "aws_lb.l", "subnets")
    assert found == tuple(f"subnet-<aws_subnet.s-{i}-.id>" for i in (0, 1, 2, 10))


def test_known_members_of_a_list_are_kept_beside_what_is_made() -> None:
    balancer = block("aws_lb.l", subnets=refs("aws_subnet.s.id", "aws_subnet.s", "var.old", "var.name"))
    rows = [row("aws_subnet.s", {"id": True}), row("aws_lb.l", {"subnets": True})]
    given = {"old": {"value": ["subnet-0abc"]}, "name": {"value": "not an id"}}
    document = plan_with(*rows, root={"resources": [block("aws_subnet.s"), balancer]}, variables=given)
    assert value(document, "aws_lb.l", "subnets") == ("subnet-<aws_subnet.s.id>", "subnet-0abc")


def test_rows_that_share_references_are_not_mixed_up() -> None:
    group = row("aws_security_group.g", {"ingress": [{"security_groups": True}, {"security_groups": True}]})
    group["change"]["after"] = {"ingress": [{"from_port": 1}, {"from_port": 2}]}
    others = [row(f"aws_security_group.{n}", {"id": True}) for n in "ab"]
    both = [f"aws_security_group.{n}{end}" for n in "ab" for end in (".id", "")]
    for references, expected in (
        (both, "<aws_security_group.g.ingress-1-.security_groups>"),
        (both[:2], "sg-<aws_security_group.a.id>"),
    ):
        blocks = [block("aws_security_group.g", ingress=refs(*references)), *(block(o["address"]) for o in others)]
        document = plan_with(group, *others, root={"resources": blocks})
        assert value(document, "aws_security_group.g", "ingress")[1]["security_groups"] == (expected,)


def test_references_in_a_circle_end() -> None:
    rows = [row("aws_subnet.a", {"vpc_id": True}), row("aws_subnet.b", {"vpc_id": True})]
    blocks = [
        block("aws_subnet.a", vpc_id=refs("aws_subnet.b.vpc_id")),
        block("aws_subnet.b", vpc_id=refs("aws_subnet.a.vpc_id")),
    ]
    document = plan_with(*rows, root={"resources": blocks})
    assert value(document, "aws_subnet.a", "vpc_id").startswith("<aws_subnet.")
    loop = {
        "m": {
            "expressions": {"v": refs("var.v")},
            "module": {"resources": [block("aws_subnet.a", vpc_id=refs("var.v"))]},
        }
    }
    inside = row("module.m.aws_subnet.a", {"vpc_id": True}, module_address="module.m")
    assert value(plan_with(inside, root={"module_calls": loop}), "module.m.aws_subnet.a", "vpc_id").startswith(
        "<module.m."
    )


def test_a_default_of_a_variable_of_a_module_is_known_and_no_source() -> None:
    module = {
        "resources": [block("aws_lb.l", subnets=refs("var.more", "var.made"))],
        "variables": {"more": {"default": ["subnet-0abc"]}, "made": {}},
    }
    call = {"m": {"expressions": {"made": refs("aws_subnet.s.id", "aws_subnet.s")}, "module": module}}
    inside = row("module.m.aws_lb.l", {"subnets": True}, module_address="module.m")
    document = plan_with(
        inside, row("aws_subnet.s", {"id": True}), root={"module_calls": call, "resources": [block("aws_subnet.s")]}
    )
    assert value(document, "module.m.aws_lb.l", "subnets") == ("subnet-0abc", "subnet-<aws_subnet.s.id>")


# Names.


@pytest.mark.parametrize(
    ("written", "after", "unknown", "expected"),
    [
        pytest.param({}, {}, {"name": True, "name_prefix": True}, "terraform-<aws_sqs_queue.q.name>", id="nobody's"),
        pytest.param({"name_prefix": {}}, {"name_prefix": "a-"}, {"name": True}, "a-<aws_sqs_queue.q.name>", id="a prefix"),
        pytest.param({"name": refs("local.x")}, {}, {"name": True}, "<aws_sqs_queue.q.name>", id="not known"),
        pytest.param({}, {"fifo_queue": True}, {"name": True}, "terraform-<aws_sqs_queue.q.name>.fifo", id="fifo"),
        pytest.param({"name": {}}, {"name": "q"}, {}, "q", id="known"),
    ],
)  # fmt: skip
def test_a_name_that_is_made_begins_as_the_provider_makes_it(
    written: Json, after: Json, unknown: Json, expected: str
) -> None:
    queue = row("aws_sqs_queue.q", {**unknown, "arn": True}, after)
    document = plan_with(queue, root={"resources": [block("aws_sqs_queue.q", **written)]})
    assert value(document, "aws_sqs_queue.q", "arn") == f"arn:aws:sqs:eu-central-1:111122223333:{expected}"


def test_tags_that_are_not_known_are_names() -> None:
    vpc = row("aws_vpc.v", {"tags": {"of": True}}, {"tags": {"known": "x"}})
    blocks = [block("aws_vpc.v", tags=refs("aws_eip.e.public_ip", "aws_eip.e"))]
    plan = read_plan(json.dumps(plan_with(vpc, root={"resources": blocks})).encode(), "plan.json", GIVEN)
    assert dict(plan.resources["aws_vpc.v"].values["tags"]) == {"known": "x", "of": "<aws_vpc.v.tags.of>"}
    assert {u["kind"] for u in plan.draft.unknowns.values()} == {"name"}
