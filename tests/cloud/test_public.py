"""AWS's definition of a public policy, and the doubts that the documentation leaves."""

from __future__ import annotations

from typing import Any

import pytest

from checkers.cloud.policy import Document, Origin, Principals, Statement, parse_document
from checkers.cloud.public import is_public, public_statements

OWN, FOREIGN = "111122223333", "999988887777"
BUCKET = "arn:aws:s3:::logs"
NOBODY, DOUBTFUL, EVERYBODY = (False, False), (True, False), (True, True)
Json = Any


def allow(**more: Json) -> Json:
    return {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"{BUCKET}/*", **more}


def deny(**more: Json) -> Json:
    return {**allow(**more), "Effect": "Deny"}


def given(operator: str, key: str, *values: Json) -> Json:
    """A statement that allows everyone on one condition."""
    return allow(Condition={operator: {key: list(values)}})


def read(*statements: Json, version: str = "2012-10-17") -> Document:
    return parse_document({"Version": version, "Statement": list(statements)}, Origin("file", "$.Policy", "policy"))


def both(document: Document, *, of_access_point: bool = False) -> tuple[bool, bool]:
    """Whether a policy is public, read wide and not."""
    found = [is_public(document, OWN, wide=wide, of_access_point=of_access_point) for wide in (True, False)]
    return found[0], found[1]


# Who is named.

PRINCIPALS = [
    ("everyone", {"Principal": "*"}, EVERYBODY),
    ("everyone of AWS", {"Principal": {"AWS": "*"}}, EVERYBODY),
    ("everyone beside an account", {"Principal": {"AWS": [FOREIGN, "*"]}}, EVERYBODY),
    ("an account", {"Principal": {"AWS": FOREIGN}}, NOBODY),
    ("a role", {"Principal": {"AWS": f"arn:aws:iam::{FOREIGN}:role/reader"}}, NOBODY),
    ("a service", {"Principal": {"Service": "cloudtrail.amazonaws.com"}}, NOBODY),
    ("a canonical user", {"Principal": {"CanonicalUser": "feed"}}, NOBODY),
    ("a web identity provider, an example of the page", {"Principal": {"Federated": "graph.facebook.com"}}, EVERYBODY),
    ("a provider of an account", {"Principal": {"Federated": f"arn:aws:iam::{OWN}:saml-provider/x"}}, DOUBTFUL),
    ("one provider of each kind", {"Principal": {"Federated": [f"arn:aws:iam::{OWN}:saml-provider/x", "www.amazon.com"]}}, EVERYBODY),
    ("a wildcard within, which is no policy", {"Principal": {"AWS": f"arn:aws:iam::{OWN}:role/*"}}, DOUBTFUL),
]  # fmt: skip


@pytest.mark.parametrize(("more", "expected"), [pytest.param(*c[1:], id=c[0]) for c in PRINCIPALS])
def test_a_policy_is_public_by_whom_it_names(more: Json, expected: tuple[bool, bool]) -> None:
    assert both(read(allow(**more))) == expected


def test_whoever_is_not_named_is_everybody() -> None:
    assert (
        both(read({**{k: v for k, v in allow().items() if k != "Principal"}, "NotPrincipal": {"AWS": OWN}}))
        == EVERYBODY
    )


def test_a_statement_for_nobody_is_not_public() -> None:
    assert both(read({k: v for k, v in allow().items() if k != "Principal"})) == NOBODY


def test_every_signed_principal_is_everybody() -> None:
    statement = read(allow()).statements[0]
    signed = Statement(
        "", "", "Allow", statement.actions, resources=statement.resources, principals=Principals(signed=True)
    )
    assert both(Document(Origin("", "", ""), (signed,))) == EVERYBODY


# What cannot be read.


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(parse_document("no policy", Origin("file", "$", "policy")), id="a document"),
        pytest.param(read({"Effect": "Allow"}), id="a statement"),
        pytest.param(read({"Effect": "Perhaps"}), id="an effect"),
        pytest.param(read({k: v for k, v in allow().items() if k != "Resource"}), id="a statement without Resource"),
        pytest.param(read(given("StringLikke", "aws:SourceVpc", "vpc-1")), id="an operator"),
    ],
)
def test_what_cannot_be_read_is_a_doubt(document: Document) -> None:
    assert both(document) == DOUBTFUL


def test_a_policy_that_allows_nothing_is_not_public() -> None:
    assert both(read()) == NOBODY
    assert both(read(deny())) == NOBODY
    assert both(read({**deny(), "Action": []})) == NOBODY


# Keys and values.

VPC, ORG, ROLE_ID = "vpc-91237329", "o-a1b2c3", "AROAEXAMPLE"
CONDITIONS = [
    # The examples of the page.
    ("a fixed VPC", given("StringEquals", "aws:SourceVpc", VPC), NOBODY),
    ("a VPC with a wildcard", given("StringLike", "aws:SourceVpc", "vpc-*"), EVERYBODY),
    ("access points of an account", given("StringLike", "s3:DataAccessPointArn", f"arn:aws:s3:us-west-2:{OWN}:accesspoint/*"), NOBODY),
    ("half of all addresses", given("IpAddress", "aws:SourceIp", "0.0.0.0/1"), EVERYBODY),
    # Fixed values.
    *((f"a fixed {key}", given("StringEquals", key, value), NOBODY) for key, value in [
        ("aws:PrincipalAccount", FOREIGN), ("aws:PrincipalOrgID", ORG), ("AWS:principalorgid", ORG),
        ("aws:PrincipalArn", f"arn:aws:iam::{OWN}:role/r"), ("aws:SourceArn", "arn:aws:s3:::other"), ("aws:SourceVpce", "vpce-1"),
        ("aws:VpceAccount", OWN), ("aws:VpceOrgID", ORG), ("aws:SourceAccount", OWN), ("aws:SourceOwner", OWN),
        ("aws:PrincipalOrgPaths", f"{ORG}/r-1/ou-1/"), ("aws:userid", "AIDAEXAMPLE"), ("s3:DataAccessPointAccount", OWN),
        ("s3:x-amz-server-side-encryption-aws-kms-key-id", f"arn:aws:kms:us-east-1:{OWN}:key/1"),
    ]),
    ("two fixed values", given("StringEquals", "aws:SourceVpc", VPC, "vpc-2"), NOBODY),
    ("a fixed value and a wildcard", given("StringLike", "aws:SourceVpc", VPC, "vpc-2*"), EVERYBODY),
    ("a value in any case", given("StringEqualsIgnoreCase", "aws:SourceVpc", VPC), NOBODY),
    ("a question mark", given("StringLike", "aws:SourceVpc", "vpc-9123732?"), EVERYBODY),
    ("a policy variable", given("StringEquals", "aws:SourceVpc", "${aws:PrincipalTag/vpc}"), EVERYBODY),
    ("a policy variable beside a fixed value", given("StringEquals", "aws:SourceVpc", VPC, "${aws:username}"), EVERYBODY),
    ("a wildcard that the operator takes as itself", given("StringEquals", "aws:SourceVpc", "vpc-*"), DOUBTFUL),
    ("nothing as a value", given("StringEquals", "aws:SourceVpc", ""), DOUBTFUL),
    # Operators that do not limit.
    ("another value", given("StringNotEquals", "aws:SourceVpc", VPC), EVERYBODY),
    ("a value if there is one", given("StringEqualsIfExists", "aws:SourceVpc", VPC), DOUBTFUL),
    ("for any value", given("ForAnyValue:StringEquals", "aws:PrincipalOrgPaths", f"{ORG}/r-1/"), NOBODY),
    ("for all values", given("ForAllValues:StringEquals", "aws:SourceVpc", VPC), DOUBTFUL),
    ("for all values, of which some are not fixed", given("ForAllValues:StringLike", "aws:SourceVpc", "*"), EVERYBODY),
    ("that there is a value", given("Null", "aws:SourceVpc", "false"), EVERYBODY),
    # Keys that limit nobody, and keys that are not on the list.
    ("a secret of the caller", given("StringEquals", "aws:Referer", "https://example.com"), EVERYBODY),
    ("encryption on the way", given("Bool", "aws:SecureTransport", "true"), EVERYBODY),
    ("a time", given("DateLessThan", "aws:CurrentTime", "2030-01-01"), EVERYBODY),
    ("a tag of the principal", given("StringEquals", "aws:PrincipalTag/team", "a"), DOUBTFUL),
    ("an organization that is the source", given("StringEquals", "aws:SourceOrgID", ORG), DOUBTFUL),
    ("not a tag of the principal", given("StringNotEquals", "aws:PrincipalTag/team", "a"), DOUBTFUL),
    # Services.
    ("services", given("Bool", "aws:PrincipalIsAWSService", "true"), NOBODY),
    ("services, as a boolean", given("Bool", "aws:PrincipalIsAWSService", True), NOBODY),
    ("others than services", given("Bool", "aws:PrincipalIsAWSService", "false"), EVERYBODY),
    ("services or not", given("Bool", "aws:PrincipalIsAWSService", "true", "false"), EVERYBODY),
    ("a policy variable as a boolean", given("Bool", "aws:PrincipalIsAWSService", "${aws:x}"), EVERYBODY),
    # ARNs by their account.
    ("roles of an account", given("ArnLike", "aws:PrincipalArn", f"arn:aws:iam::{OWN}:role/*"), NOBODY),
    ("roles of an account, as text", given("StringLike", "aws:PrincipalArn", f"arn:aws:iam::{OWN}:role/*"), NOBODY),
    ("any part before the account", given("ArnLike", "aws:PrincipalArn", f"arn:*:iam::{OWN}:role/*"), NOBODY),
    ("any text before the account", given("StringLike", "aws:PrincipalArn", f"arn:*:iam::{OWN}:role/*"), DOUBTFUL),
    ("roles of any account", given("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/x"), EVERYBODY),
    ("roles of accounts that begin alike", given("ArnLike", "aws:PrincipalArn", "arn:aws:iam::11112222333?:role/x*"), EVERYBODY),
    ("something that is no account", given("ArnLike", "aws:PrincipalArn", "arn:aws:iam::aws:policy/*"), EVERYBODY),
    ("any text", given("StringLike", "aws:PrincipalArn", "*reader"), EVERYBODY),
    ("a policy variable in the name", given("ArnLike", "aws:PrincipalArn", f"arn:aws:iam::{OWN}:role/${{aws:x}}"), DOUBTFUL),
    ("distributions of an account", given("ArnLike", "aws:SourceArn", f"arn:aws:cloudfront::{OWN}:distribution/*"), DOUBTFUL),
    ("buckets that begin alike", given("ArnLike", "aws:SourceArn", "arn:aws:s3:::log*"), EVERYBODY),
    # Paths of an organization, and unique ids.
    ("a unit of an organization", given("StringLike", "aws:PrincipalOrgPaths", f"{ORG}/r-1/*"), DOUBTFUL),
    ("organizations that begin alike", given("StringLike", "aws:PrincipalOrgPaths", "o-a*/r-1/*"), EVERYBODY),
    ("sessions of a role", given("StringLike", "aws:userid", f"{ROLE_ID}:*"), DOUBTFUL),
    ("a session of a role", given("StringEquals", "aws:userid", f"{ROLE_ID}:name"), DOUBTFUL),
    ("a federated user", given("StringEquals", "aws:userid", f"{OWN}:name"), DOUBTFUL),
    ("ids that begin alike", given("StringLike", "aws:userid", "AROA*:name"), EVERYBODY),
    # Addresses.
    ("one address", given("IpAddress", "aws:SourceIp", "203.0.113.7"), NOBODY),
    ("a range of /8", given("IpAddress", "aws:SourceIp", "10.0.0.0/8"), NOBODY),
    ("a range of /7", given("IpAddress", "aws:SourceIp", "8.0.0.0/7"), DOUBTFUL),
    ("two neighbours of /8", given("IpAddress", "aws:SourceIp", "8.0.0.0/8", "9.0.0.0/8"), DOUBTFUL),
    ("two ranges of /8 apart", given("IpAddress", "aws:SourceIp", "8.0.0.0/8", "10.0.0.0/8"), NOBODY),
    ("every address of IPv4", given("IpAddress", "aws:SourceIp", "0.0.0.0/0"), EVERYBODY),
    ("one range and every address", given("IpAddress", "aws:SourceIp", "8.0.0.0/8", "0.0.0.0/0"), EVERYBODY),
    ("a range of /32 of IPv6", given("IpAddress", "aws:SourceIp", "2001:db8::/32"), NOBODY),
    ("a range of /31 of IPv6", given("IpAddress", "aws:SourceIp", "2001:db8::/31"), DOUBTFUL),
    ("private addresses of IPv6", given("IpAddress", "aws:SourceIp", "fc00::/7"), DOUBTFUL),
    ("every address of IPv6", given("IpAddress", "aws:SourceIp", "::/0"), EVERYBODY),
    ("every address", given("IpAddress", "aws:SourceIp", "0.0.0.0/0", "::/0"), EVERYBODY),
    ("the last of IPv4 and the first of IPv6", given("IpAddress", "aws:SourceIp", "255.0.0.0/8", "::/32"), NOBODY),
    ("an address as text", given("StringEquals", "aws:SourceIp", "203.0.113.7"), DOUBTFUL),
    ("other addresses", given("NotIpAddress", "aws:SourceIp", "203.0.113.7"), DOUBTFUL),
    ("addresses of another key", given("IpAddress", "aws:VpcSourceIp", "203.0.113.7"), DOUBTFUL),
    # Operators of another type.
    ("an account as a number", given("NumericEquals", "aws:PrincipalAccount", OWN), DOUBTFUL),
    ("an account as bytes", given("BinaryEquals", "aws:PrincipalAccount", "aGk="), DOUBTFUL),
]  # fmt: skip


@pytest.mark.parametrize(("statement", "expected"), [pytest.param(*c[1:], id=c[0]) for c in CONDITIONS])
def test_a_condition_limits(statement: Json, expected: tuple[bool, bool]) -> None:
    assert both(read(statement)) == expected


def test_one_condition_that_limits_is_enough() -> None:
    condition = {
        "StringEquals": {"aws:SourceVpc": VPC, "aws:Referer": "x"},
        "StringNotEquals": {"aws:SourceAccount": OWN},
    }
    assert both(read(allow(Condition=condition))) == NOBODY


def test_an_old_policy_has_no_variables() -> None:
    statement = given("StringEquals", "aws:SourceVpc", "${aws:username}")
    assert both(read(statement, version="2008-10-17")) == DOUBTFUL


def test_one_public_statement_makes_the_policy_public() -> None:
    document = read(allow(Principal={"AWS": FOREIGN}), allow(Sid="open"), given("StringEquals", "aws:SourceOrgID", ORG))
    assert both(document) == EVERYBODY
    assert [s.sid for s in public_statements(document, OWN, wide=False)] == ["open"]
    assert [s.path for s in public_statements(document, OWN, wide=True)] == ["Statement[1]", "Statement[2]"]


# What is let do.

ACTIONS = [
    ("reading", {"Action": "s3:GetObject"}, EVERYBODY),
    ("everything", {"Action": "*"}, EVERYBODY),
    ("all but reading", {"NotAction": "s3:GetObject"}, EVERYBODY),
    ("all but S3", {"NotAction": "s3:*"}, DOUBTFUL),
    ("a name that begins like one that exposes", {"Action": "s3:GetObjectTagg*"}, EVERYBODY),
    ("what exposes nothing", {"Action": "s3:BypassGovernanceRetention"}, DOUBTFUL),
]


@pytest.mark.parametrize(("more", "expected"), [pytest.param(*c[1:], id=c[0]) for c in ACTIONS])
def test_a_policy_is_surely_public_only_if_it_exposes(more: Json, expected: tuple[bool, bool]) -> None:
    assert both(read({k: v for k, v in allow().items() if k != "Action"} | more)) == expected


# Whether Deny counts is not said: a policy is surely public only if something is left of it.

PLAIN = {"Bool": {"aws:SecureTransport": "false"}}
OTHERS = {"StringNotEquals": {"aws:PrincipalOrgID": ORG}}
OLD = {"NumericLessThan": {"s3:TlsVersion": "1.2"}}
UNENCRYPTED = {"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}}
TREE = [BUCKET, f"{BUCKET}/*"]
DENIALS = [
    ("of everything", [deny()], DOUBTFUL),
    ("of others than the organization", [deny(Condition=OTHERS)], DOUBTFUL),
    ("of everyone but one", [deny(Principal=None, NotPrincipal={"AWS": OWN})], DOUBTFUL),
    ("that cannot be read", [{"Effect": "Deny"}], DOUBTFUL),
    ("or Allow, which cannot be read", [{"Effect": "Perhaps"}], DOUBTFUL),
    ("of some accounts", [deny(Principal={"AWS": FOREIGN})], EVERYBODY),
    ("of nobody", [deny(Principal=None)], EVERYBODY),
    ("of another action", [deny(Action="s3:PutObject")], EVERYBODY),
    ("of all but an action", [deny(Action=None, NotAction="s3:GetObject")], EVERYBODY),
    ("of all but another action", [deny(Action=None, NotAction="s3:PutObject")], DOUBTFUL),
    ("of some objects", [deny(Resource=f"{BUCKET}/private/*")], EVERYBODY),
    ("of the bucket", [deny(Action="s3:*", Resource=BUCKET)], EVERYBODY),
    ("of all but some objects", [deny(Resource=None, NotResource=f"{BUCKET}/open/*")], DOUBTFUL),
    ("of objects by a policy variable", [deny(Resource=f"{BUCKET}/${{aws:username}}")], DOUBTFUL),
    ("without Resource", [deny(Resource=None)], DOUBTFUL),
    ("of plain requests", [deny(Action="s3:*", Resource=TREE, Condition=PLAIN)], EVERYBODY),
    ("of plain requests, twice", [deny(Condition=PLAIN), deny(Condition=PLAIN)], EVERYBODY),
    ("of plain requests and of old ones", [deny(Condition=PLAIN), deny(Condition=OLD)], EVERYBODY),
    ("of plain requests and of others", [deny(Condition=PLAIN), deny(Condition={"Bool": {"aws:SecureTransport": "true"}})], DOUBTFUL),
    ("of all requests by two values", [deny(Condition={"Bool": {"aws:SecureTransport": ["true", "false"]}})], DOUBTFUL),
    ("of unencrypted objects", [deny(Condition=UNENCRYPTED)], EVERYBODY),
    ("of what is not secure, said as text", [deny(Condition={"StringNotEquals": {"aws:SecureTransport": "true"}})], EVERYBODY),
    ("of what nobody can choose", [deny(Condition={"StringNotEquals": {"aws:SecureTransport": "yes"}})], DOUBTFUL),
    ("of requests without a header", [deny(Condition={"Null": {"s3:x-amz-acl": "true"}})], EVERYBODY),
    ("of requests with and without a header", [deny(Condition={"Null": {"s3:x-amz-acl": ["true", "false"]}})], DOUBTFUL),
    ("under a set operator", [deny(Condition={"ForAnyValue:StringEquals": {"s3:x-amz-acl": "x"}})], DOUBTFUL),
    ("under an operator that cannot be read", [deny(Condition={"StringLikke": {"s3:x-amz-acl": "x"}})], DOUBTFUL),
    ("under a policy variable", [deny(Condition={"StringEquals": {"s3:prefix": "${aws:username}"}})], DOUBTFUL),
    ("on a time that nobody chooses", [deny(Condition={"DateGreaterThan": {"aws:CurrentTime": "2020-01-01"}})], DOUBTFUL),
    ("on every number", [deny(Condition={"NumericNotEquals": {"s3:max-keys": "5"}})], EVERYBODY),
]  # fmt: skip


@pytest.mark.parametrize(("denials", "expected"), [pytest.param(*c[1:], id=c[0]) for c in DENIALS])
def test_an_open_policy_with_a_deny(denials: list[Json], expected: tuple[bool, bool]) -> None:
    kept = [{k: v for k, v in row.items() if v is not None} for row in denials]
    assert both(read(allow(), *kept)) == expected
    assert both(read(*kept, allow())) == expected


def test_a_key_that_the_allow_asks_about_is_not_free() -> None:
    asked = {"Bool": {"aws:SecureTransport": "false"}}
    assert both(read(allow(Condition=asked), deny(Condition=asked))) == DOUBTFUL


def test_actions_and_resources_of_another_kind_are_nothing() -> None:
    statement = allow(Action=["s3:GetObject", "s3:ListBucket"], Resource=TREE)
    assert both(read(statement, deny())) == EVERYBODY  # the list of objects is left
    assert both(read(statement, deny(), deny(Action="s3:ListBucket", Resource=BUCKET))) == DOUBTFUL
    assert both(read(allow(Resource=TREE), deny())) == DOUBTFUL


@pytest.mark.parametrize("resource", [{"NotResource": BUCKET}, {"Resource": f"{BUCKET}/${{aws:username}}"}])
def test_resources_that_are_not_looked_into(resource: Json) -> None:
    statement = {k: v for k, v in allow().items() if k != "Resource"} | resource
    assert both(read(statement)) == EVERYBODY
    assert both(read(statement, deny(Resource=f"{BUCKET}/private/*"))) == DOUBTFUL


# Access points.

POINT = f"arn:aws:s3:us-west-2:{OWN}:accesspoint/"
BEHIND = [
    ("a set of access points, an example of the page", given("StringLike", "s3:DataAccessPointArn", f"{POINT}*"), EVERYBODY),
    ("one access point", given("StringEquals", "s3:DataAccessPointArn", f"{POINT}x"), DOUBTFUL),
    ("another access point", given("StringNotLike", "s3:DataAccessPointArn", f"{POINT}*"), DOUBTFUL),
    ("an access point by a policy variable", given("StringLike", "s3:DataAccessPointArn", f"{POINT}${{aws:x}}"), EVERYBODY),
    ("access points of an account", given("StringEquals", "s3:DataAccessPointAccount", OWN), DOUBTFUL),
    ("a VPC", given("StringEquals", "aws:SourceVpc", VPC), NOBODY),
]  # fmt: skip


@pytest.mark.parametrize(("statement", "expected"), [pytest.param(*c[1:], id=c[0]) for c in BEHIND])
def test_the_policy_of_an_access_point(statement: Json, expected: tuple[bool, bool]) -> None:
    assert both(read(statement), of_access_point=True) == expected
