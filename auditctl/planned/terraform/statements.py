"""The statements of `aws_iam_policy_document` as the provider writes them, with markers for what is not known.

What the provider writes: its iam_policy_model.go and policy_document_data_source.go (hashicorp/aws 5.100). An element
of `resources` that is not known and refers to one ARN is taken to begin with it; nobody knows whether it is
`x.arn` or `"${x.arn}/*"`, so that what follows stays open, except for things below which there is nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from auditctl.planned.terraform.references import DATA, Found, Lost
from auditctl.planned.terraform.resolution import attribute_of
from auditctl.planned.terraform.values import Look, Values, Written, has_unknown

if TYPE_CHECKING:
    from auditctl.planned.terraform.plan import Resource

# Types of things whose ARN stands for itself in a policy: there is nothing below it.
_WHOLE = frozenset({
    "aws_iam_instance_profile",
    "aws_iam_openid_connect_provider",
    "aws_iam_policy",
    "aws_iam_role",
    "aws_iam_saml_provider",
    "aws_iam_user",
    "aws_kms_key",
    "aws_kms_replica_key",
    "aws_sns_topic",
    "aws_sqs_queue",
})
# Keys of conditions whose values are ids or ARNs as a whole where they are compared for equality, and how these begin.
_WHOLE_KEYS: Mapping[str, str] = {
    "aws:principalarn": "arn:",
    "aws:sourcearn": "arn:",
    "aws:sourcevpc": "vpc-",
    "aws:sourcevpce": "vpce-",
    "lambda:functionarn": "arn:",
}
_EQUALS = frozenset({"stringequals", "stringnotequals", "arnequals", "arnnotequals"})
_ELEMENTS = (("actions", "Action"), ("not_actions", "NotAction"))
_RESOURCES = (("resources", "Resource"), ("not_resources", "NotResource"))
_PRINCIPALS = (("principals", "Principal"), ("not_principals", "NotPrincipal"))
_ANYTHING = "known-after-apply"
Row = dict[str, Any]
Kind = Callable[["Resource", Look, Sequence[str]], list[str]]


def read(data: "Resource") -> list[Row] | None:
    """The statements of the data source itself; None where one cannot be written with markers."""
    if data.values.look("statement").unknown is True:
        return None
    found = [_statement(data, block) for block in _blocks(data, data.values, "statement")]
    rows = [row for row in found if row is not None]
    return rows if len(rows) == len(found) else None


def merged(
    before: Sequence[Sequence[Mapping[str, Any]]], own: Sequence[Row], behind: Sequence[Sequence[Mapping[str, Any]]]
) -> list[Mapping[str, Any]] | None:
    """All statements: one with the Sid of an earlier one takes its place, except among the sources themselves."""
    found: list[Mapping[str, Any]] = []
    for rows in (*before, own, *behind):
        for row in rows:
            place = next((i for i, old in enumerate(found) if row.get("Sid") and old.get("Sid") == row["Sid"]), None)
            if place is None:
                found.append(row)
            else:
                found[place] = row
    return found


def _values(data: "Resource", block: object) -> Values:
    """A block of which everything is known."""
    return Values(data, "statement", block, {}, Written(is_seen=False))


def _statement(data: "Resource", block: Values) -> Row | None:
    sid, effect = block.look("sid"), block.look("effect")
    if sid.unknown is True or effect.unknown is True:
        return None
    row: Row = {"Sid": sid.after} if sid.after else {}
    row["Effect"] = effect.after or "Allow"
    for name, member in _ELEMENTS:
        if has_unknown(block.look(name).unknown):
            return None
        texts = block.get(name)
        if texts:
            row[member] = _plain(sorted(map(str, texts if isinstance(texts, tuple) else (texts,)), reverse=True))
    for name, member in _RESOURCES:
        found = _texts(data, block.look(name), _resource)
        if found:
            row[member] = _plain(found)
    if not _add_principals(data, block, row) or not _add_conditions(data, block, row):
        return None
    return row


def _plain(values: Sequence[str]) -> str | list[str]:
    """One value stands alone, as the provider writes it."""
    return values[0] if len(values) == 1 else list(values)


def _add_principals(data: "Resource", block: Values, row: Row) -> bool:
    for name, member in _PRINCIPALS:
        look = block.look(name)
        if look.unknown is True:
            return False
        found: dict[str, list[str]] = {}
        for one in _blocks(data, block, name):
            if one.look("type").unknown is True:
                return False
            ids = _texts(data, one.look("identifiers"), partial(_whole, beginning="arn:"))
            found.setdefault(str(one.get("type")), []).extend(ids)
        if found == {"*": ["*"]}:
            row[member] = "*"
        elif found:
            row[member] = {kind: _plain(ids) for kind, ids in sorted(found.items())}
    return True


def _add_conditions(data: "Resource", block: Values, row: Row) -> bool:
    if block.look("condition").unknown is True:
        return False
    found: dict[str, dict[str, list[str]]] = {}
    for one in _blocks(data, block, "condition"):
        if one.look("test").unknown is True or one.look("variable").unknown is True:
            return False
        test, variable = str(one.get("test")), str(one.get("variable"))
        values = _texts(data, one.look("values"), _kind_of_condition(test.lower(), variable.lower()))
        found.setdefault(test, {}).setdefault(variable, []).extend(values)
    if found:
        row["Condition"] = {t: {v: _plain(texts) for v, texts in by.items()} for t, by in found.items()}
    return True


def _kind_of_condition(test: str, variable: str) -> Kind:
    """How values of a condition that are not known follow from what they refer to."""
    operator = test.rpartition(":")[2].removesuffix("ifexists")
    beginning = _WHOLE_KEYS.get(variable, "")
    if beginning and operator in _EQUALS:
        return partial(_whole, beginning=beginning)
    is_arn = operator.startswith("arn") or beginning == "arn:"
    return partial(_resource, with_names=False) if is_arn else _anything


def _blocks(data: "Resource", block: Values, name: str) -> list[Values]:
    found = block.get(name)
    rows = found if isinstance(found, tuple) else ()
    return [one if isinstance(one, Values) else _values(data, one) for one in rows]


def _texts(data: "Resource", look: Look, kind: Kind) -> list[str]:
    """The texts of a list, `&{` as the `${` that it stands for."""
    if look.unknown is True:
        return [_open(data, look.path)]  # nobody knows how many there are, and what is written beside the references
    after = look.after if isinstance(look.after, list) else []
    unknown = look.unknown if isinstance(look.unknown, list) else []
    places = [f"{look.path}[{i}]" for i, u in enumerate(unknown) if u is True]
    known = [str(v).replace("&{", "${") for i, v in enumerate(after) if not (i < len(unknown) and unknown[i] is True)]
    return known + (kind(data, look, places) if places else [])


def _resource(data: "Resource", look: Look, places: Sequence[str], *, with_names: bool = True) -> list[str]:
    """Texts that begin with the ARNs that are referred to, if each refers to one of them."""
    found = [(_arn(one, attribute, with_names=with_names), one.type) for one, attribute in _referred(data, look)]
    if len(set(found)) == 1:
        found = found * len(places) if len(found) < len(places) else found[: len(places)]
    if len(found) != len(places) or not all(value for value, _ in found):
        return [_open(data, place) for place in places]
    return [
        value if kind in _WHOLE else value + data.unknown(place, "text", example=_BELOW.get(kind, ""))
        for (value, kind), place in zip(found, places, strict=True)
    ]


# What usually follows the ARN of a thing.
_BELOW = {"aws_s3_bucket": "/*"}


def _arn(one: "Resource", attribute: str, *, with_names: bool) -> str:
    """The ARN that an attribute is, empty for anything else; `with_names`: the name of a bucket stands within one."""
    is_name = with_names and one.type == "aws_s3_bucket" and attribute in ("id", "bucket")
    name = "arn" if is_name else attribute
    value = one.values.get(name)
    return value if isinstance(value, str) and value.startswith("arn:") else ""


def _whole(data: "Resource", look: Look, places: Sequence[str], beginning: str) -> list[str]:
    """The ids or ARNs that are referred to, if each is one of them."""
    found = [one.values.get(attribute) for one, attribute in _referred(data, look)]
    texts = [value for value in found if isinstance(value, str) and value.startswith(beginning)]
    if len(texts) != len(found) or len(texts) != len(places):
        return [_open(data, place) for place in places]
    return texts


def _anything(data: "Resource", _look: Look, places: Sequence[str]) -> list[str]:
    """Texts of which nothing is known."""
    return [_open(data, place) for place in places]


def _open(data: "Resource", place: str) -> str:
    return data.unknown(place, "text", example=_ANYTHING)


def _referred(data: "Resource", look: Look) -> list[tuple["Resource", str]]:
    """Each thing that an expression refers to, with the attribute; none where there may be others."""
    if not look.written.is_seen or look.written.is_shared:
        return []
    found: list[tuple[Resource, str]] = []
    for source in data.sources(look.written.references):
        if not isinstance(source, Found):
            if isinstance(source, Lost):
                return []
            continue
        attribute = attribute_of(source)
        name = "arn" if attribute is None else attribute
        instances = data.plan.instances(source)
        if not instances or not name or (source.mode == DATA and any(one.is_unknown(name) for one in instances)):
            return []
        found += [(one, name) for one in instances if one.is_unknown(name)]
    return found
