"""Trust policies of workloads: who may use their roles."""

from collections.abc import Callable

from generator.setting import LARGE, ORGANIZATION, REPOSITORIES, TOOLING, part, region, team
from generator.statements import Document, trust

CODE_HOST = "token.actions.githubusercontent.com"
CLUSTER = "oidc.eks.eu-west-1.amazonaws.com/id/6C1E0B5D9A7F4E2C8B3A1D0F5E6C7B8A"


def service(name: str) -> Callable[[int], Document]:
    """A service, for whichever of its resources."""
    return lambda _: trust({"Service": f"{name}.amazonaws.com"})


def service_of_account(name: str, source: str) -> Callable[[int], Document]:
    """A service on behalf of resources of the account only."""
    return lambda i: trust(
        {"Service": f"{name}.amazonaws.com"},
        {
            "StringEquals": {"aws:SourceAccount": LARGE},
            "ArnLike": {"aws:SourceArn": f"arn:aws:{source}:{region(i)}:{LARGE}:*"},
        },
    )


def cluster(i: int) -> Document:
    """The pods of one service account."""
    return trust(
        {"Federated": f"arn:aws:iam::{LARGE}:oidc-provider/{CLUSTER}"},
        {
            "StringEquals": {
                f"{CLUSTER}:aud": "sts.amazonaws.com",
                f"{CLUSTER}:sub": f"system:serviceaccount:{team(i)}:{part(i)}",
            }
        },
        "sts:AssumeRoleWithWebIdentity",
    )


def code_host(i: int) -> Document:
    """The workflows of one repository, on its main branch or in its environment."""
    subject = f"repo:{REPOSITORIES}/{team(i)}:" + ("environment:production" if i % 3 else "ref:refs/heads/main")
    if i % 31 == 7:  # noqa: PLR2004  a mistake: branches of anybody's fork of a repository of this name
        subject = f"repo:*/{team(i)}:*"
    return trust(
        {"Federated": f"arn:aws:iam::{LARGE}:oidc-provider/{CODE_HOST}"},
        {"StringEquals": {f"{CODE_HOST}:aud": "sts.amazonaws.com"}, "StringLike": {f"{CODE_HOST}:sub": subject}},
        "sts:AssumeRoleWithWebIdentity",
    )


def pipeline(i: int) -> Document:
    """The team's pipeline in the account for tools."""
    role = f"arn:aws:iam::{TOOLING}:role/pipeline/{team(i)}-pipeline"
    return trust({"AWS": role}, {"StringEquals": {"aws:PrincipalOrgID": ORGANIZATION}})


def everyone_of_account(_: int) -> Document:
    """Whoever the account allows, with a second factor."""
    return trust({"AWS": f"arn:aws:iam::{LARGE}:root"}, {"Bool": {"aws:MultiFactorAuthPresent": "true"}})
