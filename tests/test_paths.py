"""Every known step of privilege escalation: a world in which it is possible, and the same without one need of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from auditctl.audit import claims_of
from auditctl.controls.steps import expand_steps, step_names
from auditctl.search.paths import search_path
from checkers.cloud.control import parse_control
from checkers.cloud.holders import LISTINGS
from checkers.cloud.paths import check_path
from checkers.strict_json import parse_json
from cloud.setting import (
    OWN,
    allow,
    attached,
    document,
    group,
    iam,
    inventory_of,
    managed,
    role,
    setting,
    trust,
    user,
)

IDS = """
apprunner-001 apprunner-002 bedrock-001 bedrock-002 cloudformation-001 cloudformation-002 cloudformation-003
cloudformation-004 cloudformation-005 codebuild-001 codebuild-002 codebuild-003 codebuild-004 datapipeline-001
ec2instanceconnect-003 ec2-001 ec2-002 ec2-003 ec2-004 ecs-001 ecs-002 ecs-003 ecs-004 ecs-005 glue-001 glue-002
glue-003 glue-004 glue-005 glue-006 iam-001 iam-002 iam-003 iam-004 iam-005 iam-006 iam-007 iam-008 iam-009 iam-010
iam-011 iam-012 iam-013 iam-014 iam-015 iam-016 iam-017 iam-018 iam-019 iam-020 iam-021 lambda-001 lambda-002
lambda-003 lambda-004 lambda-005 lambda-006 sagemaker-001 sagemaker-002 sagemaker-003 sagemaker-004 sagemaker-005
ssm-001 ssm-002 sts-001
""".split()
ALL = expand_steps(["escalation", "administration"], admin=False)
STEPS = {step["id"]: step for step in ALL}
ARN = f"arn:aws:iam::{OWN}"
OWN_POLICY, TARGET_POLICY = f"{ARN}:policy/own", f"{ARN}:policy/target"
THINGS = {
    "function": f"arn:aws:lambda:us-east-1:{OWN}:function:thing",
    "instance": f"arn:aws:ec2:us-east-1:{OWN}:instance/thing",
    "build-project": f"arn:aws:codebuild:us-east-1:{OWN}:project/thing",
    "stack": f"arn:aws:cloudformation:us-east-1:{OWN}:stack/thing/1",
    "dev-endpoint": f"arn:aws:glue:us-east-1:{OWN}:devEndpoint/thing",
    "notebook": f"arn:aws:sagemaker:us-east-1:{OWN}:notebook-instance/thing",
    "app": f"arn:aws:apprunner:us-east-1:{OWN}:service/thing/1",
    "launch-template": f"arn:aws:ec2:us-east-1:{OWN}:launch-template/thing",
    "code-interpreter": f"arn:aws:bedrock-agentcore:us-east-1:{OWN}:code-interpreter/thing",
}


def caller_kind(step: Any) -> str:
    return str(step.get("caller") or "user")


def holder_file(kind: str, target: str) -> dict[str, Any]:
    """The answer that lists one thing with the target as its role."""
    listing = LISTINGS[kind]
    value: Any = target.replace(":role/", ":instance-profile/") if "IamInstanceProfile" in listing.role else target
    for name in reversed(listing.role[1:]):
        value = {name: value}
    name = THINGS[kind] if not listing.template else "thing"
    row: Any = {listing.arn: name, listing.role[0]: value, **({"FunctionName": "thing"} if kind == "function" else {})}
    for i, member in enumerate(reversed(listing.rows)):
        row = {member: row if kind == "app" else [row]} if i < len(listing.rows) else row
    place = f"{OWN}/us-east-1/{listing.service}/{listing.operation}"
    return {f"{place}.json" if listing.whole or kind == "build-project" else f"{place}/thing.json": row}


def concrete(pattern: str) -> str:
    """The pattern with a partition, a region and an account."""
    parts = pattern.split(":", 5)
    if len(parts) == 1:
        return pattern
    region, account = ("" if parts[2] == "iam" else "us-east-1"), OWN
    return ":".join(("arn", "aws", parts[2], region, account, parts[5]))


def world(step: Any, without: int | None = None, more: Any = ()) -> dict[str, Any]:
    """A snapshot in which `start` may take the step, but for one of the things that it needs."""
    kind, target_kind = caller_kind(step), step["target"]
    start = f"{ARN}:{kind}/start"
    target = start if target_kind == "self" else f"{ARN}:{target_kind}/target"
    subjects = {
        "self": start,
        "own-group": f"{ARN}:group/own",
        "own-policy": OWN_POLICY,
        "target": target,
        "target-policy": TARGET_POLICY,
        "holder": THINGS.get(step.get("holder", ""), ""),
    }
    needs = [n for i, n in enumerate(step["needs"]) if i != without]
    grants = [allow(n["action"][0], subjects.get(n["on"]) or concrete(n["resource"][0])) for n in needs]
    trusts = [trust({"Service": s}) for s in step.get("services", []) if without != len(step["needs"])]
    trusts += [trust({"AWS": f"{ARN}:root"})]
    rows: dict[str, list[Any]] = {"users": [], "roles": [], "groups": [group("own")]}
    rows["policies"] = [managed("own", document()), managed("target", document())]
    mine = {"AttachedManagedPolicies": attached(OWN_POLICY)}
    make = {"user": user, "role": role}
    rows[f"{kind}s"].append(
        make[kind]("start", document(*grants, *more), **mine, **({"GroupList": ["own"]} if kind == "user" else {}))
    )
    if target_kind == "group":
        rows["groups"].append(group("target", document(allow("s3:DeleteBucket"))))
    elif target_kind == "user":
        rows["users"].append(user("target", AttachedManagedPolicies=attached(TARGET_POLICY)))
    elif target_kind == "role":
        profiles = [{"Arn": f"{ARN}:instance-profile/target"}]
        rows["roles"].append(
            role(
                "target",
                trusts=document(*trusts),
                AttachedManagedPolicies=attached(TARGET_POLICY),
                InstanceProfileList=profiles,
            )
        )
    files = holder_file(step["holder"], target) if "holder" in step else {}
    errors = {f"{OWN}/us-east-1/lambda/get-policy/thing.json": "ResourceNotFoundException"}
    return setting(iam(**rows), files, errors=errors if step.get("holder") == "function" else {})


def goal_of(step: Any) -> dict[str, Any]:
    if step.get("raises"):
        return {"admin": True}
    if step["target"] == "group":
        return {"request": {"action": ["s3:DeleteBucket"], "resource": ["*"]}}
    return {"principal": [f"{ARN}:{step['target']}/target"]}


def outcome(files: Any, step: Any) -> str:
    start = f"{ARN}:{caller_kind(step)}/start"
    path = {"from": [start], "steps": [step], "to": goal_of(step)}
    control = parse_control(
        {
            "format": "auditctl-control/1",
            "id": "asked",
            "title": "asked",
            "for_each": "account",
            "forbid": {"path": path},
        },
        "control asked",
    )
    (claim,) = claims_of([control], inventory_of(files))
    certificate = search_path(claim, inventory_of(files))
    if isinstance(certificate, tuple):
        return "inconclusive: " + "; ".join(certificate)
    again = parse_json(json.dumps(certificate), "certificate")
    return check_path(claim, again, inventory_of(files))[0].value


def test_every_known_path_has_its_step() -> None:
    assert sorted(IDS) == sorted(set(STEPS) - {"administrator"})
    assert len(IDS) == 65


@pytest.mark.parametrize("name", [*IDS, "administrator"])
def test_a_step_is_possible_where_all_that_it_needs_is_allowed(name: str) -> None:
    assert outcome(world(STEPS[name]), STEPS[name]) == "violated"


CUTS = [
    (name, i)
    for name, step in STEPS.items()
    for i in range(len(step["needs"]) + bool(step.get("services")))  # type: ignore[arg-type,call-overload]
]


@pytest.mark.parametrize(("name", "without"), CUTS)
def test_a_step_is_not_possible_without_one_of_its_needs(name: str, without: int) -> None:
    assert outcome(world(STEPS[name], without), STEPS[name]) == "holds"


def test_names_of_sets_and_steps() -> None:
    assert step_names()[:2] == ("assume-role", "escalation")
    assert [s["id"] for s in expand_steps(["assume-role"], admin=False)] == ["sts-001"]
    assert {s["id"] for s in expand_steps(["assume-role"], admin=True)} == {"sts-001", "administrator", *SELF}
    assert [s["id"] for s in expand_steps(["lambda-001", "escalation"], admin=False)] == [s["id"] for s in ALL[:-1]]


SELF = {"iam-001", "iam-005", "iam-007", "iam-008", "iam-009", "iam-010", "iam-011"}


def test_steps_that_were_handed_out_can_be_changed() -> None:
    (given,) = expand_steps(["sts-001"], admin=False)
    given["needs"].clear()  # type: ignore[index,union-attr,call-overload]
    assert expand_steps(["sts-001"], admin=False) != [given]
