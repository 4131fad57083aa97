"""The table has what the checker reads, nothing else, and every row is what botocore's models say."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import botocore.session
import pytest

from auditctl.collect.accounts import MAIN_REGIONS
from auditctl.collect.cuts import CUTS
from auditctl.collect.operation import Answer, Operation, Scope, Where
from auditctl.collect.table import FIRST, REGIONS, TABLE, followers
from checkers.cloud import access_point, holders, resource_policies
from checkers.cloud.inventory import BUCKET_OPERATIONS
from checkers.cloud.network import export
from checkers.cloud.snapshot import ABSENT_CODES
from network.world import World, actions

ROOT = Path(__file__).resolve().parents[2]
SESSION = botocore.session.Session()
BY_ID = {o.id: o for o in TABLE}
TOKENS = re.compile(r"(next)?_?(token|marker)$|LastEvaluated.*|position", re.IGNORECASE)
# Lists whose only use is to tell what to ask about.
ASIDE = {
    "apprunner/list-services",
    "bedrock-agentcore-control/list-code-interpreters",
    "codebuild/list-projects",
    "ec2/describe-launch-templates",
    "kinesis/list-stream-consumers",
    "lambda/list-aliases",
    "lambda/list-versions-by-function",
    "sagemaker/list-notebook-instances",
}


def documented() -> dict[str, str]:
    """The operations of docs/snapshot.md, and the paths of their files."""
    text = (ROOT / "docs/snapshot.md").read_text(encoding="utf-8")
    table = text.split("## Operations that are read")[1].split("\n## ")[0]
    paths = re.findall(r"^\| `(ACCOUNT/[^`]+)\.json`", table, re.MULTILINE)
    found: dict[str, str] = {}
    for path in paths:
        found.setdefault("/".join(path.split("/")[2:4]), path)
    return found


def test_what_the_checker_reads_is_collected_and_nothing_else() -> None:
    pairs = resource_policies.OPERATIONS | holders.OPERATIONS | export.OPERATIONS
    read = {f"{service}/{name}" for service, name in pairs} | documented().keys()
    assert {o.id for o in TABLE if not o.is_aside} == read
    assert {o.id for o in TABLE if o.is_aside} == ASIDE


def test_the_documents_operations_have_those_that_are_read_by_name() -> None:
    assert {f"s3/{name}" for name in BUCKET_OPERATIONS} < documented().keys()
    several = (access_point.LIST_SEVERAL, access_point.GET_POLICY_SEVERAL)
    assert {f"s3control/{name}" for name in (*access_point.OPERATIONS, *several)} < documented().keys()


def test_no_operation_is_there_twice() -> None:
    assert len(BY_ID) == len(TABLE)


@pytest.mark.parametrize("path", documented().values())
def test_files_are_where_the_document_says(path: str) -> None:
    folder, service, name, *resource = path.split("/")[1:]
    operation = BY_ID[f"{service}/{name}"]
    assert bool(resource) == bool(operation.follows) or operation.id in {
        "organizations/list-accounts",
        "organizations/list-roots",
        "codebuild/batch-get-projects",
    }
    if folder == "global":
        assert operation.scope is Scope.GLOBAL
    else:
        assert operation.scope is Scope.REGIONAL
        assert operation.region == ("" if folder == "REGION" and service != "ecr-public" else operation.region)


@pytest.mark.parametrize("operation", [*TABLE, REGIONS], ids=lambda o: o.id)
def test_a_row_is_what_botocore_says(operation: Operation) -> None:
    model = SESSION.get_service_model(operation.service)
    by_method = {botocore.xform_name(name): name for name in model.operation_names}
    assert operation.method in by_method
    shape = model.operation_model(by_method[operation.method])
    given = set(operation.arguments)
    for arguments in arguments_of(operation):
        assert set(shape.input_shape.required_members if shape.input_shape else ()) <= given | arguments
        assert given | arguments <= set(shape.input_shape.members if shape.input_shape else ())
    assert_pages(operation, shape)


def arguments_of(operation: Operation) -> list[set[str]]:
    """The arguments of the calls that rows of each kind lead to."""
    if not operation.follows:
        return [set()]
    found = []
    for before, targets in operation.follows.items():
        made = [*targets(answer_of(before), where())]
        assert made or (operation.id, before) in ONLY_WITHOUT, before
        found.append({name for target in made for name in target.arguments})
    return found


def where() -> Where:
    return Where(account="111122223333", partition="aws", folder="eu-west-1", name="NAME")


# Asked where an answer could not be had.
ONLY_WITHOUT = {("organizations/describe-effective-policy", "organizations/describe-organization")}
# Members that decide whether there is more to ask.
TELLING = {"Type": "ORGANIZATIONAL_UNIT", "ListenerArn": "arn:listener/app/a/b/c", "State": "available"}


def answer_of(name: str) -> Answer:
    """An answer that has each member that botocore's model knows, so that no other is looked for."""
    operation = BY_ID[name]
    model = SESSION.get_service_model(operation.service)
    by_method = {botocore.xform_name(n): n for n in model.operation_names}
    return Answer(value=sample(model.operation_model(by_method[operation.method]).output_shape))


def sample(shape: Any, name: str = "", depth: int = 0) -> Any:
    match shape.type_name:
        case "structure":
            return {} if depth > 4 else {n: sample(s, n, depth + 1) for n, s in shape.members.items()}
        case "list":
            return [sample(shape.member, name, depth + 1)]
        case "string":
            return TELLING.get(name, f"of-{name}")
        case "integer" | "long":
            return 1
        case _:
            return {}


def assert_pages(operation: Operation, shape: Any) -> None:
    """Every answer that may go on is asked to the end."""
    members = set(shape.output_shape.members) if shape.output_shape else set()
    paginators = SESSION.get_component("data_loader").load_service_model(operation.service, "paginators-1")
    has_paginator = shape.name in paginators["pagination"]
    if operation.pages is None:
        assert not has_paginator
        assert not [m for m in members if TOKENS.fullmatch(m)]
    elif not has_paginator:
        assert {operation.pages.rows, operation.pages.after} <= members
        assert operation.pages.token in shape.input_shape.members
    elif operation.pages.size:
        assert paginators["pagination"][shape.name]["limit_key"] == operation.pages.limit


def test_what_an_operation_follows_is_in_the_table_and_leads_there() -> None:
    for operation in TABLE:
        for before in operation.follows:
            assert operation.id in {o.id for o, _ in followers(BY_ID[before])}
    assert {o.id for o in FIRST} & {o.id for o in TABLE if o.follows} == set()


def test_operations_that_are_aside_blame_one_that_decides_nothing_or_their_own_service() -> None:
    for operation in TABLE:
        if operation.blames:
            assert operation.is_aside
            assert (operation.service, operation.blames) in holders.OPERATIONS


def test_cuts_are_of_operations_and_members_that_are_there() -> None:
    for name, members in CUTS.items():
        operation = BY_ID[name]
        model = SESSION.get_service_model(operation.service)
        by_method = {botocore.xform_name(n): n for n in model.operation_names}
        for member in members:
            shape = model.operation_model(by_method[operation.method]).output_shape
            for step in member.split("."):
                shape = shape.member if step == "[]" else shape.value if step == "*" else shape.members[step]
            assert shape.type_name == "string", member


def test_codes_of_absence_are_the_checkers() -> None:
    told = {code: {o.name for o in TABLE if code in o.absent} for code in ABSENT_CODES}
    assert {code: names for code, names in told.items() if names != set(ABSENT_CODES[code])} == {}


def test_files_of_networks_are_named_as_the_checkers_tests_name_them() -> None:
    """The names that `network/world.py` gives to files of resources are those that the table makes."""
    world = World()
    vpc = world.vpc("10.0.0.0/16")
    subnet = world.subnet(vpc, "10.0.0.0/24")
    world.balancer(
        [subnet],
        [{"Protocol": "HTTP", "Port": 80, "DefaultActions": actions([world.target_group(vpc)])}],
        kind="application",
    )
    world.tgw_table(world.tgw())
    world.prefix_list("10.1.0.0/16")
    files = world.files()
    named = {o.id for o in TABLE if o.follows and (o.service, o.name) in export.OPERATIONS}
    seen = set()
    for path, value in files.items():
        for operation, targets in followers_of(path):
            made = {t.name for t in targets(Answer(value=value), where())}
            there = {p.split("/", 4)[4].removesuffix(".json") for p in files if f"/{operation.id}/" in p}
            if operation.id in named and made:
                seen.add(operation.id)
                assert there == made, operation.id
    assert named - seen == {"ec2/get-transit-gateway-route-table-propagations"} - seen


def followers_of(path: str) -> list[Any]:
    parts = path.removesuffix(".json").split("/")
    operation = BY_ID.get("/".join(parts[2:4])) if len(parts) > 3 else None
    return list(followers(operation)) if operation else []


def test_main_regions_are_of_their_partitions() -> None:
    for partition, region in MAIN_REGIONS.items():
        assert SESSION.get_partition_for_region(region) == partition
