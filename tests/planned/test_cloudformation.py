"""Templates as drafts: what is refused and where, what is left out, and what controls say of whole templates."""

from __future__ import annotations

import json
import random
import re
import time

import pytest

from auditctl.planned.cloudformation import read, types_read
from auditctl.planned.cloudformation.text import MAX_BYTES, MAX_DEPTH
from auditctl.planned.given import Given
from checkers.cloud.snapshot import Snapshot
from checkers.verdict import Unreadable
from planned.outcomes import inventory_of, outcomes, results
from planned.templates import ACCOUNT, DATA, REGION, answer, as_json, drafted, resources, rows, stored, unmodelled

BUCKET = "  B: {Type: 'AWS::S3::Bucket'}\n"

# What is no template.

REFUSED = [
    ("", "nothing but comments in acme.yaml, expected a template"),
    ("a: b", "acme.yaml has no `Resources`, expected a template of CloudFormation"),
    ("[a]", "acme.yaml is no mapping, expected a template with `Resources`"),
    ("Resources: []", "Resources is a list, expected a mapping at acme.yaml:1:12"),
    (f"Parameters: []\nResources:\n{BUCKET}", "Parameters is a list, expected a mapping at acme.yaml:1:13"),
    ("Resources: {}", "`Resources` is empty, expected a resource at acme.yaml:1:12"),
    ("Resources:\n  B: x", "resource `B` is `x`, expected a mapping with `Type` at acme.yaml:2:6"),
    ("Resources:\n  B: {Properties: {}}", "type `` of `B`, expected one like `AWS::S3::Bucket` at acme.yaml:2:6"),
    ("Resources:\n  B: {Type: Bucket}", "type `Bucket` of `B`, expected one like `AWS::S3::Bucket`"),
    ("Resources:\n  B-1: {Type: 'AWS::S3::Bucket'}", "logical id `B-1`, expected letters and digits at acme.yaml:2:3"),
    ("Resources:\n  B: {Type: 'AWS::S3::Bucket', Propertys: {}}", "unknown attribute `Propertys` of `B` (did you mean `Properties`?)"),
    ("Resource:\n  B: {}\nResources: {}", "unknown section `Resource` (did you mean `Resources`?) at acme.yaml:1:1"),
    (f"AWSTemplateFormatVersion: 2011-01-01\nResources:\n{BUCKET}", "AWSTemplateFormatVersion is `2011-01-01`, expected `2010-09-09` at acme.yaml:1:27"),
    (f"Resources:\n{BUCKET}{BUCKET}", "duplicate key `B`, first at line 2 at acme.yaml:3:3"),
    (f"Parameters: {{B: {{Type: String}}}}\nResources:\n{BUCKET}", "`B` is a parameter and a resource, expected different names"),
    ("Resources:\n  B: {Type: 'AWS::S3::Bucket', Condition: Yes1}", "condition `Yes1` is not in the template at acme.yaml:2:3"),
    ("Resources:\n  B: {Type: 'AWS::S3::Bucket', Properties: [a]}\n", ""),
    ("Resources:\n  B: {Type: 'AWS::S3::Bucket', Properties: {BucketName: [a]}}", "B.BucketName is no text at acme.yaml:2:57"),
    ("Resources:\n  B: {Type: 'AWS::S3::Bucket', Properties: {OwnershipControls: x}}", "B.OwnershipControls is `x`, expected a mapping"),
    ("Resources:\n  B: {Type: 'AWS::S3::Bucket', Properties: {bucketName: a}}", "unknown property `bucketName` of `B` (did you mean `BucketName`?)"),
    ("Resources:\n  B: {Type: 'AWS::S3::Bucket', Properties: {PublicAccessBlockConfiguration: {blockPublicAcls: true}}}", "unknown property `blockPublicAcls` of B.PublicAccessBlockConfiguration (did you mean"),
    ("Resources:\n  V: {Type: 'AWS::EC2::VPC', Properties: {CidrBlock: 10.0.0.0}}", "V.CidrBlock is `10.0.0.0`, expected a CIDR block at acme.yaml:2:54"),
    ("Resources:\n  N: {Type: 'AWS::EC2::NatGateway', Properties: {SubnetId: ''}}", "N.SubnetId is empty, expected an id or name"),
    ("Resources:\n  N: {Type: 'AWS::EC2::NatGateway', Properties: {SubnetId: s, PrivateIpAddress: x}}", "N.PrivateIpAddress is `x`, expected an address"),
    ("a: *b", "alias `*b` of no anchor before it at acme.yaml:1:4"),
    ("a: &b {<<: *b}", "merge key `<<`, which CloudFormation does not know"),
    ("a: !!binary x", "unknown tag `tag:yaml.org,2002:binary`, expected a function of CloudFormation at acme.yaml:1:4"),
    ("a: b\n---\nc: d", "a second document, expected one template at acme.yaml:2:1"),
    ("%TAG ! x:\n---\na: b", "a directive, which CloudFormation does not know"),
    ("? [a]\n: b", "a key is a list, a mapping or a function, expected a text at acme.yaml:1:3"),
    ("a: [b", "not YAML: "),
    ("a: \x01", "not YAML: "),
    ('{"Resources": {"B": {"Type": "AWS::S3::Bucket"}}', "not JSON: found the end, expected `,` or the end of what is open"),
    ('{"Resources": {}, "Resources": {}}', "duplicate key `Resources`, first at line 1 at acme.yaml:1:19"),
    ('{"a": 1,}', "not JSON: found `}`, expected a key in quotes at acme.yaml:1:9"),
    ('{"a": NaN}', "not JSON: found `NaN}`, expected a value at acme.yaml:1:7"),
    ('{"a": 01}', "not JSON: found `01}`, expected a value"),
    ('{"a" 1}', "not JSON: found `1`, expected `:` at acme.yaml:1:6"),
    ('{"a": 1} x', "not JSON: something stands behind the end at acme.yaml:1:9"),
    ('{"a": "\\ud800"}', "not JSON: a lone surrogate in a text at acme.yaml:1:7"),
    ('{"a": [1 2]}', "not JSON: found `2`, expected `,` or the end of what is open"),
    ('{"a": ]}', "not JSON: found `]`, expected a value"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), [r for r in REFUSED if r[1]], ids=[r[1][:60] for r in REFUSED if r[1]])
def test_what_cloudformation_refuses_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(Unreadable, match=re.escape(message)):
        drafted(text)


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(Unreadable, match=r"byte 3 of acme\.yaml is not UTF-8"):
        read(b"a: \xff", "acme.yaml", Given())


MACROS = [
    (
        "Transform: AcmeMacro\n",
        "transform `AcmeMacro` is a macro, and may make anything: give the template as it is after",
    ),
    ("Transform: [AWS::LanguageExtensions, Acme]\n", "transform `Acme` is a macro"),
    (
        "Transform: {Name: AWS::Include, Parameters: {Location: 's3://acme/x.yaml'}}\n",
        "transform with parameters is a macro",
    ),
]


@pytest.mark.parametrize(("section", "message"), MACROS)
def test_a_macro_over_the_whole_template_is_refused(section: str, message: str) -> None:
    with pytest.raises(Unreadable, match=re.escape(message)):
        drafted(f"{section}Resources:\n{BUCKET}")


def test_a_macro_that_makes_resources_is_refused_and_one_within_a_resource_is_not() -> None:
    with pytest.raises(Unreadable, match="a macro makes Resources, and may make anything"):
        resources("  Fn::Transform: {Name: Acme}\n" + BUCKET)
    text = "  B: {Type: 'AWS::S3::Bucket', Properties: {PublicAccessBlockConfiguration: {Fn::Transform: {Name: A}}}}\n"
    assert "a macro makes B.PublicAccessBlockConfiguration" in unmodelled(resources(text))["B"]


# Nonsense and traps: an error, soon, and never anything else.


def test_too_large_or_too_deep_is_refused() -> None:
    start = f"Resources:\n{BUCKET}".encode()
    read(start + b"#" * (MAX_BYTES - len(start)), "acme.yaml", Given())
    with pytest.raises(Unreadable, match=f"has {MAX_BYTES + 1} bytes"):
        read(start + b"#" * (MAX_BYTES - len(start) + 1), "acme.yaml", Given())
    for opening, closing in (("[", "]"), ('{"a":', "}")):
        deep = opening * MAX_DEPTH + "1" + closing * MAX_DEPTH
        with pytest.raises(Unreadable, match=r"no mapping|no `Resources`"):
            drafted(deep)
        with pytest.raises(Unreadable, match=f"more than {MAX_DEPTH} nested"):
            drafted(opening * (MAX_DEPTH + 1) + "1" + closing * (MAX_DEPTH + 1))
    with pytest.raises(Unreadable, match=f"more than {MAX_DEPTH} nested"):
        drafted("[" * 500_000)


def bomb(levels: int) -> str:
    lines = ["  A0: &a0 {Type: 'AWS::S3::Bucket', Properties: {Tags: &t0 [x, x, x, x, x, x, x, x, x, x]}}"]
    lines += [
        f"  A{i}: {{Type: 'AWS::Acme::T', Properties: {{P: &t{i} [{', '.join([f'*t{i - 1}'] * 10)}]}}}}"
        for i in range(1, levels)
    ]
    return "Resources:\n" + "\n".join(lines) + "\n"


CHAIN = "".join(
    f"  B{i}: {{Type: 'AWS::S3::Bucket', Properties: {{BucketName: !Sub '${{B{i + 1}}}'}}}}\n" for i in range(900)
)
DOUBLING = "".join(
    f"  B{i}: {{Type: 'AWS::S3::Bucket', Properties: {{BucketName: !Sub '${{B{i + 1}}}${{B{i + 1}}}'}}}}\n"
    for i in range(60)
)
LOOP = """
Transform: AWS::LanguageExtensions
Resources:
  Fn::ForEach::A: [A, [NUMBERS], {'Fn::ForEach::B': [B, [NUMBERS], {'Fn::ForEach::C': [C, [NUMBERS], {'X${A}x${B}x${C}': {Type: 'AWS::S3::Bucket'}}]}]}]
"""
HOSTILE = {
    "aliases that multiply": (bomb(9), "more than 600000 values"),
    "references behind references": ("Resources:\n" + CHAIN + "  B900: {Type: 'AWS::S3::Bucket'}\n", "references to references"),
    "texts that double": ("Resources:\n" + DOUBLING + "  B60: {Type: 'AWS::S3::Bucket'}\n", "a text of more than"),
    "loops in loops": (LOOP.replace("NUMBERS", ", ".join(map(str, range(100)))), "loops make more than"),
    "conditions in a circle": ("Conditions: {A: !Not [!Condition B], B: !Not [!Condition A]}\nResources:\n  X: {Type: 'AWS::S3::Bucket', Condition: A}\n", "rests on itself"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_trap_is_refused_within_seconds(name: str) -> None:
    text, message = HOSTILE[name]
    start = time.monotonic()
    with pytest.raises(Unreadable, match=re.escape(message)):
        drafted(text)
    assert time.monotonic() - start < 5


def test_nonsense_is_read_or_refused_and_nothing_else() -> None:
    texts = [path.read_text() for path in sorted(DATA.iterdir()) if path.stat().st_size < 6_000]
    tokens = [
        "!Ref",
        "[",
        "]",
        "{",
        "}",
        ":",
        "-",
        "\n",
        "  ",
        '"',
        "'",
        "Fn::If",
        "~",
        "*",
        "&a",
        "<",
        ">",
        "${",
        "null",
        "0x1",
        "<<",
    ]
    dice = random.Random(5)
    for _ in range(250):
        text = dice.choice(texts)
        for _ in range(dice.randint(1, 3)):
            at, end = dice.randrange(len(text)), dice.choice((0, 0, 1, 5, 40))
            text = text[:at] + dice.choice([*tokens, text[at : at + end]]) + text[at + end :]
        try:
            Snapshot(drafted(text).files())
        except Unreadable as error:
            assert "\n" not in str(error)


def test_properties_of_any_shape_are_read_or_refused_and_nothing_else() -> None:
    shapes = [
        "a",
        "[]",
        "{}",
        "[a]",
        "{a: b}",
        "!Ref P",
        "!Ref L",
        "[!Ref L]",
        "true",
        "-1",
        "!Ref AWS::NoValue",
        "[{a: [b]}]",
        "''",
        "!GetAtt X.Y",
    ]
    names = sorted({name for path in DATA.glob("*.yaml") for name in re.findall(r"\b([A-Z]\w+):", path.read_text())})
    dice = random.Random(7)
    for type_ in sorted(types_read()):
        for _ in range(6):
            chosen = dice.sample(names, 25)
            body = "".join(f"      {name}: {dice.choice(shapes)}\n" for name in chosen)
            text = (
                "Parameters: {P: {Type: String}, L: {Type: CommaDelimitedList}}\nResources:\n"
                f"  X: {{Type: 'AWS::Acme::Thing'}}\n  It:\n    Type: {type_}\n    Properties:\n{body}"
            )
            try:
                Snapshot(drafted(text).files())
            except Unreadable as error:
                assert "\n" not in str(error)


# Where things are written.


def test_things_and_policies_know_their_lines() -> None:
    text = (DATA / "logs.yaml").read_text().splitlines()
    draft = stored("logs.yaml")
    bucket = draft.things["arn:aws:s3:::<Reports.BucketName>"]
    assert (bucket.address, bucket.file, text[bucket.line - 1]) == ("Reports", "logs.yaml", "  Reports:")
    written = draft.documents[f"{ACCOUNT}/global/s3/get-bucket-policy/acme-website.json"]["$.Policy"]
    assert (written.address, written.attribute) == ("WebsitePolicy", "PolicyDocument")
    assert text[written.line - 2].strip() == "PolicyDocument:"


def test_json_has_lines_too_and_comes_out_as_the_same() -> None:
    text = "Resources:\n  B: {Type: 'AWS::S3::Bucket', Properties: {BucketName: {'Fn::Sub': 'acme-${AWS::Region}'}}}\n"
    plain, as_text = drafted(text), drafted(as_json(text))
    assert plain.answers == as_text.answers
    draft = drafted(json.dumps(json.loads(as_json(text)), indent=4))
    assert draft.things["arn:aws:s3:::acme-eu-west-1"].line == 3
    tabs = drafted(
        '{\n\t"Resources": {\n\t\t"B": {"Type": "AWS::S3::Bucket", "Metadata": {"x": 1.5e3, "y": "\\u00e9\\n"}}}}'
    )
    assert tabs.things["arn:aws:s3:::<B.BucketName>"].line == 3


def test_what_is_written_is_told() -> None:
    draft = stored("cdk.json")
    assert draft.planned["kind"] == "cloudformation"
    assert draft.left_out == {"AWS::CDK::Metadata": 1}
    assert (draft.read["AWS::S3::Bucket"], draft.notices) == (1, [])
    nowhere = read((DATA / "cdk.json").read_bytes(), "cdk.json", Given())
    assert nowhere.notices == [
        "a template does not say its account: 000000000000 stands for it (--account)",
        "a template does not say its region: us-east-1 is assumed (--region)",
    ]
    assert read((DATA / "cdk.json").read_bytes(), "cdk.json", Given(region="cn-north-1")).accounts == {
        "000000000000": "aws-cn"
    }


def test_the_same_template_gives_the_same_bytes() -> None:
    first, second = (stored("parameters.yaml").files() for _ in range(2))
    assert {path: get() for path, get in first.items()} == {path: get() for path, get in second.items()}


@pytest.mark.parametrize("path", sorted(DATA.iterdir()), ids=lambda p: p.name)
def test_every_template_is_a_snapshot_of_which_no_file_is_unread(path: object) -> None:
    draft = stored(str(getattr(path, "name", "")))
    inventory = inventory_of(draft)
    left = {entry.where for entry in inventory.unmodelled if "/planned-" not in entry.where}
    assert left <= {f"{ACCOUNT}/{REGION}/ec2/planned-unmodelled.json"}
    assert inventory.network.export is not None
    used = json.dumps([*draft.answers, *draft.answers.values()])
    assert all(f"<{name}>" in used for name in draft.unknowns)


# Resources that may be made or not.


def test_a_resource_whose_condition_is_open_is_not_modelled_and_says_why() -> None:
    draft = stored("parameters.yaml")
    reason = "condition IsProduction decides whether it is made: parameter Environment has no value"
    assert unmodelled(draft)["Archive"] == reason
    assert draft.read["AWS::SQS::Queue"] == 1  # one is made in any case, the other in none


@pytest.mark.parametrize(("environment", "buckets"), [("production", 2), ("staging", 1)])
def test_with_a_value_it_is_made_or_not(environment: str, buckets: int) -> None:
    draft = stored("parameters.yaml", Environment=environment)
    assert draft.read["AWS::S3::Bucket"] == buckets
    assert "Archive" not in unmodelled(draft)


def test_a_policy_whose_condition_is_open_leaves_the_bucket_open() -> None:
    text = """
Parameters: {Open: {Type: String}}
Conditions: {IsOpen: !Equals [!Ref Open, 'yes']}
Resources:
  B: {Type: 'AWS::S3::Bucket', Properties: {PublicAccessBlockConfiguration: {BlockPublicAcls: true}}}
  P:
    Type: AWS::S3::BucketPolicy
    Condition: IsOpen
    Properties:
      Bucket: !Ref B
      PolicyDocument: {Statement: [{Effect: Allow, Principal: '*', Action: 's3:GetObject', Resource: !Sub '${B.Arn}/*'}]}
"""
    assert outcomes(drafted(text), "bucket-anonymous-access") == {"<B.BucketName>": "inconclusive"}
    assert outcomes(drafted(text, Open="yes"), "bucket-anonymous-access") == {"<B.BucketName>": "violated"}
    assert outcomes(drafted(text, Open="no"), "bucket-anonymous-access") == {"<B.BucketName>": "holds"}


def test_what_a_template_does_not_say_itself_is_not_modelled() -> None:
    draft = stored("nested.yaml")
    assert unmodelled(draft).keys() >= {"Network", "Cleaner", "Pipeline", "Changes", "Existing"}
    found = {p.split("/")[2]: v["Address"] for p, v in draft.answers.items() if "/planned-AWS" in p}
    assert found["glue"] == "Pipeline"
    assert draft.left_out == {"AWS::CloudWatch::Alarm": 1}


# What controls say of whole templates.

CLAIMS: list[tuple[str, str, dict[str, str], dict[str, str]]] = [
    ("logs.yaml", "bucket-anonymous-access", {}, {"acme-website": "violated", "<Reports.BucketName>": "holds", "<Logs.BucketName>": "holds", "<Audit.BucketName>": "holds"}),
    ("logs.yaml", "bucket-anonymous-access", {"PagesName": "acme-pages"}, {"acme-pages": "violated", "<Reports.BucketName>": "holds", "<Logs.BucketName>": "holds", "<Audit.BucketName>": "holds"}),
    ("logs.yaml", "bucket-transport-encryption", {}, {"acme-website": "violated", "<Reports.BucketName>": "holds", "<Logs.BucketName>": "violated", "<Audit.BucketName>": "holds"}),
    ("cdk.json", "bucket-read-outside-organization", {}, {"<UploadsBucket5F2B1E1A.BucketName>": "violated"}),
    ("cdk.json", "bucket-transport-encryption", {}, {"<UploadsBucket5F2B1E1A.BucketName>": "holds"}),
    ("cdk.json", "function-public", {}, {"<Worker4E5F.FunctionName>": "holds"}),
    ("messages.json", "queue-anonymous", {}, {"<Inbox.QueueName>.fifo": "holds", "acme-open-inbox": "violated"}),
    ("messages.json", "function-public", {}, {"acme-orders-handler": "violated"}),
    ("messages.json", "key-outside-organization", {}, {"<OrdersKey.KeyId>": "violated", "<DefaultKey.KeyId>": "holds"}),
    ("messages.json", "secret-outside-account", {}, {"acme/orders/password": "violated"}),
    ("messages.json", "repository-outside-organization", {}, {"acme/orders": "violated"}),
    ("messages.json", "topic-anonymous", {}, {"acme-orders": "holds"}),
    ("roles.yaml", "user-escalation", {}, {"ada": "violated", "grace": "holds"}),
    ("roles.yaml", "role-boundary-required", {}, {"acme-deploy": "violated", "<Application.RoleName>": "holds"}),
    ("roles.yaml", "role-github-audience", {}, {"acme-deploy": "holds", "<Application.RoleName>": "holds"}),
    ("parameters.yaml", "bucket-anonymous-access", {}, {"acme-<Environment>-shared": "inconclusive", "<Archive.BucketName>": "inconclusive"}),
    ("parameters.yaml", "bucket-anonymous-access", {"Environment": "staging"}, {"acme-staging-shared": "inconclusive"}),
    ("parameters.yaml", "bucket-anonymous-access", {"Environment": "staging", "Readers": "arn:aws:iam::111122223333:root", "PartnerAccount": "444455556666"}, {"acme-staging-shared": "holds"}),
    ("shop.yaml", "subnet-internet-ports", {}, {"subnet-<PublicB.SubnetId>": "violated", "public-a": "holds", "subnet-<PrivateA.SubnetId>": "holds"}),
    ("shop.yaml", "subnet-internet-ports", {"AdminNetwork": "0.0.0.0/0"}, {"subnet-<PublicB.SubnetId>": "violated", "public-a": "holds", "subnet-<PrivateA.SubnetId>": "holds"}),
    ("shop.yaml", "subnet-internet-ports", {"AdminNetwork": "10.20.0.0/16"}, {"subnet-<PublicB.SubnetId>": "holds", "public-a": "holds", "subnet-<PrivateA.SubnetId>": "holds"}),
    ("hub.yaml", "vpc-ssh-outside-bastions", {}, {"vpc-<Production.VpcId>": "violated", "vpc-<Development.VpcId>": "holds", "vpc-<Tools.VpcId>": "holds"}),
    ("loops.yaml", "bucket-anonymous-access", {}, {"acme-team-alpha": "holds", "acme-team-beta": "holds", "acme-team-gamma-ray": "holds"}),
    ("serverless.yaml", "bucket-anonymous-access", {}, {"acme-pictures": "inconclusive"}),
    ("nested.yaml", "bucket-anonymous-access", {}, {"<Data.BucketName>": "inconclusive"}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "control", "given", "expected"), CLAIMS, ids=[" ".join((n, c, *g)) for n, c, g, _ in CLAIMS]
)
def test_a_control_on_a_template(name: str, control: str, given: dict[str, str], expected: dict[str, str]) -> None:
    assert outcomes(stored(name, **given), control) == expected


def test_of_many_resources_one_is_found() -> None:
    found = results(stored("teams.yaml"), "bucket-anonymous-access")
    assert len(found) == 60
    assert [target for (_, target), one in found.items() if one.outcome.value != "holds"] == ["acme-team-37"]


def test_the_instance_of_a_network_stands_in_the_answers() -> None:
    draft = stored("shop.yaml", AdminNetwork="10.0.0.0/8")
    subnets = {row["SubnetId"]: row["CidrBlock"] for row in rows(draft, "ec2/describe-subnets", "Subnets")}
    assert subnets["subnet-<PrivateA.SubnetId>"] == "10.20.2.0/24"
    health = answer(draft, "describe-target-health/hosts.json")
    assert health["TargetHealthDescriptions"] == [{"Target": {"Id": "i-<Host.InstanceId>"}}]
