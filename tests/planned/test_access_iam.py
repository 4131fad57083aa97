"""IAM of a plan, written as an answer: what the checker reads of it, and what controls say."""

from __future__ import annotations

import pytest

from auditctl.planned.draft import Draft
from auditctl.planned.things import Group, ManagedPolicy, User
from planned.outcomes import inventory_of, outcome, outcomes, reasons, results
from planned.some_things import (
    ADMINISTRATOR,
    HOLDS,
    INCONCLUSIVE,
    OWN,
    VIOLATED,
    Json,
    allow,
    at,
    draft_of,
    role,
    unwritten,
    written,
)


def test_identities_are_read_with_their_policies_tags_boundary_and_groups() -> None:
    own = f"arn:aws:iam::{OWN}:policy/team/limit"
    draft = draft_of(
        ManagedPolicy(**at("p"), name="limit", path="/team/", policy=written(allow("s3:*"), address="p")),
        role(
            "app",
            path="/team/",
            boundary=own,
            attached=(own, ADMINISTRATOR),
            inline={"more": written(allow("sqs:*"))},
            tags={"team": "data"},
            profiles=("web",),
        ),
        Group(**at("g"), name="staff", inline={"base": written(allow("sns:*"))}),
        User(**at("u"), name="dana", groups=("staff",), attached=(own,), boundary=own),
    )
    inventory = inventory_of(draft)
    found = inventory.principals[f"arn:aws:iam::{OWN}:role/team/app"]
    assert (found.path, found.tags) == ("/team/", {"team": "data"})
    assert [d.problem for d in (*found.documents, found.boundary, found.trust) if d is not None] == [None] * 5
    assert [d.origin.name for d in found.documents] == ["inline policy more of app", "limit", "AdministratorAccess"]
    assert found.boundary is not None
    assert draft.documents[found.boundary.origin.file][found.boundary.origin.path].address == "p"
    dana = inventory.principals[f"arn:aws:iam::{OWN}:user/dana"]
    assert [d.origin.name for d in dana.documents] == ["limit", "inline policy base of staff"]
    assert draft.things[found.arn].address == "aws_iam_role.app"
    (details,) = (answer for path, answer in draft.answers.items() if "get-account-auth" in path)
    (profile,) = details["RoleDetailList"][0]["InstanceProfileList"]
    assert profile["Arn"] == f"arn:aws:iam::{OWN}:instance-profile/web"


def test_every_document_of_iam_has_its_origin() -> None:
    draft = draft_of(
        role("app", inline={"one": written(allow("s3:*"), address="inline_one")}),
        User(**at("u"), name="dana", inline={"two": written(allow("s3:*"), address="inline_two")}),
    )
    for principal in inventory_of(draft).principals.values():
        for one in (*principal.documents, *([principal.trust] if principal.trust else [])):
            assert draft.documents[one.origin.file][one.origin.path].address in {
                "inline_one",
                "inline_two",
                "the_policy",
            }


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, HOLDS),
        ({"attached": (ADMINISTRATOR,)}, VIOLATED),
        ({"inline": {"all": written(allow("iam:*"))}}, VIOLATED),
        ({"inline": {"all": written(allow("iam:*"))}, "boundary": ADMINISTRATOR}, VIOLATED),
        ({"attached": ("arn:aws:iam::aws:policy/job-function/Billing",)}, INCONCLUSIVE),
        ({"inline": {"all": unwritten("aws_iam_role_policy.all.policy")}}, INCONCLUSIVE),
    ],
)
def test_what_a_role_may_do(more: Json, expected: str) -> None:
    assert outcome(draft_of(role("app", **more)), "role-escalation") == expected


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({"attached": ("arn:aws:iam::aws:policy/job-function/Billing",)}, "job-function/Billing is attached"),
        ({"inline": {"all": unwritten("aws_iam_role_policy.all.policy")}}, "aws_iam_role_policy.all.policy"),
    ],
)
def test_a_document_that_is_not_there_is_named(more: Json, named: str) -> None:
    assert named in reasons(draft_of(role("app", **more)), "role-escalation")


def test_one_unknown_document_leaves_the_other_roles_decided() -> None:
    draft = draft_of(role("app", inline={"all": unwritten("x.y.policy")}), role("other"))
    assert outcomes(draft, "role-escalation") == {"app": INCONCLUSIVE, "other": HOLDS}


def test_an_unknown_action_makes_the_whole_document_unknown_and_only_that() -> None:
    draft = Draft({})
    action = draft.unknown("data.external.x.result", "text", example="s3:GetObject")
    draft_of(role("app", inline={"all": written(allow(action))}), role("other"), draft=draft)
    assert outcomes(draft, "role-escalation") == {"app": INCONCLUSIVE, "other": HOLDS}
    assert "data.external.x.result" in str(results(draft, "role-escalation")["role-escalation", "app"].reasons)


def test_an_attached_policy_that_may_be_any_leaves_the_role_open() -> None:
    draft = Draft({})
    arn = draft.unknown("aws_iam_role_policy_attachment.x.policy_arn", "text", example="arn:aws:iam::aws:policy/X")
    draft_of(role("app", attached=(arn,)), role("other"), draft=draft)
    assert outcomes(draft, "role-escalation") == {"app": INCONCLUSIVE, "other": HOLDS}


def test_a_group_that_is_not_planned_may_give_its_users_anything() -> None:
    draft = draft_of(User(**at("u"), name="dana", groups=("admins",)), User(**at("v"), name="erin"))
    assert outcomes(draft, "user-escalation") == {"dana": INCONCLUSIVE, "erin": HOLDS}


def test_a_policy_of_aws_may_come_with_the_plan() -> None:
    arn = "arn:aws:iam::aws:policy/job-function/Billing"
    given = ManagedPolicy(**at("data.p"), name="Billing", arn=arn, policy=written(allow("iam:*")))
    assert outcome(draft_of(role("app", attached=(arn,)), given), "role-escalation") == VIOLATED


def test_an_unknown_tag_is_none_that_is_written() -> None:
    draft = Draft({})
    value = draft.unknown("aws_iam_role.app.tags", "text", example="x")
    draft_of(role("app", tags={"team": value}), draft=draft)
    (found,) = (p for p in inventory_of(draft).principals.values())
    assert found.tags["team"].startswith("<aws_iam_role.app.tags")


def test_a_path_that_is_not_known_is_one_all_the_same() -> None:
    draft = Draft({})
    path = draft.unknown("aws_iam_role.app.path", "text", example="/x/")
    draft_of(role("app", path=path), draft=draft)
    (found,) = inventory_of(draft).principals.values()
    assert found.path.startswith("/<aws_iam_role.app.path")
    assert outcome(draft, "role-trust-outside-organization") == HOLDS
