"""docs/permissions.md is made from the table, and names actions that there are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data

from auditctl.collect.cuts import CUTS
from auditctl.collect.permissions import action_of, actions, document, policy
from auditctl.collect.table import REGIONS, TABLE
from checkers.kernel.globs import STAR, GlobSet

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs/permissions.md").read_text(encoding="utf-8")
# AWS's own policies of actions that read. What they leave out is looked up in the Service Authorization Reference.
READING = ("ReadOnlyAccess", "SecurityAudit", "ViewOnlyAccess", "job-function/ViewOnlyAccess")
NOT_IN_THEM = {"bedrock-agentcore:GetCodeInterpreter", "bedrock-agentcore:ListCodeInterpreters"}
MAX_POLICY = 6144  # characters of a managed policy, without white space (IAM user guide, quotas)


def test_the_document_is_made_from_the_table() -> None:
    assert document() == TEXT, "make it again: python -m auditctl.collect.permissions > docs/permissions.md"


def test_every_operation_has_its_action_in_the_policy() -> None:
    allowed = {
        a for s in policy()["Statement"] for a in ([s["Action"]] if isinstance(s["Action"], str) else s["Action"])
    }
    assert {action_of(o) for o in (*TABLE, REGIONS)} == allowed == set(actions())
    assert json.dumps(policy(), indent=2) in TEXT
    for operation in TABLE:
        name = f"{'s3api' if operation.service == 's3' else operation.service} {operation.name}"
        assert f"| `{name}` | `{action_of(operation)}` |" in TEXT


def test_the_policy_only_reads() -> None:
    words = ("Get", "List", "Describe", "BatchGet", "Search", "GET")
    assert [a for a in actions() if not a.partition(":")[2].startswith(words)] == []
    assert {"s3:GetObject", "secretsmanager:GetSecretValue", "ssm:GetParameter", "lambda:GetFunction"} & {
        *actions()
    } == set()


def test_actions_are_those_that_aws_knows() -> None:
    """Every one is allowed by a policy that AWS itself wrote for readers."""
    policies: dict[str, Any] = json.loads(aws_managed_policies_data)
    patterns = [a for name in READING if name in policies for a in actions_in(policies[name]["Document"])]
    known = GlobSet(p.lower().replace("*", STAR) for p in patterns)
    assert {a for a in actions() if a.lower() not in known} <= NOT_IN_THEM
    by_prefix = {p.partition(":")[0] for p in patterns}
    assert {a.partition(":")[0] for a in actions()} - by_prefix <= {"bedrock-agentcore"}


def actions_in(found: Any) -> list[str]:
    statements = found["Statement"] if isinstance(found["Statement"], list) else [found["Statement"]]
    given = [s.get("Action", []) for s in statements if s["Effect"] == "Allow"]
    return [a for each in given for a in ([each] if isinstance(each, str) else each)]


def test_the_names_that_do_not_follow_are_right() -> None:
    by_id = {o.id: action_of(o) for o in TABLE}
    assert by_id["s3/list-buckets"] == "s3:ListAllMyBuckets"
    assert by_id["s3/get-public-access-block"] == "s3:GetBucketPublicAccessBlock"
    assert by_id["s3control/get-public-access-block"] == "s3:GetAccountPublicAccessBlock"
    assert by_id["s3/list-objects-v2"] == "s3:ListBucket"
    assert by_id["s3/get-object-acl"] == "s3:GetObjectAcl"
    assert by_id["efs/describe-file-system-policy"] == "elasticfilesystem:DescribeFileSystemPolicy"
    assert by_id["opensearch/describe-domain"] == "es:DescribeDomain"
    assert by_id["dynamodbstreams/list-streams"] == "dynamodb:ListStreams"
    assert by_id["sesv2/get-email-identity-policies"] == "ses:GetEmailIdentityPolicies"
    assert by_id["apigateway/get-authorizers"] == "apigateway:GET"
    assert by_id["elbv2/describe-rules"] == by_id["elb/describe-load-balancers"].replace("LoadBalancers", "Rules")


def test_a_managed_policy_can_hold_it() -> None:
    assert len("".join(json.dumps(policy()).split())) < MAX_POLICY


def test_every_cut_is_documented() -> None:
    assert [m for name, members in CUTS.items() for m in members if f"| `{name}` | `{m}` |" not in TEXT] == []
