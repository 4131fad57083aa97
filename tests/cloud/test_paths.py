"""Chains of steps: which are found, which are out of reach, and what is refused of their certificates."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest

from auditctl.audit import claims_of
from auditctl.controls.steps import expand_steps
from auditctl.search.paths import search_path
from checkers.cloud.chains import GOAL, OUTSIDE, Node
from checkers.cloud.claims import check_claim, question_of
from checkers.cloud.control import parse_control
from checkers.cloud.holders import read_holders
from checkers.cloud.paths import chains_of, check_path, path_in_words, steps_digest, walk_of
from checkers.kernel.formula import TRUE
from checkers.verdict import Declined, Rejected, Unreadable
from cloud.setting import (
    BUCKET,
    FOREIGN,
    HOLDS,
    INCONCLUSIVE,
    OTHER,
    OWN,
    VIOLATED,
    allow,
    attached,
    buckets,
    deny,
    document,
    group,
    iam,
    iam_file,
    inventory_of,
    managed,
    policy_of,
    role,
    setting,
    trust,
    user,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from checkers.cloud.claims import Claim
    from checkers.cloud.inventory import Inventory

ARN = f"arn:aws:iam::{OWN}"
ALICE, CI, BUILD = f"{ARN}:user/alice", f"{ARN}:role/ci", f"{ARN}:role/build"
ADMIN: dict[str, Any] = {"admin": True}
LAMBDA = trust({"Service": "lambda.amazonaws.com"})
ROOT = trust({"AWS": f"{ARN}:root"})


def to(*principals: str) -> dict[str, Any]:
    return {"principal": list(principals)}


def may(action: str, resource: str = "*") -> dict[str, Any]:
    return {"request": {"action": [action], "resource": [resource]}}


def canonical(goal: Any, *steps: str, start: Any = (ALICE,), kind: str = "account", **more: Any) -> dict[str, Any]:
    chosen = expand_steps(steps or ["escalation"], admin="admin" in goal)
    path = {"from": list(start), "steps": chosen, "to": goal, **more}
    return {
        "format": "auditctl-control/1",
        "id": "asked",
        "title": "asked",
        "for_each": kind,
        "forbid": {"path": {k: v for k, v in path.items() if v != []}},
    }


def claim_of(files: Any, control: Any, target: str = "") -> tuple[Claim, Inventory]:
    inventory = inventory_of(files)
    found = [c for c in claims_of([parse_control(control, "c")], inventory) if target in ("", c.target.id)]
    return found[0], inventory


def certificate_of(files: Any, control: Any, target: str = "") -> Any:
    claim, inventory = claim_of(files, control, target)
    found = search_path(claim, inventory)
    return found if isinstance(found, tuple) else json.loads(json.dumps(found))


def outcome(files: Any, control: Any, target: str = "") -> str:
    certificate = certificate_of(files, control, target)
    if isinstance(certificate, tuple):
        return INCONCLUSIVE
    return check(files, control, certificate, target)


def check(files: Any, control: Any, certificate: Any, target: str = "") -> str:
    claim, inventory = claim_of(files, control, target)
    return check_path(claim, certificate, inventory)[0].value


def reasons(files: Any, control: Any) -> str:
    found = certificate_of(files, control)
    assert isinstance(found, tuple), found
    return "\n".join(found)


def company(*cut: str, **more: Any) -> Any:
    """A user that assumes a role, which passes a role to a function, which is an administrator."""
    able = {
        "assume": allow("sts:AssumeRole", CI),
        "pass": allow("iam:PassRole", BUILD),
        "create": allow(["lambda:CreateFunction", "lambda:InvokeFunction"]),
        "admin": allow("*"),
    }
    given = {name: [] if name in cut else [statement] for name, statement in able.items()}
    trusted = [] if "trust" in cut else [LAMBDA]
    return setting(
        iam(
            users=[user("alice", document(*given["assume"])), *more.get("users", [])],
            roles=[
                role("ci", document(*given["pass"], *given["create"]), trusts=document(ROOT)),
                role("build", document(*given["admin"]), trusts=document(*trusted)),
            ],
        )
    )


def test_a_chain_of_three_steps() -> None:
    certificate = certificate_of(company(), canonical(ADMIN))
    assert [(hop["step"], hop["to"]) for hop in certificate["hops"]] == [
        ("sts-001", CI),
        ("lambda-001", BUILD),
        ("iam-005", BUILD),
    ]
    assert certificate["start"] == ALICE
    claim, inventory = claim_of(company(), canonical(ADMIN))
    hops = walk_of(claim, certificate, inventory)
    assert [str(hop.after) for hop in hops] == [CI, BUILD, f"{BUILD} with permissions of its choice"]
    assert [len(hop.requests) for hop in hops] == [1, 4, 1]
    assert check(company(), canonical(ADMIN), certificate) == VIOLATED


@pytest.mark.parametrize("cut", ["assume", "pass", "create", "trust", "admin"])
def test_without_one_step_there_is_no_chain(cut: str) -> None:
    assert outcome(company(cut), canonical(ADMIN)) == HOLDS


@pytest.mark.parametrize(
    ("control", "expected"),
    [
        pytest.param(canonical(to(BUILD)), VIOLATED, id="to a role"),
        pytest.param(canonical(to(BUILD), "assume-role"), HOLDS, id="to a role by other steps"),
        pytest.param(canonical(to(BUILD), start=["account"]), VIOLATED, id="from the account"),
        pytest.param(canonical(to(BUILD), start=["account"], not_from=[ALICE, CI]), HOLDS, id="the goal is no start"),
        pytest.param(canonical(to(BUILD), start=[BUILD]), HOLDS, id="from nobody"),
        pytest.param(canonical(may("lambda:CreateFunction"), "assume-role"), VIOLATED, id="to a request"),
        pytest.param(canonical(may("s3:GetObject"), "assume-role"), HOLDS, id="to a request of nobody in reach"),
        pytest.param(canonical(may("sts:AssumeRole", CI)), VIOLATED, id="to a request of the start"),
        pytest.param(canonical(ADMIN, start=["outside-account", "anonymous"]), HOLDS, id="from outside"),
        pytest.param(canonical(ADMIN, start=["organization"]), VIOLATED, id="from the organization"),
        pytest.param(canonical(ADMIN, start=["snapshot"], not_from=[f"{ARN}:*"]), HOLDS, id="from the rest"),
        pytest.param(canonical(ADMIN, kind="user", start=[]), VIOLATED, id="from the target"),
        pytest.param(canonical(ADMIN, kind="user", start=["${target.arn}"]), VIOLATED, id="from the target by its ARN"),
        pytest.param(canonical(ADMIN, start=[OWN]), VIOLATED, id="from an account by its number"),
        pytest.param(canonical(ADMIN, start=[FOREIGN]), HOLDS, id="from a foreign account"),
    ],
)
def test_where_chains_start_and_end(control: Any, expected: str) -> None:
    assert outcome(company(), control) == expected


# What a principal with permissions of its choice, or in a further group, may do.


def raising(*more: Any, **role_more: Any) -> Any:
    """A user that may write policies into itself, and a role that trusts its account."""
    return setting(
        iam(
            users=[user("alice", document(allow("iam:PutUserPolicy", ALICE), *more))],
            roles=[role("ci", trusts=document(ROOT), **role_more)],
        )
    )


def test_permissions_of_its_choice_lead_on() -> None:
    goal = may("s3:DeleteBucket", BUCKET)
    certificate = certificate_of(raising(), canonical(goal, "self-escalation"))
    assert [hop["step"] for hop in certificate["hops"]] == ["iam-007"]
    assert outcome(raising(), canonical(goal, "self-escalation")) == VIOLATED
    assert outcome(raising(), canonical(to(CI), "self-escalation", "assume-role")) == VIOLATED
    assert outcome(raising(), canonical(to(f"{ARN}:role/x"), "escalation")) == HOLDS


def test_a_denial_of_its_own_may_be_lifted_or_not() -> None:
    denied = raising(deny("s3:*"))
    goal = canonical(may("s3:DeleteBucket", BUCKET), "self-escalation")
    assert "it is open whether the request that is the goal is allowed" in reasons(denied, goal)


def test_what_nobody_may_stays_out_of_reach_with_permissions_of_ones_choice() -> None:
    files = setting(
        iam(users=[user("alice", document(allow("iam:PutUserPolicy", ALICE)))]),
        buckets("logs"),
        policy_of("logs", document(deny("s3:*", [BUCKET, f"{BUCKET}/*"], Principal="*"))),
    )
    control = canonical(may("s3:GetObject", f"{BUCKET}/*"), "self-escalation")
    certificate = certificate_of(files, control)
    assert certificate["raised"] == [ALICE]
    assert check(files, control, certificate) == HOLDS


def joining(*of_group: Any, own: Any = ()) -> Any:
    return setting(
        iam(
            users=[user("alice", document(allow("iam:AddUserToGroup", f"{ARN}:group/a*"), *own), GroupList=["old"])],
            groups=[group("admins", document(*of_group)), group("old"), group("b", document(allow("*")))],
            roles=[role("ci", trusts=document(ROOT))],
        )
    )


@pytest.mark.parametrize(
    ("files", "goal", "expected"),
    [
        pytest.param(joining(allow("s3:DeleteBucket")), may("s3:DeleteBucket"), VIOLATED, id="what it allows"),
        pytest.param(joining(allow("s3:DeleteBucket")), may("s3:CreateBucket"), HOLDS, id="not what another allows"),
        pytest.param(joining(deny("s3:*"), own=[allow("s3:*")]), may("s3:CreateBucket"), VIOLATED, id="not to join"),
        pytest.param(joining(allow("s3:*"), deny("s3:*")), may("s3:CreateBucket"), INCONCLUSIVE, id="what it denies"),
        pytest.param(joining(allow("iam:PutGroupPolicy", f"{ARN}:group/admins")), ADMIN, VIOLATED, id="its own group"),
        pytest.param(joining(allow("iam:PassRole"), own=[allow("lambda:*")]), to(CI), HOLDS, id="no trust"),
        pytest.param(joining(allow("iam:UpdateAssumeRolePolicy")), to(CI), VIOLATED, id="a step by the group"),
    ],
)
def test_a_user_that_joins_a_group(files: Any, goal: Any, expected: str) -> None:
    control = canonical(goal)
    assert outcome(files, control) == expected


def test_a_closure_lists_the_groups_that_are_joined() -> None:
    certificate = certificate_of(joining(allow("s3:DeleteBucket")), canonical(may("s3:CreateBucket")))
    assert certificate["joined"] == {ALICE: [f"{ARN}:group/admins"]}


# What is not known.


def test_principals_that_are_not_known() -> None:
    files = setting(iam(users=[user("alice")]), accounts=(OWN, OTHER), errors={iam_file(OTHER): "AccessDenied"})
    control = canonical(ADMIN)
    assert "denied (AccessDenied)" in reasons(files, control)
    closure = certificate_of(setting(iam(users=[user("alice")])), control)
    with pytest.raises(Rejected, match="there may be principals that the snapshot does not have"):
        check(files, control, closure)


def test_a_target_that_is_not_known() -> None:
    files = setting(errors={iam_file(OWN): "AccessDenied"})
    control = canonical(ADMIN, kind="user", start=[])
    assert "the user targets" in reasons(files, control)
    with pytest.raises(Rejected, match="it is not known whom the claim is about"):
        check(files, control, {"rule": "path/1"})


@pytest.mark.parametrize("name", [f"{ARN}:root", f"arn:aws:sts::{OWN}:federated-user/*"])
def test_who_is_neither_user_nor_role_is_not_proved_harmless(name: str) -> None:
    control = canonical(ADMIN, start=[name])
    assert f"{name} names neither" in reasons(company(), control)
    with pytest.raises(Rejected, match="it is not known whom the claim is about"):
        check(company(), control, closure())


def functions(*rows: Any, errors: Any = None, files: Any = None) -> Any:
    """A user that may change the code of a function, and a role that trusts functions."""
    place = f"{OWN}/us-east-1/lambda/list-functions.json"
    listed = {} if rows == (None,) else {place: {"Functions": list(rows)}}
    return setting(
        iam(
            users=[
                user(
                    "alice", document(allow("lambda:UpdateFunctionCode", f"arn:aws:lambda:us-east-1:{OWN}:function:*"))
                )
            ],
            roles=[role("build", document(allow("*")), trusts=document(LAMBDA)), role("ci", trusts=document(LAMBDA))],
        ),
        listed,
        files or {},
        errors={f"{OWN}/us-east-1/lambda/get-policy/f.json": "ResourceNotFoundException", **(errors or {})},
    )


def function(role_arn: Any) -> Any:
    return {"FunctionName": "f", "FunctionArn": f"arn:aws:lambda:us-east-1:{OWN}:function:f", "Role": role_arn}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param(functions(function(BUILD)), VIOLATED, id="a function with the role"),
        pytest.param(functions(function(CI)), HOLDS, id="a function with another role"),
        pytest.param(functions(), HOLDS, id="no function"),
        pytest.param(functions(None), INCONCLUSIVE, id="functions were not exported"),
        pytest.param(functions(function(CI), errors={f"{OWN}/eu-west-1/lambda/list-functions.json": "AccessDenied"}), INCONCLUSIVE, id="functions of a region were not"),
    ],
)  # fmt: skip
def test_a_function_that_has_the_role(files: Any, expected: str) -> None:
    assert outcome(files, canonical(to(BUILD), "lambda-003")) == expected


def test_the_reason_names_what_is_not_known() -> None:
    assert "whether some function has the role" in reasons(functions(None), canonical(to(BUILD), "lambda-003"))


def test_a_policy_that_cannot_be_read_leaves_a_step_open() -> None:
    files = company("create", users=[])
    roles = files[iam_file(OWN)]["RoleDetailList"]
    roles[0]["RolePolicyList"].append({"PolicyName": "bad", "PolicyDocument": {"Statement": [{"Effect": "Allow"}]}})
    found = reasons(files, canonical(to(BUILD), "assume-role", "lambda-001"))
    assert "neither Action nor NotAction" in found
    assert f"it is open whether {CI} passes the role to a new Lambda function" in found


# Which targets a step has.


def test_nobody_changes_a_role_of_a_service() -> None:
    linked = role("AWSServiceRoleForX", path="/aws-service-role/x.amazonaws.com/", trusts=document(ROOT))
    files = setting(iam(users=[user("alice", document(allow("iam:UpdateAssumeRolePolicy")))], roles=[linked]))
    assert outcome(files, canonical(to(f"{ARN}:role/*"))) == HOLDS


def test_what_iam_does_stays_within_the_account() -> None:
    files = setting(
        iam(users=[user("alice", document(allow(["iam:*", "sts:*"])))]),
        iam(OTHER, users=[user("bob", account=OTHER)], roles=[role("far", account=OTHER, trusts=document(ROOT))]),
        accounts=(OWN, OTHER),
    )
    assert outcome(files, canonical(to(f"arn:aws:iam::{OTHER}:user/bob"), "principal-access")) == HOLDS
    assert outcome(files, canonical(to(f"arn:aws:iam::{OTHER}:role/far"), "principal-access")) == VIOLATED


def test_an_instance_needs_a_profile_of_the_role() -> None:
    def files(profiles: Any) -> Any:
        machine = role("build", trusts=document(trust({"Service": "ec2.amazonaws.com"})), InstanceProfileList=profiles)
        return setting(iam(users=[user("alice", document(allow("*")))], roles=[machine]))

    assert outcome(files([{"Arn": "p"}]), canonical(to(BUILD), "ec2-001")) == VIOLATED
    assert outcome(files([]), canonical(to(BUILD), "ec2-001")) == INCONCLUSIVE


def test_from_outside_only_by_steps_across_accounts() -> None:
    files = setting(iam(roles=[role("ci", trusts=document(trust({"AWS": f"arn:aws:iam::{FOREIGN}:root"})))]))
    certificate = certificate_of(files, canonical(to(CI), start=["outside-account"]))
    assert certificate["start"].startswith(f"arn:aws:iam::{FOREIGN}:")
    assert check(files, canonical(to(CI), start=["outside-account"]), certificate) == VIOLATED
    assert outcome(files, canonical(to(CI), start=["outside-account"], not_from=[FOREIGN])) == HOLDS
    bucket = setting(buckets("logs"), policy_of("logs", document(allow("s3:GetObject", f"{BUCKET}/*", Principal="*"))))
    assert outcome(bucket, canonical(may("s3:GetObject", f"{BUCKET}/*"), start=["anonymous"])) == VIOLATED


def test_the_requests_of_a_step_are_about_one_thing() -> None:
    def files(create: str, invoke: str) -> Any:
        lambdas = [
            allow("lambda:CreateFunction", f"arn:aws:lambda:us-east-1:{OWN}:function:{create}"),
            allow("lambda:InvokeFunction", f"arn:aws:lambda:us-east-1:{OWN}:function:{invoke}"),
        ]
        return setting(
            iam(
                users=[user("alice", document(allow("iam:PassRole", BUILD), *lambdas))],
                roles=[role("build", trusts=document(LAMBDA))],
            )
        )

    assert outcome(files("a*", "*z"), canonical(to(BUILD), "lambda-001")) in (VIOLATED, INCONCLUSIVE)
    assert outcome(files("a", "*"), canonical(to(BUILD), "lambda-001")) == VIOLATED
    assert outcome(files("*", "a"), canonical(to(BUILD), "lambda-001")) == VIOLATED
    assert outcome(files("a", "b"), canonical(to(BUILD), "lambda-001")) == INCONCLUSIVE


# Certificates that are refused.

CLOSED = company("pass")
CLOSED_CONTROL = canonical(ADMIN)


def closure() -> Any:
    return certificate_of(CLOSED, CLOSED_CONTROL)


def edited(edit: Callable[[Any], object], base: Any) -> Any:
    certificate = deepcopy(base)
    edit(certificate)
    return certificate


def row_of(certificate: Any, who: str) -> Any:
    return next(r for r in certificate["refutations"] if r["who"] == who)


BAD_CLOSURES = [
    ("a node is gone", lambda c: c["nodes"].remove(CI), "a refutation is about .*, which is not in the closed set"),
    ("a start is gone", lambda c: (c["nodes"].remove(ALICE), c["refutations"].clear()), "the closed set lacks the start"),
    ("a refutation is gone", lambda c: c["refutations"].pop(0), "nothing refutes the step from"),
    ("all refutations are gone", lambda c: c["refutations"].clear(), "nothing refutes the step from"),
    ("a node more", lambda c: c["nodes"].append(BUILD), "nothing refutes the step from .*build"),
    ("the goal", lambda c: c["raised"].append(BUILD), "the closed set has the goal"),
    ("a node twice", lambda c: c["nodes"].append(CI), "nodes has a principal twice"),
    ("a node that is nobody", lambda c: c["nodes"].append(f"{ARN}:role/x"), "which is no user or role of the snapshot"),
    ("the outside raised", lambda c: c["raised"].append("outside"), "which is no user or role of the snapshot"),
    ("nodes that are text", lambda c: c.update(nodes=CI), "nodes is not a list of texts"),
    ("another member", lambda c: c.update(note=""), "a closure has exactly the members"),
    ("joined that is a list", lambda c: c.update(joined=[]), "joined is not an object"),
    ("a group that is none", lambda c: c.update(joined={ALICE: ["g"]}), "that the snapshot has not"),
    ("refutations that are text", lambda c: c.update(refutations=""), "refutations is not a list"),
    ("a row that is null", lambda c: c["refutations"].append(None), "a refutation of a closure is an object"),
    ("a row with another member", lambda c: c["refutations"][0].update(note=""), "a refutation of a closure is an object"),
    ("a row without one", lambda c: c["refutations"][0].pop("demands"), "a refutation of a closure is an object"),
    ("raised that is false", lambda c: c["refutations"][0].update(raised=False), "raised is not true"),
    ("raised where nobody is", lambda c: c["refutations"][0].update(raised=True), "which is not in the closed set"),
    ("inside that is false", lambda c: c["refutations"][0].update(inside=False), "inside is not true"),
    ("no demands", lambda c: c["refutations"][0].update(demands=[]), "demands is not a list of numbers"),
    ("demands that are text", lambda c: c["refutations"][0].update(demands=["0"]), "demands is not a list of numbers"),
    ("a demand twice", lambda c: c["refutations"][0].update(demands=[0, 0]), "demands has a number twice"),
    ("a demand that is none", lambda c: c["refutations"][0].update(demands=[10**6]), "demands has a number twice, or one"),
    ("a row twice", lambda c: c["refutations"].append(c["refutations"][0]), "is refuted twice"),
    ("targets left over by many", lambda c: c["refutations"][0].update(but=[CI]), "leaves targets over"),
    ("a user's demand of a service", lambda c: row_of(c, ALICE).update(who="anybody"), "is not asked about"),
    ("of somebody else", lambda c: row_of(c, ALICE).update(who=CI), "is refuted twice|the certificate is for question|hint|empty clause"),
    ("a goal in company", lambda c: c["refutations"][0].update(demands=[0, GOAL_NUMBER]), "is refuted alone only"),
    ("a refutation that is text", lambda c: c["refutations"][0].update(refutation=""), "a refutation is not an object"),
    ("a refutation of another question", lambda c: c["refutations"][0]["refutation"].update(question="x"), "is for question 'x'"),
]  # fmt: skip
GOAL_NUMBER = len(chains_of(*claim_of(CLOSED, CLOSED_CONTROL)).demands) - 1


@pytest.mark.parametrize(("edit", "reason"), [pytest.param(*case[1:], id=case[0]) for case in BAD_CLOSURES])
def test_a_closure_that_is_rejected(edit: Any, reason: str) -> None:
    with pytest.raises(Rejected, match=reason):
        check(CLOSED, CLOSED_CONTROL, edited(edit, closure()))


def test_what_services_assume_is_not_asked_about_a_user() -> None:
    certificate = certificate_of(company("trust"), CLOSED_CONTROL)
    row_of(certificate, "anybody")["who"] = ALICE
    with pytest.raises(Rejected, match="is not asked about"):
        check(company("trust"), CLOSED_CONTROL, certificate)


def test_a_goal_that_is_not_refuted_is_rejected() -> None:
    control = canonical(may("s3:GetObject"), "assume-role")
    certificate = certificate_of(company(), control)
    number = len(chains_of(*claim_of(company(), control)).demands) - 1
    rows = [r for r in certificate["refutations"] if r["demands"] != [number]]
    with pytest.raises(Rejected, match=r"nothing refutes the step from .* to goal"):
        check(company(), control, {**certificate, "refutations": rows})


def test_a_closure_of_another_snapshot_is_rejected() -> None:
    with pytest.raises(Rejected):
        check(company(), CLOSED_CONTROL, closure())


PATH = certificate_of(company(), canonical(ADMIN))
BAD_PATHS = [
    ("another rule", lambda c: c.update(rule="path/2"), Declined, "this checker knows closure/1 and path/1 for chains"),
    ("another member", lambda c: c.update(note=""), Rejected, "a path has exactly the members"),
    ("a start that is a number", lambda c: c.update(start=1), Rejected, "start is not text"),
    ("a start that is nobody", lambda c: c.update(start="x"), Rejected, "is no principal of the claim"),
    ("a start that starts nothing", lambda c: (c.update(start=CI), c["hops"].pop(0)), Rejected, "from where the claim starts none"),
    ("hops that are text", lambda c: c.update(hops=""), Rejected, "hops is not a list"),
    ("no hops", lambda c: c.update(hops=[]), Rejected, "the path ends at .*alice, which is not the goal"),
    ("the last hop is gone", lambda c: c["hops"].pop(), Rejected, "the path ends at .*build, which is not the goal"),
    ("the first hop is gone", lambda c: c["hops"].pop(0), Rejected, "a request is made by"),
    ("a hop twice", lambda c: c["hops"].insert(0, c["hops"][0]), Rejected, "is no step from|twice"),
    ("a hop that is null", lambda c: c["hops"].insert(0, None), Rejected, "a step of a path is an object"),
    ("a hop with another member", lambda c: c["hops"][0].update(note=""), Rejected, "a step of a path is an object"),
    ("a step that is none", lambda c: c["hops"][0].update(step="x"), Rejected, "is no step from"),
    ("another target", lambda c: c["hops"][0].update(to=ALICE), Rejected, "is no step from"),
    ("a target that is a number", lambda c: c["hops"][0].update(to=1), Rejected, "to is not text"),
    ("a target that is not let in", lambda c: c["hops"][0].update(to=BUILD), Rejected, "the question is false for the witness"),
    ("a step of another caller", lambda c: c["hops"][0].update(step="iam-005"), Rejected, "is no step from"),
    ("requests that are text", lambda c: c["hops"][0].update(requests=""), Rejected, "does not come with one request for each"),
    ("a request is gone", lambda c: c["hops"][1]["requests"].pop(), Rejected, "does not come with one request for each"),
    ("requests in another order", lambda c: c["hops"][1]["requests"].reverse(), Rejected, "a request is made by"),
    ("a request by another", lambda c: c["hops"][0]["requests"][0].update(principal=CI), Rejected, "a request is made by"),
    ("a request that is denied", lambda c: c["hops"][0]["requests"][0].update(resource=BUILD), Rejected, "the question is false"),
    ("different things", lambda c: c["hops"][1]["requests"][2].update(resource=f"arn:aws:lambda:us-east-1:{OWN}:function:b"), Rejected, "about different things"),
    ("no service", lambda c: c["hops"][1].pop("service"), Rejected, "is not about the service"),
    ("another service", lambda c: c["hops"][1].update(service="x"), Rejected, "is not about the service"),
    ("a service that does not come", lambda c: c["hops"][1]["requests"][3].update(principal="service:x"), Rejected, "the question is false"),
    ("a thing that is not needed", lambda c: c["hops"][1].update(holder="x"), Rejected, "the snapshot has no"),
    ("a request too many", lambda c: c.update(request=c["hops"][0]["requests"][0]), Rejected, "a path has a request iff"),
]  # fmt: skip


@pytest.mark.parametrize(("edit", "kind", "reason"), [pytest.param(*case[1:], id=case[0]) for case in BAD_PATHS])
def test_a_path_that_is_rejected(edit: Any, kind: type[Exception], reason: str) -> None:
    with pytest.raises(kind, match=reason):
        check(company(), canonical(ADMIN), edited(edit, PATH))


def test_a_path_does_not_come_back() -> None:
    back = allow("sts:AssumeRole", f"{ARN}:role/*")
    files = setting(
        iam(
            users=[user("alice", document(back))],
            roles=[role(n, document(back), trusts=document(ROOT)) for n in ("a", "b")],
        )
    )
    a, b = f"{ARN}:role/a", f"{ARN}:role/b"

    def hop(start: str, end: str) -> Any:
        return {
            "step": "sts-001",
            "to": end,
            "requests": [{"principal": start, "action": "sts:AssumeRole", "resource": end}],
        }

    path = {"rule": "path/1", "start": ALICE, "hops": [hop(ALICE, a), hop(a, b), hop(b, a), hop(a, b)]}
    with pytest.raises(Rejected, match=r"the path comes to .*role/a twice"):
        check(files, canonical(to(b)), path)


def test_a_profile_is_needed_for_a_path() -> None:
    machine = role(
        "build", trusts=document(trust({"Service": "ec2.amazonaws.com"})), InstanceProfileList=[{"Arn": "p"}]
    )
    control = canonical(to(BUILD), "ec2-001")
    files = setting(iam(users=[user("alice", document(allow("*")))], roles=[machine]))
    certificate = certificate_of(files, control)
    without = deepcopy(files)
    without[iam_file(OWN)]["RoleDetailList"][0]["InstanceProfileList"] = []
    with pytest.raises(Rejected, match="has no instance profile"):
        check(without, control, certificate)


def test_a_role_is_passed_to_the_service_that_assumes_it() -> None:
    both = trust({"Service": ["datapipeline.amazonaws.com", "elasticmapreduce.amazonaws.com"]})
    files = setting(iam(users=[user("alice", document(allow("*")))], roles=[role("build", trusts=document(both))]))
    control = canonical(to(BUILD), "datapipeline-001")
    certificate = certificate_of(files, control)
    assert check(files, control, certificate) == VIOLATED
    passed = certificate["hops"][0]["requests"][0]["context"]
    other = {"datapipeline.amazonaws.com", "elasticmapreduce.amazonaws.com"} - {*passed["iam:passedtoservice"]}
    passed["iam:passedtoservice"] = list(other)
    with pytest.raises(Rejected, match="passes the role to another service than"):
        check(files, control, certificate)


def test_a_path_is_for_the_service_that_the_role_trusts() -> None:
    only = trust({"Service": "elasticmapreduce.amazonaws.com"})
    files = setting(iam(users=[user("alice", document(allow("*")))], roles=[role("build", trusts=document(only))]))
    assert outcome(files, canonical(to(BUILD), "datapipeline-001")) == VIOLATED


def test_a_goal_that_is_a_request_comes_with_one() -> None:
    control = canonical(may("lambda:CreateFunction"), "assume-role")
    certificate = certificate_of(company(), control)
    claim, inventory = claim_of(company(), control)
    assert [hop.after for hop in walk_of(claim, certificate, inventory)] == [Node(CI), GOAL]
    del certificate["request"]
    with pytest.raises(Rejected, match="a path has a request iff the goal is one"):
        check(company(), control, certificate)


def test_a_walk_without_a_step() -> None:
    control = canonical(may("sts:AssumeRole", CI))
    claim, inventory = claim_of(company(), control)
    (only,) = walk_of(claim, certificate_of(company(), control), inventory)
    assert (only.step, only.before, only.after) == (None, Node(ALICE), GOAL)


def test_a_claim_about_requests_has_no_chains() -> None:
    control = canonical(ADMIN)
    control["forbid"] = {"request": {"principal": ["anyone"], "action": ["a:b"]}}
    claim, inventory = claim_of(company(), control)
    with pytest.raises(Declined, match="the claim is not about chains"):
        chains_of(claim, inventory)
    with pytest.raises(Declined, match="the claim is not about chains"):
        path_in_words(claim, "", "")


def test_a_goal_that_is_none_is_not_asked_about() -> None:
    chains = chains_of(*claim_of(company(), canonical(ADMIN)))
    with pytest.raises(Unreadable, match="the goal is no request"):
        chains.goal_of(Node(ALICE))
    assert not chains.is_goal(OUTSIDE)


# Things that have roles.


def holders(kind: str, *files: Any, errors: Any = None) -> Any:
    found = inventory_of(setting(*files, errors=errors))
    return read_holders(found.snapshot, found.accounts[OWN], kind, {f"{ARN}:instance-profile/p": BUILD})


INSTANCES = f"{OWN}/us-east-1/ec2/describe-instances.json"


def instance(**more: Any) -> Any:
    return {INSTANCES: {"Reservations": [{"Instances": [{"InstanceId": "i-1", **more}]}]}}


@pytest.mark.parametrize(
    ("files", "pairs", "known"),
    [
        pytest.param({}, 0, False, id="no list"),
        pytest.param({INSTANCES: {"Reservations": []}}, 0, True, id="an empty list"),
        pytest.param(instance(), 0, True, id="no profile"),
        pytest.param(instance(IamInstanceProfile={"Arn": f"{ARN}:instance-profile/p"}), 1, True, id="a profile"),
        pytest.param(instance(IamInstanceProfile={"Arn": f"{ARN}:instance-profile/q"}), 0, False, id="an unknown profile"),
        pytest.param(instance(IamInstanceProfile="p"), 0, False, id="a profile that is text"),
        pytest.param(instance(IamInstanceProfile={"Arn": 1}), 0, False, id="an ARN that is a number"),
        pytest.param(instance(InstanceId=""), 0, False, id="an instance without an id"),
        pytest.param({INSTANCES: {"Reservations": ["x"]}}, 0, False, id="a row that is text"),
        pytest.param({INSTANCES: {"Reservations": {}}}, 0, False, id="a list that is none"),
    ],
)  # fmt: skip
def test_instances_and_their_roles(files: Any, pairs: int, known: bool) -> None:
    found = holders("instance", files)
    assert (len(found.pairs), found.known) == (pairs, known)
    assert all(pair == (f"arn:aws:ec2:us-east-1:{OWN}:instance/i-1", BUILD) for pair in found.pairs)


def test_a_list_that_was_denied() -> None:
    assert not holders("instance", errors={INSTANCES: "AccessDenied"}).known


def test_one_answer_for_each_thing_is_never_the_whole() -> None:
    place = f"{OWN}/us-east-1/sagemaker/describe-notebook-instance/n.json"
    found = holders("notebook", {place: {"NotebookInstanceArn": "n", "RoleArn": BUILD}})
    assert (found.pairs, found.known) == ((("n", BUILD),), False)


# Steps in canonical JSON.


def step(**more: Any) -> Any:
    found = {"id": "x", "title": "does it", "target": "role", "needs": [need()], **more}
    return {k: v for k, v in found.items() if v is not ...}


def need(**more: Any) -> Any:
    return {k: v for k, v in {"action": ["iam:PassRole"], "on": "target", **more}.items() if v is not ...}


BAD_STEPS = [
    ("no list", None, "forbid.path.steps is not a list of steps"),
    ("an empty list", [], "forbid.path.steps is not a list of steps"),
    ("a step twice", [step(), step()], "forbid.path.steps has a step twice"),
    ("a step that is text", ["sts-001"], "is not an object of known members"),
    ("an unknown member", [step(note="")], "is not an object of known members"),
    ("no needs", [step(needs=[])], "needs is not a list of requests"),
    ("no id", [step(id=...)], "id is not text"),
    ("an empty title", [step(title="")], "title is not text"),
    ("an unknown target", [step(target="robot")], "target is 'robot', not one of group, role, self, user"),
    ("an unknown caller", [step(caller="robot")], "caller is 'robot', not one of role, user"),
    ("services that are text", [step(services="x")], "services is not a list of texts"),
    ("a holder that is a number", [step(holder=1)], "holder is not text"),
    ("raises that is text", [step(raises="true")], "raises is not a boolean"),
    ("a policy of a group", [step(target="group", caller="user", needs=[need(on="target-policy")])], "a request on target-policy of a step whose target is group"),
    ("nothing gained", [step(target="self", needs=[need(on="self")])], "a step that gains nothing"),
    ("a role in a group", [step(target="group")], "only users join groups"),
    ("a group of a role", [step(target="self", raises=True, needs=[need(on="own-group")])], "only users are in groups"),
    ("a holder for nothing", [step(holder="function")], "holder and a request on holder belong together"),
    ("an unknown holder", [step(holder="robot", needs=[need(on="holder", resource=["*"])])], "holder is 'robot', not one of"),
    ("a user that trusts services", [step(target="user", services=["x"])], "only roles trust services"),
    ("no request on the target", [step(needs=[need(on="self")])], "no request on the target"),
    ("a need that is text", [step(needs=["x"])], "needs\\[0\\] is not an object of known members"),
    ("a need with an unknown member", [step(needs=[need(note="")])], "is not an object of known members"),
    ("an unknown subject", [step(needs=[need(on="moon")])], "on is 'moon', not one of any"),
    ("no action", [step(needs=[need(action=[])])], "action is not a list of actions without wildcards"),
    ("a wildcard", [step(needs=[need(action=["iam:*"])])], "action is not a list of actions without wildcards"),
    ("an action without a service", [step(needs=[need(action=["x"])])], "action is not a list of actions without wildcards"),
    ("a pattern too many", [step(needs=[need(resource=["*"])])], "resource is for requests on any, made, holder"),
    ("a pattern too few", [step(needs=[need(), need(on="any")])], "resource is for requests on any, made, holder"),
    ("a pattern that is no ARN", [step(needs=[need(), need(on="any", resource=["x"])])], "'x' is neither `\\*` nor an ARN"),
    ("a condition that is a list", [step(needs=[need(condition=[])])], "condition is not an object of objects"),
    ("an operator with a list", [step(needs=[need(surely={"Bool": []})])], "surely is not an object of objects"),
    ("an unknown operator", [step(needs=[need(condition={"Boole": {"x:a": ["b"]}})])], "unknown condition operator `Boole`"),
    ("a key in both", [step(needs=[need(condition={"Bool": {"x:a": ["true"]}}, surely={"Bool": {"x:A": ["true"]}})])], "is in condition and in surely"),
]  # fmt: skip


@pytest.mark.parametrize(("steps", "message"), [pytest.param(*c[1:], id=c[0]) for c in BAD_STEPS])
def test_steps_that_are_refused(steps: Any, message: str) -> None:
    control = canonical(ADMIN)
    control["forbid"]["path"]["steps"] = steps
    with pytest.raises(Unreadable, match=message):
        parse_control(control, "controls/asked.json")


# Words.


@pytest.mark.parametrize(
    ("goal", "words"),
    [
        (ADMIN, "a principal that can set its own permissions"),
        (to("arn:aws:iam::${target.account}:role/x"), f"{ARN}:role/x"),
        (may("s3:GetObject"), "a principal that may make a request for WHAT"),
    ],
)
def test_a_claim_in_words(goal: Any, words: str) -> None:
    claim, _ = claim_of(company(), canonical(goal, "escalation"))
    found = path_in_words(claim, "WHO", "WHAT")
    assert found.startswith("no chain of steps of 6")
    assert found.endswith(f" leads from WHO to {words}")


def test_few_steps_are_named_and_all_have_a_digest() -> None:
    claim, _ = claim_of(company(), canonical(to(CI), "assume-role"))
    assert claim.control.path is not None
    digest = steps_digest(claim.control.path.steps)
    words = path_in_words(claim, "WHO", "")
    assert words == f"no chain of steps of 1 kind (sts-001; {digest}) leads from WHO to {CI}"
    changed = canonical(to(CI), "assume-role")
    changed["forbid"]["path"]["steps"][0]["needs"][0]["surely"] = {"Bool": {"x:a": ["true"]}}
    other = parse_control(changed, "c")
    assert other.path is not None
    assert steps_digest(other.path.steps) != digest


def test_customer_managed_policies_count_and_those_of_aws_do_not() -> None:
    aws = "arn:aws:iam::aws:policy/ReadOnlyAccess"

    def files(arn: str) -> Any:
        can = document(allow("iam:CreatePolicyVersion"))
        return setting(
            iam(
                users=[user("alice", can, AttachedManagedPolicies=attached(arn))],
                policies=[managed("own", document()), managed("x", document(), Arn=aws)],
            )
        )

    assert outcome(files(f"{ARN}:policy/own"), canonical(ADMIN, "iam-001")) == VIOLATED
    assert outcome(files(aws), canonical(ADMIN, "iam-001")) == HOLDS


def test_the_certificate_of_a_chain_is_checked_with_all_others() -> None:
    files, control = company(), canonical(ADMIN)
    claim, inventory = claim_of(files, control)
    certificate = certificate_of(files, control)
    assert check_claim(claim, certificate, inventory)[0] is check_path(claim, certificate, inventory)[0]
    assert question_of(claim, inventory, wide=True).question.root == TRUE  # there is none that is one
