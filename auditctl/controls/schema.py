"""The format of a control, described once.

Untrusted. The loader reads by this description, and `control.schema.json` is printed
from it; `rules.py` has what a description of single places cannot say.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from auditctl.controls.flow_schema import FLOW, hops_record
from auditctl.controls.iam_words import (
    ACCOUNT_GLOB,
    ACCOUNT_ID,
    ACTION_GLOB,
    ARN_GLOB,
    CONDITION_OPERATORS,
    CONTEXT_KEY,
    EVERYTHING,
    PATH_GLOB,
    PRINCIPAL_ARN,
    PRINCIPAL_CLASS,
    PRINCIPAL_SELECTORS,
)
from auditctl.controls.json_schema import make_json_schema
from auditctl.controls.network_words import NETWORK_KINDS
from auditctl.controls.parameters import PARAMETERS
from auditctl.controls.shapes import (
    Anything,
    Field,
    Flag,
    Form,
    Items,
    OneOfTwo,
    Record,
    Table,
    Text,
)
from auditctl.controls.steps import step_names

if TYPE_CHECKING:
    from auditctl.controls.json_schema import Json

FORMAT = "auditctl-control/1"

# Kinds of resource with a policy of its own, beside buckets and their access points.
GUARDED_KINDS = (
    "backup-vault",
    "catalog",
    "container",
    "domain",
    "email-identity",
    "event-bus",
    "file-system",
    "function",
    "glacier-vault",
    "key",
    "layer",
    "log-policy",
    "package-domain",
    "package-repository",
    "public-repository",
    "queue",
    "repository",
    "rest-api",
    "secret",
    "stream",
    "table",
    "table-stream",
    "topic",
)
TARGET_KINDS = ("account", "policy", "role", "user", "group", "bucket", "access-point", *GUARDED_KINDS, *NETWORK_KINDS)
SEVERITIES = ("critical", "high", "medium", "low")
OUTCOMES = ("holds", "violated", "inconclusive")
ASSUMPTIONS = ("s3-resource-types", "secure-transport-present")

_FRAMEWORK = Form(
    noun="framework",
    pattern=r"[a-z0-9][a-z0-9.-]*",
    expected="lower case letters, digits, `.` and `-`, such as `nist-800-53-r5`",
)
_REQUIREMENT = Form(
    noun="requirement id",
    pattern=r"[A-Za-z0-9][A-Za-z0-9.()-]*",
    expected="an id such as `AC-3` or `2.1.4`",
)
_SNAPSHOT_PATH = Form(
    noun="snapshot path",
    pattern=r"[0-9]{12}(/[A-Za-z0-9_][A-Za-z0-9_.+=,@:-]*){3,}\.json",
    expected="`account/region/service/operation.json` or `.../operation/resource.json`",
)


def _globs(noun: str, description: str, *forms: Form, at_least: int = 1) -> Items:
    text = Text(noun=noun, forms=forms, placeholders=True)
    return Items(item=text, description=description, at_least=at_least)


def _tags(description: str, at_least: int) -> Table:
    value = _globs("tag value glob", "", at_least=at_least)
    return Table(key=Text(noun="tag key"), value=value, description=description)


_WHERE = Record(
    noun="`where`",
    description="Which targets the control is about; every part must hold. Values are globs.",
    fields=(
        Field(name="name", shape=_globs("name glob", "Name of the target.")),
        Field(name="not_name", shape=_globs("name glob", "Names left out.", at_least=0)),
        Field(
            name="account",
            shape=_globs("account glob", "Account of the target.", ACCOUNT_GLOB),
        ),
        Field(
            name="not_account",
            shape=_globs("account glob", "Accounts left out.", ACCOUNT_GLOB, at_least=0),
        ),
        Field(name="path", shape=_globs("path glob", "IAM path.", PATH_GLOB)),
        Field(
            name="not_path",
            shape=_globs("path glob", "IAM paths left out.", PATH_GLOB, at_least=0),
        ),
        Field(name="tag", shape=_tags("Tags that the target has.", at_least=1)),
        Field(name="not_tag", shape=_tags("Tags that leave a target out.", at_least=0)),
    ),
)


def _principals(description: str, at_least: int) -> Items:
    text = Text(
        noun="principal selector",
        words=PRINCIPAL_SELECTORS,
        forms=(ACCOUNT_ID, PRINCIPAL_ARN, PRINCIPAL_CLASS),
        placeholders=True,
    )
    return Items(item=text, description=description, at_least=at_least)


_CONDITION = Table(
    key=Text(noun="condition operator", words=CONDITION_OPERATORS),
    value=Table(
        key=Text(noun="context key", forms=(CONTEXT_KEY,)),
        value=_globs("condition value", "", at_least=0),
    ),
    description="The context of the request, as in a policy, without policy variables.",
)

_SESSION_POLICY = Items(
    item=Anything(description="A policy document."),
    description="The request is made by a session with these policies.",
)

_MATCHED = (
    Field(name="action", shape=_globs("action glob", "What is asked for.", ACTION_GLOB)),
    Field(
        name="not_action",
        shape=_globs("action glob", "Actions left out.", ACTION_GLOB, at_least=0),
    ),
    Field(
        name="resource",
        shape=_globs("resource glob", "On what; everything if absent.", ARN_GLOB, EVERYTHING),
    ),
    Field(
        name="not_resource",
        shape=_globs("resource glob", "Resources left out.", ARN_GLOB, EVERYTHING, at_least=0),
    ),
    Field(name="condition", shape=_CONDITION),
)
_REQUEST_FIELDS = (
    Field(name="principal", shape=_principals("Who asks.", at_least=1)),
    Field(name="not_principal", shape=_principals("Who is left out.", at_least=0)),
    *_MATCHED,
    Field(name="session_policy", shape=_SESSION_POLICY),
)
_FORBIDDEN = Record(
    noun="the request",
    description="Requests of which none may be allowed.",
    fields=_REQUEST_FIELDS,
    any_of=("action", "not_action"),
    refused=(("all", "`forbid` already speaks of every request"),),
)
_ALL = Flag(description="Every matching request must be allowed, not only some.")
_REQUIRED = Record(
    noun="the request",
    description="Requests of which some, or with `all` every one, must be allowed.",
    fields=(*_REQUEST_FIELDS, Field(name="all", shape=_ALL)),
    any_of=("action", "not_action"),
)

_GOAL = Record(
    noun="the goal",
    description="What no chain may lead to.",
    fields=(
        Field(name="admin", shape=Flag(description="A principal that can set its own permissions.")),
        Field(
            name="principal",
            shape=_globs("principal glob", "One of these users and roles.", PRINCIPAL_ARN),
        ),
        Field(
            name="request",
            shape=Record(
                noun="the request",
                description="A principal that may make such a request.",
                fields=_MATCHED,
                any_of=("action", "not_action"),
            ),
        ),
    ),
    one_of=("admin", "principal", "request"),
)
_STEPS = Items(
    item=Text(noun="step", words=step_names()),
    description="Steps, or sets of steps, that a chain is made of.",
)
_PATH = Record(
    noun="the chain",
    description="Chains of steps of which none may lead to the goal.",
    fields=(
        Field(name="from", shape=_principals("Who starts; for a role or user the target if absent.", at_least=1)),
        Field(name="not_from", shape=_principals("Who does not start.", at_least=0)),
        Field(name="steps", shape=_STEPS, required=True),
        Field(name="to", shape=_GOAL, required=True),
    ),
)
_ANY_PATH = OneOfTwo(key="hop", having=hops_record(_GOAL.fields, _STEPS), lacking=_PATH)

SNAPSHOT = Record(
    noun="the snapshot of a test",
    description="What the export says; what is left out is an account with nothing configured.",
    fields=(
        Field(
            name="accounts",
            shape=Items(item=Text(noun="account id", forms=(ACCOUNT_ID,))),
            required=True,
        ),
        Field(
            name="errors",
            shape=Items(
                item=Record(
                    noun="an error",
                    fields=(
                        Field(
                            name="path",
                            shape=Text(noun="snapshot path", forms=(_SNAPSHOT_PATH,)),
                            required=True,
                        ),
                        Field(name="code", shape=Text(noun="error code"), required=True),
                        Field(name="message", shape=Text(noun="error message")),
                    ),
                )
            ),
        ),
        Field(
            name="files",
            shape=Table(
                key=Text(noun="snapshot path", forms=(_SNAPSHOT_PATH,)),
                value=Anything(
                    description="The API response. A mapping under `Policy` or `Content` is turned into JSON text."
                ),
            ),
        ),
    ),
)

CASE = Record(
    noun="a test",
    fields=(
        Field(
            name="name",
            shape=Text(noun="name", description="A sentence that says what is shown."),
            required=True,
        ),
        Field(name="outcome", shape=Text(noun="outcome", words=OUTCOMES), required=True),
        Field(name="parameters", shape=PARAMETERS.values),
        Field(
            name="target",
            shape=Text(
                noun="target",
                description="The claim asked about, where there are several.",
            ),
        ),
        Field(name="snapshot", shape=SNAPSHOT, required=True),
    ),
)


def _claim_form(request: Record, description: str, *more: Field, together: tuple[tuple[str, str], ...] = ()) -> Record:
    fields = (Field(name="request", shape=request), *more, Field(name="flow", shape=FLOW))
    return Record(
        noun="the claim",
        description=description,
        fields=fields,
        one_of=tuple(field.name for field in fields),
        together=together,
    )


def _prose(noun: str, description: str) -> Text:
    return Text(noun=noun, description=description, many_lines=True)


CONTROL = Record(
    noun="the control",
    description="One rule that an organization must satisfy.",
    fields=(
        Field(
            name="title",
            shape=Text(
                noun="title",
                description="What is so where the control holds; one line.",
            ),
            required=True,
        ),
        Field(
            name="severity",
            shape=Text(noun="severity", words=SEVERITIES),
            required=True,
        ),
        Field(
            name="rationale",
            shape=_prose("rationale", "Why it matters."),
            required=True,
        ),
        Field(
            name="remediation",
            shape=_prose("remediation", "What to change."),
            required=True,
        ),
        Field(
            name="maps_to",
            shape=Table(
                key=Text(noun="framework", forms=(_FRAMEWORK,)),
                value=Items(item=Text(noun="requirement id", forms=(_REQUIREMENT,))),
                description="Framework to requirement ids.",
            ),
        ),
        Field(name="parameters", shape=PARAMETERS.declarations),
        Field(
            name="for_each",
            shape=Text(
                noun="target kind",
                description="One claim for each.",
                words=TARGET_KINDS,
            ),
            required=True,
        ),
        Field(name="where", shape=_WHERE),
        Field(
            name="forbid",
            shape=_claim_form(
                _FORBIDDEN,
                "No such request, or chain, is allowed; no such packet arrives; with a flow and a request, not both.",
                Field(name="path", shape=_ANY_PATH),
                together=(("flow", "request"),),
            ),
        ),
        Field(
            name="require",
            shape=_claim_form(_REQUIRED, "Such a request is allowed; such a packet arrives, and a reply."),
        ),
        Field(
            name="assume",
            shape=Items(
                item=Text(noun="assumption", words=ASSUMPTIONS),
                description="Facts taken for granted; printed with every verdict.",
            ),
        ),
        Field(
            name="tests",
            shape=Items(item=CASE, description="Small snapshots with the outcome expected."),
        ),
    ),
    one_of=("forbid", "require"),
)


def control_schema() -> dict[str, Json]:
    """Return the JSON Schema (draft 2020-12) of a control file."""
    return make_json_schema(CONTROL, "auditctl control")


def control_schema_text() -> str:
    """Return what `control.schema.json` holds."""
    return json.dumps(control_schema(), indent=1, ensure_ascii=False) + "\n"
