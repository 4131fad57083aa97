"""IAM of a Terraform plan: what controls say of the snapshot that the plan becomes."""

from __future__ import annotations

import pytest

from auditctl.planned.terraform.access_iam import READ
from planned.outcomes import inventory_of, outcome, outcomes, results
from planned.terraform_plans import (
    ADMINISTRATOR,
    ESCALATES,
    HOLDS,
    INCONCLUSIVE,
    OWN,
    READS,
    STRANGER,
    TRUST,
    VIOLATED,
    Json,
    Ref,
    Unknown,
    draft_of,
    existing,
    gone,
    managed,
    resource,
    role,
    statement,
    text,
)

USER = resource("aws_iam_user.dana", name="dana", path="/")
GROUP = resource("aws_iam_group.staff", name="staff", path="/")
ALL = Ref("aws_iam_policy.all.arn")
APP = Ref("aws_iam_role.app.name", "app")
DANA, STAFF = Ref("aws_iam_user.dana.name", "dana"), Ref("aws_iam_group.staff.name", "staff")

# By sentence: resources, a control, and its outcome.
IDENTITIES: dict[str, tuple[list[Json], str, str]] = {
    "a role alone may do nothing": ([role()], "role-escalation", HOLDS),
    "an inline policy within a role": (
        [role(inline_policy=[{"name": "one", "policy": ESCALATES}])],
        "role-escalation",
        VIOLATED,
    ),
    "an empty inline block": ([role(inline_policy=[{"name": None, "policy": None}])], "role-escalation", HOLDS),
    "a managed policy by ARN within a role": (
        [role(managed_policy_arns=[ADMINISTRATOR])],
        "role-escalation",
        VIOLATED,
    ),
    "a managed policy of the plan within a role": (
        [role(managed_policy_arns=[ALL]), managed()],
        "role-escalation",
        VIOLATED,
    ),
    "an inline policy by itself": (
        [role(), resource("aws_iam_role_policy.one", role=APP, policy=ESCALATES)],
        "role-escalation",
        VIOLATED,
    ),
    "an inline policy by itself that reads": (
        [role(), resource("aws_iam_role_policy.one", role=Ref("aws_iam_role.app.id"), policy=READS)],
        "role-escalation",
        HOLDS,
    ),
    "an attachment": (
        [role(), managed(), resource("aws_iam_role_policy_attachment.one", role=APP, policy_arn=ALL)],
        "role-escalation",
        VIOLATED,
    ),
    "an attachment of a policy that reads": (
        [role(), managed(READS), resource("aws_iam_role_policy_attachment.one", role=APP, policy_arn=ALL)],
        "role-escalation",
        HOLDS,
    ),
    "an attachment of a policy of AWS that is not in the plan": (
        [
            role(),
            resource(
                "aws_iam_role_policy_attachment.one", role=APP, policy_arn="arn:aws:iam::aws:policy/ReadOnlyAccess"
            ),
        ],
        "role-escalation",
        INCONCLUSIVE,
    ),
    "an attachment of a policy of AWS that is known": (
        [
            role(),
            resource(
                "aws_iam_role_policy_attachment.one", role=APP, policy_arn="arn:aws:iam::aws:policy/IAMFullAccess"
            ),
        ],
        "role-escalation",
        VIOLATED,
    ),
    "a policy of AWS that the plan has read": (
        [
            role(),
            resource(
                "aws_iam_role_policy_attachment.one", role=APP, policy_arn="arn:aws:iam::aws:policy/IAMFullAccess"
            ),
            resource(
                "data.aws_iam_policy.full",
                mode="data",
                actions=("read",),
                name="IAMFullAccess",
                path="/",
                arn="arn:aws:iam::aws:policy/IAMFullAccess",
                policy=ESCALATES,
            ),
        ],
        "role-escalation",
        VIOLATED,
    ),
    "an attachment for several": (
        [role(), managed(), resource("aws_iam_policy_attachment.one", name="x", policy_arn=ALL, roles=["app"])],
        "role-escalation",
        VIOLATED,
    ),
    "all attachments of a role": (
        [
            role(),
            managed(),
            resource("aws_iam_role_policy_attachments_exclusive.one", role_name=APP, policy_arns=[ADMINISTRATOR]),
        ],
        "role-escalation",
        VIOLATED,
    ),
    "all inline policies of a role": (
        [role(), resource("aws_iam_role_policies_exclusive.one", role_name=APP, policy_names=[])],
        "role-escalation",
        HOLDS,
    ),
    "a policy that is not known": (
        [role(), resource("aws_iam_role_policy.one", role=APP, policy=Unknown("aws_iam_role.app.arn"))],
        "role-escalation",
        INCONCLUSIVE,
    ),
    "a permissions boundary": (
        [role(permissions_boundary=ALL, inline_policy=[{"name": "one", "policy": ESCALATES}]), managed(READS)],
        "role-escalation",
        HOLDS,
    ),
    "a role that another account may assume": (
        [role(assume_role_policy=text({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": STRANGER}))],
        "role-trust-outside-organization",
        VIOLATED,
    ),
    "a role that a service may assume": ([role()], "role-trust-outside-organization", HOLDS),
    "a user alone may do nothing": ([USER], "user-escalation", HOLDS),
    "a policy of a user": (
        [USER, resource("aws_iam_user_policy.one", user=DANA, policy=ESCALATES)],
        "user-escalation",
        VIOLATED,
    ),
    "a policy of a user that reads": (
        [USER, resource("aws_iam_user_policy.one", user=DANA, policy=READS)],
        "user-escalation",
        HOLDS,
    ),
    "an attachment to a user": (
        [USER, managed(), resource("aws_iam_user_policy_attachment.one", user=DANA, policy_arn=ALL)],
        "user-escalation",
        VIOLATED,
    ),
    "a user in a group with a policy": (
        [
            USER,
            GROUP,
            resource("aws_iam_group_policy.one", group=STAFF, policy=ESCALATES),
            resource("aws_iam_user_group_membership.one", user=DANA, groups=["staff"]),
        ],
        "user-escalation",
        VIOLATED,
    ),
    "a group that lists its users": (
        [
            USER,
            GROUP,
            managed(),
            resource("aws_iam_group_policy_attachment.one", group=STAFF, policy_arn=ALL),
            resource("aws_iam_group_membership.one", name="x", group=STAFF, users=["dana"]),
        ],
        "user-escalation",
        VIOLATED,
    ),
    "a group with a policy that the user is not in": (
        [USER, GROUP, resource("aws_iam_group_policy.one", group=STAFF, policy=ESCALATES)],
        "user-escalation",
        HOLDS,
    ),
    "a user in a group that is not in the plan": (
        [USER, resource("aws_iam_user_group_membership.one", user=DANA, groups=["existing"])],
        "user-escalation",
        INCONCLUSIVE,
    ),
    "a group that may assume a role": (
        [GROUP, resource("aws_iam_group_policy.one", group=STAFF, policy=text(statement("sts:AssumeRole")))],
        "group-assume-role",
        VIOLATED,
    ),
    "a group that may read": (
        [GROUP, resource("aws_iam_group_policy.one", group=STAFF, policy=READS)],
        "group-assume-role",
        HOLDS,
    ),
    "a managed policy that administers": ([managed(text(statement("*")))], "policy-administration", VIOLATED),
    "a managed policy that reads": ([managed(READS)], "policy-administration", HOLDS),
}


@pytest.mark.parametrize("case", IDENTITIES)
def test_identities(case: str) -> None:
    resources, control, expected = IDENTITIES[case]
    assert outcome(draft_of(*resources), control) == expected


def test_a_role_that_is_not_in_the_plan_has_what_the_plan_gives_it_and_more() -> None:
    draft = draft_of(role(), resource("aws_iam_role_policy.one", role="existing", policy=ESCALATES))
    assert outcomes(draft, "role-escalation") == {"app": HOLDS, "existing": INCONCLUSIVE}
    found = results(draft, "role-escalation")["role-escalation", "existing"]
    assert "a policy of the unplanned role existing is attached" in str(found.reasons)
    assert outcomes(draft, "role-trust-outside-organization") == {"app": HOLDS, "existing": INCONCLUSIVE}


def test_users_and_groups_that_are_not_in_the_plan() -> None:
    draft = draft_of(
        resource("aws_iam_user_policy.one", user="erin", policy=ESCALATES),
        resource("aws_iam_group_policy.one", group="admins", policy=ESCALATES),
        USER,
    )
    assert outcomes(draft, "user-escalation") == {"dana": HOLDS, "erin": INCONCLUSIVE}
    assert outcomes(draft, "group-assume-role") == {"admins": INCONCLUSIVE}


def test_what_a_data_source_has_of_a_role_is_known() -> None:
    draft = draft_of(
        resource("aws_iam_role_policy.one", role="existing", policy=READS),
        resource(
            "data.aws_iam_role.existing",
            mode="data",
            actions=("read",),
            name="existing",
            path="/team/",
            arn=f"arn:aws:iam::{OWN}:role/team/existing",
            assume_role_policy=TRUST,
        ),
    )
    assert outcome(draft, "role-trust-outside-organization") == HOLDS
    assert list(inventory_of(draft).principals) == [f"arn:aws:iam::{OWN}:role/team/existing"]


def test_a_policy_for_a_role_that_may_be_any_leaves_everything_open() -> None:
    draft = draft_of(
        role(), role("other"), resource("aws_iam_role_policy.one", role=Unknown("local.roles"), policy=ESCALATES)
    )
    assert outcomes(draft, "role-account-public-access") == {"app": INCONCLUSIVE, "other": INCONCLUSIVE}


def test_instance_profiles_belong_to_their_roles() -> None:
    draft = draft_of(role(), resource("aws_iam_instance_profile.web", name="web", path="/", role=APP))
    answer = draft.answers[f"{OWN}/global/iam/get-account-authorization-details.json"]
    assert [p["InstanceProfileName"] for p in answer["RoleDetailList"][0]["InstanceProfileList"]] == ["web"]


def test_a_password_policy_may_let_users_change_their_passwords() -> None:
    kind = "aws_iam_account_password_policy.x"
    assert inventory_of(draft_of(resource(kind, allow_users_to_change_password=True))).unmodelled
    assert not inventory_of(draft_of(resource(kind, allow_users_to_change_password=False))).unmodelled


def test_origins_name_the_resource_that_has_the_document() -> None:
    draft = draft_of(role(), resource("aws_iam_role_policy.one", role=APP, policy=ESCALATES))
    (found,) = inventory_of(draft).principals.values()
    origins = [draft.documents[d.origin.file][d.origin.path] for d in found.documents]
    assert [o.address for o in origins] == ["aws_iam_role_policy.one"]
    assert draft.things[found.arn].address == "aws_iam_role.app"


# Roles that were there before.

NAMED = {"name": "app", "path": "/", "assume_role_policy": TRUST}
INLINE = [{"name": "old", "policy": ESCALATES}]
ATTACHED = "aws_iam_role_policy_attachment.old"
BEFORE: dict[str, tuple[list[Json], str]] = {
    "nothing": ([existing("aws_iam_role.app", **NAMED)], HOLDS),
    "an attached policy": (
        [existing("aws_iam_role.app", {"managed_policy_arns": [ADMINISTRATOR]}, **NAMED)],
        VIOLATED,
    ),
    "an attached policy that goes": (
        [
            existing("aws_iam_role.app", {"managed_policy_arns": [ADMINISTRATOR]}, **NAMED),
            gone(ATTACHED, role="app", policy_arn=ADMINISTRATOR),
        ],
        HOLDS,
    ),
    "an attached policy of several that goes": (
        [
            existing("aws_iam_role.app", {"managed_policy_arns": [ADMINISTRATOR]}, **NAMED),
            gone("aws_iam_policy_attachment.old", roles=["app"], policy_arn=ADMINISTRATOR),
        ],
        HOLDS,
    ),
    "an attached policy that the list of all does not have": (
        [
            existing("aws_iam_role.app", {"managed_policy_arns": [ADMINISTRATOR]}, **NAMED),
            resource("aws_iam_role_policy_attachments_exclusive.all", role_name="app", policy_arns=[]),
        ],
        HOLDS,
    ),
    "an attached policy that the configuration does not have": (
        [existing("aws_iam_role.app", managed_policy_arns=[], **NAMED)],
        HOLDS,
    ),
    "an inline policy, as of dynamic blocks": (
        [existing("aws_iam_role.app", {"inline_policy": INLINE}, **NAMED)],
        VIOLATED,
    ),
    "an inline policy that goes": (
        [
            existing("aws_iam_role.app", {"inline_policy": INLINE}, **NAMED),
            gone("aws_iam_role_policy.old", role="app", name="old", policy=ESCALATES),
        ],
        HOLDS,
    ),
    "an inline policy that changes": (
        [
            existing("aws_iam_role.app", {"inline_policy": INLINE}, **NAMED),
            existing("aws_iam_role_policy.old", role="app", name="old", policy=READS),
        ],
        HOLDS,
    ),
}


@pytest.mark.parametrize("case", BEFORE)
def test_roles_that_were_there_before(case: str) -> None:
    resources, expected = BEFORE[case]
    assert outcome(draft_of(*resources), "role-escalation") == expected


# Types that are read as others are, and those of the tests above that are no table.
ALIKE = {
    *(f"aws_iam_{kind}_policies_exclusive" for kind in ("user", "group")),
    *(f"aws_iam_{kind}_policy_attachments_exclusive" for kind in ("user", "group")),
    "aws_iam_account_password_policy",
    "aws_iam_instance_profile",
    "aws_iam_service_linked_role",  # no thing
}


def test_every_type_that_is_read_is_in_a_test() -> None:
    tested = {r["row"]["type"] for resources, *_ in IDENTITIES.values() for r in resources}
    assert READ - tested == ALIKE
