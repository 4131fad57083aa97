"""What a dump tells of accounts, regions and resources, and what it does not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from checkers.cloud.inventory import Inventory
from checkers.cloud.snapshot import Snapshot, State
from checkers.verdict import Unreadable
from command_line import ACCOUNT, Shell, write_control
from dumps.setting import manifest_of, paths_of, read, reasons_of, write

OTHER = "444455556666"
REGION = "eu-west-1"
UUID = "23d9e609-944b-8bfd-7643-6aadf6499e4a"


def details(account: str = ACCOUNT, **members: Any) -> Any:
    role = {
        "Path": "/",
        "RoleName": "deploy",
        "RoleId": f"AROA{account}00000",
        "Arn": f"arn:aws:iam::{account}:role/deploy",
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []},
        "RolePolicyList": [],
        "AttachedManagedPolicies": [],
        "InstanceProfileList": [],
        "Tags": [],
    }
    return {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [role], "Policies": [], **members}


def buckets(*names: str) -> Any:
    rows = [{"Name": name, "CreationDate": "2026-01-01T00:00:00Z"} for name in names]
    return {"Buckets": rows, "Owner": {"ID": "own"}}


def policy(resource: str, action: str = "s3:GetObject") -> Any:
    statement = {"Effect": "Allow", "Principal": "*", "Action": action, "Resource": resource}
    return {"Policy": json.dumps({"Version": "2012-10-17", "Statement": [statement]})}


ACL = {"Owner": {"ID": "own"}, "Grants": []}
FUNCTION = {"FunctionName": "api", "FunctionArn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:api"}
KEYS = {"Keys": [{"KeyId": UUID, "KeyArn": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{UUID}"}]}
SUBNET = {"SubnetId": "subnet-1", "OwnerId": OTHER, "AvailabilityZone": "eu-west-1a"}

# Files of a dump, and where they come to be; empty: not recognised.
CASES: list[tuple[str, dict[str, Any], dict[str, str]]] = [
    ("users and roles alone", {"a": details()}, {"a": f"{ACCOUNT}/global/iam/get-account-authorization-details.json"}),
    (
        "buckets beside roles",
        {"x/a": details(), "x/b": buckets("web")},
        {"x/b": f"{ACCOUNT}/global/s3/list-buckets.json"},
    ),
    (
        "the answer's account counts, not the folder's",
        {f"{OTHER}/a": details()},
        {f"{OTHER}/a": f"{ACCOUNT}/global/iam/get-account-authorization-details.json"},
    ),
    (
        "a bucket policy names its bucket",
        {"a": details(), "b": policy("arn:aws:s3:::web/*")},
        {"b": f"{ACCOUNT}/global/s3/get-bucket-policy/web.json"},
    ),
    (
        "a bucket policy for a pattern is named by its file",
        {"a": details(), "b": buckets("web-1"), "c/web-1.json": policy("arn:aws:s3:::web-*/*")},
        {"c/web-1.json": f"{ACCOUNT}/global/s3/get-bucket-policy/web-1.json"},
    ),
    (
        "an access point policy is not a bucket policy",
        {"a": details(), "b": policy(f"arn:aws:s3:{REGION}:{OTHER}:accesspoint/feeds/object/*")},
        {"b": f"{OTHER}/{REGION}/s3control/get-access-point-policy/feeds.json"},
    ),
    (
        "a function's policy names function and alias",
        {"b": {**policy(f"{FUNCTION['FunctionArn']}:live", "lambda:InvokeFunction"), "RevisionId": "1"}},
        {"b": f"{ACCOUNT}/{REGION}/lambda/get-policy/api/live.json"},
    ),
    (
        "the key of a key policy is in the file's name",
        {"k": KEYS, f"policy-{UUID}": policy("*", "kms:*")},
        {f"policy-{UUID}": f"{ACCOUNT}/{REGION}/kms/get-key-policy/{UUID}.json"},
    ),
    (
        "the longest name counts",
        {"a": details(), "b": buckets("web", "web-logs"), "acl_web-logs.json": ACL, "web_acl.json": ACL},
        {
            "acl_web-logs.json": f"{ACCOUNT}/global/s3/get-bucket-acl/web-logs.json",
            "web_acl.json": f"{ACCOUNT}/global/s3/get-bucket-acl/web.json",
        },
    ),
    (
        "the folder may have the name",
        {"a": details(), "b": buckets("web"), "web/acl.json": ACL},
        {"web/acl.json": f"{ACCOUNT}/global/s3/get-bucket-acl/web.json"},
    ),
    (
        "a name with another word in it is another name",
        {
            "a": details(),
            "b": buckets("web"),
            "web-old-acl.json": ACL,
            "old-web.json": ACL,
            "web-2.json": ACL,
            "old/web": ACL,
        },
        {
            "web-old-acl.json": "",
            "old-web.json": "",
            "web-2.json": "",
            "old/web": f"{ACCOUNT}/global/s3/get-bucket-acl/web.json",
        },
    ),
    (
        "a name that is in the folder and a file that has another",
        {"a": details(), "b": buckets("web"), "web/old.json": ACL},
        {"web/old.json": ""},
    ),
    (
        "two resources with the same words",
        {"a": details(), "b": buckets("web.eu", "web-eu"), "web-eu.json": ACL},
        {"web-eu.json": ""},
    ),
    (
        "the region of an empty list is in the path",
        {"x/a": details(), "x/eu-central-1/f": {"Functions": []}},
        {"x/eu-central-1/f": f"{ACCOUNT}/eu-central-1/lambda/list-functions.json"},
    ),
    (
        "a function with the layer of another account",
        {"f": {"Functions": [{**FUNCTION, "Layers": [{"Arn": f"arn:aws:lambda:{REGION}:{OTHER}:layer:base:1"}]}]}},
        {"f": f"{ACCOUNT}/{REGION}/lambda/list-functions.json"},
    ),
    (
        "an answer that names two accounts",
        {"a": details(), "f": {"Topics": [{"TopicArn": f"arn:aws:sns:{REGION}:{a}:t"} for a in (ACCOUNT, OTHER)]}},
        {"f": ""},
    ),
    ("an empty list without region", {"a": details(), "f": {"Functions": []}}, {"f": ""}),
    ("a list without account", {"b": buckets("web"), "f": {"Functions": [FUNCTION]}, "g": details(OTHER)}, {"b": ""}),
    (
        "a subnet of another account beside one's own roles",
        {"a": details(), "s": {"Subnets": [SUBNET]}},
        {"s": ""},
    ),
    (
        "a subnet of its owner",
        {"s": {"Subnets": [SUBNET]}},
        {"s": f"{OTHER}/{REGION}/ec2/describe-subnets.json"},
    ),
    (
        "a shared subnet in the folder of an account",
        {f"{ACCOUNT}/s": {"Subnets": [SUBNET]}},
        {f"{ACCOUNT}/s": f"{ACCOUNT}/{REGION}/ec2/describe-subnets.json"},
    ),
    (
        "the block of an account and of a bucket",
        {
            "a": details(),
            "b": buckets("web"),
            "block-web": {"PublicAccessBlockConfiguration": {}},
            "account-block": {"PublicAccessBlockConfiguration": {}},
        },
        {
            "block-web": f"{ACCOUNT}/global/s3/get-public-access-block/web.json",
            "account-block": f"{ACCOUNT}/global/s3control/get-public-access-block.json",
        },
    ),
    (
        "a path of a snapshot with an operation that is not known",
        {"a": details(), f"x/{ACCOUNT}/{REGION}/batch/describe-jobs.json": {"jobs": []}},
        {f"x/{ACCOUNT}/{REGION}/batch/describe-jobs.json": f"{ACCOUNT}/{REGION}/batch/describe-jobs.json"},
    ),
    (
        "a path of a snapshot with the answer of another operation",
        {"a": details(), f"{ACCOUNT}/{REGION}/sns/list-topics.json": {"Functions": [FUNCTION]}},
        {f"{ACCOUNT}/{REGION}/sns/list-topics.json": f"{ACCOUNT}/{REGION}/lambda/list-functions.json"},
    ),
    (
        "an empty answer whose name tells the operation",
        {
            "a": details(),
            "b": buckets("web"),
            "get-bucket-versioning-web.json": {},
            "eu-west-1/list-queues": {},
            "eu-west-1/sqs/e": {},
        },
        {
            "get-bucket-versioning-web.json": f"{ACCOUNT}/global/s3/get-bucket-versioning/web.json",
            "eu-west-1/list-queues": f"{ACCOUNT}/eu-west-1/sqs/list-queues.json",
            "eu-west-1/sqs/e": "",
        },
    ),
    (
        "repositories of two services",
        {
            "a": details(),
            "eu-west-1/p": {"policyText": policy("*", "ecr:*")["Policy"], "repositoryName": "web"},
            "q": {"policyText": policy("*", "ecr-public:*")["Policy"], "repositoryName": "web"},
            "ecr-public-describe-repositories": {"repositories": []},
            "eu-west-1/ecr-describe-repositories": {"repositories": []},
            "describe-repositories": {"repositories": []},
        },
        {
            "eu-west-1/p": f"{ACCOUNT}/eu-west-1/ecr/get-repository-policy/web.json",
            "q": f"{ACCOUNT}/us-east-1/ecr-public/get-repository-policy/web.json",
            "ecr-public-describe-repositories": f"{ACCOUNT}/us-east-1/ecr-public/describe-repositories.json",
            "eu-west-1/ecr-describe-repositories": f"{ACCOUNT}/eu-west-1/ecr/describe-repositories.json",
            "describe-repositories": "",
        },
    ),
    (
        "packages, vaults and identities",
        {
            "d": {"policy": {"resourceArn": f"arn:aws:codeartifact:{REGION}:{ACCOUNT}:domain/d", "document": "{}"}},
            "r": {
                "policy": {"resourceArn": f"arn:aws:codeartifact:{REGION}:{ACCOUNT}:repository/d/r", "document": "{}"}
            },
            "v": {"VaultList": [{"VaultName": "old", "VaultARN": f"arn:aws:glacier:{REGION}:{ACCOUNT}:vaults/old"}]},
            "old": {"policy": {"Policy": "{}"}},
            "eu-west-1/i": {"EmailIdentities": [{"IdentityName": "a@b.example"}]},
            "policies/a@b.example": {"Policies": {}},
        },
        {
            "d": f"{ACCOUNT}/{REGION}/codeartifact/get-domain-permissions-policy/d.json",
            "r": f"{ACCOUNT}/{REGION}/codeartifact/get-repository-permissions-policy/d/r.json",
            "old": f"{ACCOUNT}/{REGION}/glacier/get-vault-access-policy/old.json",
            "policies/a@b.example": f"{ACCOUNT}/{REGION}/sesv2/get-email-identity-policies/a@b.example.json",
        },
    ),
    (
        "what no rule reads touches its service alone",
        {"x": {"Roles": [{"RoleName": "r", "Arn": f"arn:aws:iam::{ACCOUNT}:role/r"}]}},
        {"x": f"{ACCOUNT}/global/iam/list-roles.json"},
    ),
    (
        "organization files of the account whose folder they are in",
        {"a": details(), f"{OTHER}/list-parents-{ACCOUNT}": {"Parents": [{"Id": "r-ab12", "Type": "ROOT"}]}},
        {f"{OTHER}/list-parents-{ACCOUNT}": f"{OTHER}/global/organizations/list-parents/{ACCOUNT}.json"},
    ),
    (
        "the management account is in the ARNs of the organization",
        {
            "accounts": {
                "Accounts": [
                    {"Id": ACCOUNT, "Arn": f"arn:aws:organizations::{OTHER}:account/o-1/{ACCOUNT}", "Status": "ACTIVE"}
                ]
            },
            "SERVICE_CONTROL_POLICY": {"Policies": []},
            "nothing": {"Policies": []},
        },
        {
            "accounts": f"{OTHER}/global/organizations/list-accounts.json",
            "SERVICE_CONTROL_POLICY": f"{OTHER}/global/organizations/list-policies/SERVICE_CONTROL_POLICY.json",
            "nothing": "",
        },
    ),
]


@pytest.mark.parametrize(("files", "expected"), [pytest.param(f, e, id=name) for name, f, e in CASES])
def test_where_the_files_of_a_dump_come_to_be(tmp_path: Path, files: Any, expected: dict[str, str]) -> None:
    for name, value in files.items():
        write(tmp_path / name, value)
    dump = read(tmp_path)
    found = {**dict.fromkeys(reasons_of(dump), ""), **paths_of(dump)}
    assert {name: found[name] for name in expected} == expected
    assert found.keys() == files.keys()


def test_flags_say_what_files_do_not(tmp_path: Path) -> None:
    write(tmp_path / "b", buckets("web"))
    write(tmp_path / "f", {"Functions": []})
    assert paths_of(read(tmp_path, ACCOUNT, REGION)) == {
        "b": f"{ACCOUNT}/global/s3/list-buckets.json",
        "f": f"{ACCOUNT}/{REGION}/lambda/list-functions.json",
    }
    with pytest.raises(Unreadable, match="no file that is an answer of a known operation"):
        read(tmp_path)


def test_flags_do_not_overrule_the_answer(tmp_path: Path) -> None:
    write(tmp_path / "f", {"Functions": [FUNCTION]})
    assert paths_of(read(tmp_path, OTHER, "us-east-1")) == {"f": f"{ACCOUNT}/{REGION}/lambda/list-functions.json"}


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ("", "it is empty: the command printed nothing, or failed"),
        (" \n", "it is empty: the command printed nothing, or failed"),
        ("hello", "not strict JSON"),
        ("{", "not strict JSON"),
        ("[1]", "it is no JSON object, as answers of AWS are"),
        ("null", "it is no JSON object, as answers of AWS are"),
        ("\xff\xfe", "not strict JSON"),
        ('{"a": 1, "a": 2}', "not strict JSON: duplicate member 'a'"),
        ("{}", "no known operation answers with no members"),
        ('{"Zebras": [], "b": 1}', "no known operation answers with Zebras, b"),
        ('{"Policy": {"Zebra": 1}}', "no known operation answers with Policy"),
        ('{"Policy": "{"}', "no known operation answers with Policy"),
        ('{"Vpcs": "x"}', "no known operation answers with Vpcs"),
        ('{"Vpcs": [1]}', "no known operation answers with Vpcs"),
        (
            '{"repositories": []}',
            "it may be codeartifact/list-repositories or ecr-public/describe-repositories or ecr/describe-repositories",
        ),
        (
            "An error occurred (Throttling) when calling the DescribeZebras operation: x",
            "a failed call of an operation",
        ),
        (
            "An error occurred (AccessDenied) when calling the GetBucketPolicy operation: Access Denied",
            "a failed s3/get-bucket-policy: nothing tells what it was about",
        ),
        ("Unable to locate credentials", "not strict JSON"),
    ],
)
def test_what_is_not_recognised_is_named_and_in_the_ledger(tmp_path: Path, data: str, reason: str) -> None:
    write(tmp_path / "a.json", details())
    write(tmp_path / "sub/strange.json", data.encode("latin-1"))
    dump = read(tmp_path)
    assert list(reasons_of(dump)) == ["sub/strange.json"]
    assert reasons_of(dump)["sub/strange.json"].startswith(reason)
    ledger = [entry.where for entry in Inventory(Snapshot(dump.files)).unmodelled]
    assert ledger == ["unrecognised/sub/strange.json"]


def test_a_failed_call_is_the_state_of_its_fact(tmp_path: Path) -> None:
    write(tmp_path / "a.json", details())
    write(tmp_path / "b.json", buckets("web", "logs"))
    say = "\nAn error occurred ({}) when calling the GetBucketPolicy operation: it is so\n"
    write(tmp_path / "web-policy.json", say.format("NoSuchBucketPolicy"))
    write(tmp_path / "policies/logs.json", say.format("AccessDenied"))
    text = "An error occurred (AccessDeniedException) when calling the DescribeRepositories operation: no"
    write(tmp_path / "eu-west-1/ecr-repositories.json", text)
    snapshot = Snapshot(read(tmp_path).files)
    base = f"{ACCOUNT}/global/s3/get-bucket-policy"
    assert snapshot.fact(f"{base}/web.json").state is State.ABSENT
    assert snapshot.fact(f"{base}/logs.json").state is State.DENIED
    assert snapshot.fact(f"{ACCOUNT}/eu-west-1/ecr/describe-repositories.json").state is State.DENIED


def test_two_accounts_in_one_folder(tmp_path: Path) -> None:
    write(tmp_path / "roles-1.json", details())
    write(tmp_path / "roles-2.json", details(OTHER))
    write(tmp_path / f"buckets-{ACCOUNT}.json", buckets("web"))
    write(tmp_path / f"buckets-{OTHER}.json", buckets("logs"))
    write(tmp_path / "web.json", ACL)
    write(tmp_path / "logs.json", ACL)
    write(tmp_path / "buckets.json", buckets("more"))
    dump = read(tmp_path)
    assert paths_of(dump)["web.json"] == f"{ACCOUNT}/global/s3/get-bucket-acl/web.json"
    assert paths_of(dump)["logs.json"] == f"{OTHER}/global/s3/get-bucket-acl/logs.json"
    assert list(reasons_of(dump)) == ["buckets.json"]
    assert [row["id"] for row in manifest_of(dump)["accounts"]] == [ACCOUNT, OTHER]


def test_the_same_name_in_two_accounts_needs_the_account(tmp_path: Path) -> None:
    for account in (ACCOUNT, OTHER):
        write(tmp_path / f"{account}/keys.json", {"Functions": []})
        layer = {"LayerName": "base", "LayerArn": f"arn:aws:lambda:{REGION}:{account}:layer:base"}
        write(tmp_path / f"{account}/layers.json", {"Layers": [layer]})
        versions = {"LayerVersions": [{"LayerVersionArn": f"arn:aws:lambda:{REGION}:{account}:layer:base:1"}]}
        write(tmp_path / f"{account}/base.json", versions)
    write(tmp_path / "base.json", {"LayerVersions": []})
    write(tmp_path / f"{ACCOUNT}/us-east-1/base.json", (tmp_path / f"{OTHER}/base.json").read_bytes())
    dump = read(tmp_path, region=REGION)
    assert paths_of(dump)[f"{ACCOUNT}/us-east-1/base.json"] == f"{OTHER}/{REGION}/lambda/list-layer-versions/base.json"
    for account in (ACCOUNT, OTHER):
        path = f"{account}/{REGION}/lambda/list-layer-versions/base.json"
        assert paths_of(dump)[f"{account}/base.json"] == path
    assert reasons_of(dump)["base.json"] == "lambda/list-layer-versions: its path fits 2 resources, or one elsewhere"


def test_the_same_answer_twice_is_one_and_different_answers_are_an_error(tmp_path: Path) -> None:
    write(tmp_path / "a.json", details())
    write(tmp_path / "copy/a.json", details())
    dump = read(tmp_path)
    assert dump.clashes == ()
    assert len(dump.files) == 2
    write(tmp_path / "copy/a.json", details(Policies=[{"Arn": f"arn:aws:iam::{ACCOUNT}:policy/p"}]))
    dump = read(tmp_path)
    path = f"{ACCOUNT}/global/iam/get-account-authorization-details.json"
    assert dump.clashes == (f"a.json, copy/a.json: different answers of the same call, {path}",)
    assert Snapshot(dump.files).fact(path).reason == f"{path}: error (TwoAnswers)"


def test_a_list_that_is_cut_off_is_not_a_value(tmp_path: Path) -> None:
    write(tmp_path / "a.json", details(IsTruncated=True, Marker="x"))
    write(tmp_path / "f.json", {"Functions": [FUNCTION], "NextToken": "more"})
    snapshot = Snapshot(read(tmp_path).files)
    assert [snapshot.fact(p).state for p in snapshot.paths] == [State.ERROR, State.ERROR]


def test_a_resource_whose_name_no_path_can_have(tmp_path: Path) -> None:
    write(tmp_path / "a.json", details())
    arn = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:x-abcdef"
    write(tmp_path / "s.json", {"ARN": arn, "Name": "../x"})
    assert reasons_of(read(tmp_path))["s.json"].endswith("is no path that a snapshot can have")


def test_names_and_partitions_of_accounts(tmp_path: Path) -> None:
    role = {**details()["RoleDetailList"][0], "Arn": f"arn:aws-cn:iam::{ACCOUNT}:role/deploy"}
    write(tmp_path / "a.json", details(RoleDetailList=[role]))
    arn = f"arn:aws-cn:organizations::{ACCOUNT}:account/o-1/{ACCOUNT}"
    rows = [{"Id": ACCOUNT, "Arn": arn, "Name": "prod", "Status": "ACTIVE"}, {"Id": OTHER, "Status": "ACTIVE"}]
    write(tmp_path / "o.json", {"Accounts": rows})
    assert manifest_of(read(tmp_path))["accounts"] == [{"id": ACCOUNT, "name": "prod", "partition": "aws-cn"}]


# The command line.


@pytest.fixture(name="run")
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "d/roles.txt", details())
    write(tmp_path / "d/buckets.txt", buckets("web"))
    write(tmp_path / "d/web.txt", policy("arn:aws:s3:::web/*"))
    write_control(tmp_path / "controls/anonymous.yaml")
    return Shell(capsys)


def test_check_takes_a_dump_and_says_what_it_did_not_recognise(run: Shell) -> None:
    write(Path("d/strange"), "x")
    ran = run("check", "d", "--controls", "controls", "--bundle", "a.audit")
    assert ran.code in (1, 3)
    assert "not recognised: strange: not strict JSON" in ran.err
    assert "unrecognised/strange" in run("check", "d", "--controls", "controls", "--format", "json").out
    assert run("verify", "a.audit").code in (0, 3)


def test_the_source_can_be_said(run: Shell) -> None:
    ran = run("check", "d", "--controls", "controls", "--source", "snapshot")
    assert (ran.code, ran.err) == (5, "error: snapshot.json: missing; a snapshot directory has one\n")
    write(Path("d/snapshot.json"), {"format": "auditctl-snapshot/1", "accounts": [{"id": ACCOUNT}]})
    assert run("check", "d", "--controls", "controls").code == 3
    ran = run("check", "d", "--controls", "controls", "--source", "dump")
    assert "not recognised: snapshot.json: no known operation" in ran.err
    assert run("check", "d", "--controls", "controls", "--account", "12").code == 2


def test_a_dump_is_imported_as_a_sealed_snapshot(run: Shell) -> None:
    write(Path("d/strange"), "x")
    ran = run("snapshot", "import", "d", "-o", "s", "--verbose")
    assert ran.code == 0
    assert ran.err == (
        f"buckets.txt: {ACCOUNT}/global/s3/list-buckets.json (account: the other files of the folder)\n"
        f"roles.txt: {ACCOUNT}/global/iam/get-account-authorization-details.json (account: the answer)\n"
        f"web.txt: {ACCOUNT}/global/s3/get-bucket-policy/web.json (account: the other files of the folder; "
        "resource: the resources of its policy)\n"
        "not recognised: strange: not strict JSON: Expecting value: line 1 column 1 (char 0)\n"
        "3 files recognised, 1 not: s\n"
    )
    assert run("snapshot", "verify", "s").code == 0
    assert Path("s/unrecognised/strange").read_text(encoding="utf-8") == "x"
    direct, imported = (run("check", folder, "--controls", "controls", "--format", "json").out for folder in "ds")
    assert direct == imported
    again = run("snapshot", "import", "d", "-o", "s")
    assert (again.code, again.err) == (5, "error: cannot write s: not empty\n")
    assert run("snapshot", "import", "d", "-o", "d/s").code == 5


def test_authorization_details_alone_are_enough_for_identity_controls(run: Shell) -> None:
    control = """\
title: Nobody deletes buckets
severity: high
rationale: It matters.
remediation: Mend it.
for_each: role
forbid:
  request:
    principal: [target]
    action: ["s3:DeleteBucket"]
"""
    write_control(Path("identity/deletion.yaml"), control)
    write(Path("alone/x.json"), details())
    ran = run("check", "alone", "--controls", "identity", "--bundle", "i.audit")
    assert (ran.code, "not recognised" in ran.err) == (0, False)
    assert run("verify", "i.audit").code == 0
