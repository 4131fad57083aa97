"""Principals, elements and conditions of policies in words.

Untrusted. Every function returns part of a sentence.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from checkers.cloud.conditions import split_operator
from checkers.cloud.inventory import Inventory
from checkers.cloud.request import describe_principal
from checkers.cloud.vocabulary import ANONYMOUS, account_of

Json = Any
# More values than these are counted, not listed.
MAX_LISTED = 3


def listed(texts: Sequence[str], last: str = "or", most: int = MAX_LISTED) -> str:
    """`a, b or c`; of many texts the first few and how many more."""
    if len(texts) > most:
        return f"{', '.join(texts[:most])} and {len(texts) - most} more"
    if len(texts) < 2:  # noqa: PLR2004
        return "".join(texts)
    return f"{', '.join(texts[:-1])} {last} {texts[-1]}"


def texts_of(value: Json) -> list[str]:
    """The texts of an element that is one value or a list."""
    values = value if isinstance(value, list) else [value]
    return [("true" if v is True else "false") if isinstance(v, bool) else str(v) for v in values]


def who(principal: str, inventory: Inventory) -> str:
    """The principal of a request, as the subject of a sentence."""
    if not principal:
        return "whoever holds it"
    if principal == ANONYMOUS:
        return "anyone on the internet"
    if principal.startswith("arn:") and principal not in inventory.principals:
        account = account_of(principal)
        if account not in inventory.accounts and account not in inventory.members:
            return f"{principal}, {'outside the organization' if inventory.organization else 'of another account'},"
    return describe_principal(principal)


def principals(element: Json) -> str:
    """A Principal element, as the object of a sentence."""
    if element == "*":
        return "everyone"
    if not isinstance(element, dict):
        return str(element)
    classes = {"AWS": "", "Service": "the service ", "Federated": "callers from ", "CanonicalUser": "canonical user "}
    named = [
        "everyone" if name == "AWS" and text == "*" else f"{classes.get(name, '')}{text}"
        for name, value in element.items()
        for text in texts_of(value)
    ]
    return listed(named)


_COMPARED = {
    "Equals": "is",
    "NotEquals": "is not",
    "LessThan": "is below",
    "LessThanEquals": "is at most",
    "GreaterThan": "is above",
    "GreaterThanEquals": "is at least",
}
_DATED = {
    "Equals": "is",
    "NotEquals": "is not",
    "LessThan": "is before",
    "LessThanEquals": "is not after",
    "GreaterThan": "is after",
    "GreaterThanEquals": "is not before",
}
_RELATIONS: Mapping[str, str] = {
    "StringEquals": "is",
    "StringNotEquals": "is not",
    "StringEqualsIgnoreCase": "is",
    "StringNotEqualsIgnoreCase": "is not",
    "StringLike": "is like",
    "StringNotLike": "is not like",
    "ArnEquals": "is like",
    "ArnLike": "is like",
    "ArnNotEquals": "is not like",
    "ArnNotLike": "is not like",
    "Bool": "is",
    "BinaryEquals": "is",
    "IpAddress": "is in",
    "NotIpAddress": "is not in",
    **{f"Numeric{name}": words for name, words in _COMPARED.items()},
    **{f"Date{name}": words for name, words in _DATED.items()},
}


def condition(operator: str, key: str, value: Json) -> str:
    """One operator and key pair of a Condition."""
    quantifier, name, if_exists = split_operator(operator)
    texts = texts_of(value)
    if name == "Null":
        return f"{key} is {listed(['absent' if t.lower() == 'true' else 'present' for t in texts])}"
    subject = {"ForAllValues": f"every value of {key}", "ForAnyValue": f"some value of {key}"}.get(quantifier, key)
    relation = _RELATIONS.get(name, name)
    found = f"{subject} {relation} {listed(texts)}"
    return f"{found}, or {key} is absent" if if_exists else found


def conditions(statement: Mapping[str, Json]) -> list[str]:
    """The conditions of a statement."""
    block = statement.get("Condition", {})
    return [condition(o, key, value) for o, pairs in block.items() for key, value in pairs.items()]


def condition_of(statement: Mapping[str, Json], element: str) -> str:
    """The condition that an element `Condition.OPERATOR.KEY` names, its key in lower case."""
    _, operator, key = element.split(".", 2)
    name = spelling(statement, key)
    return condition(operator, name, statement.get("Condition", {}).get(operator, {}).get(name))


def limit(statement: Mapping[str, Json], element: str, effect: str) -> str:
    """What an element limits a statement to, as its predicate."""
    verb = "denies" if effect == "Deny" else "allows"
    value = statement.get(element)
    named = principals(value) if element in ("Principal", "NotPrincipal") else listed(texts_of(value), "and")
    words = {
        "Action": f"only {verb} {named}",
        "NotAction": f"{verb} everything but {named}",
        "Resource": f"only covers {named}",
        "NotResource": f"covers everything but {named}",
        "Principal": f"only names {named}",
        "NotPrincipal": f"names everyone but {named}",
    }
    return words[element]


def gives(statement: Mapping[str, Json]) -> str:
    """A whole statement as a predicate: `denies s3:* on X to everyone whose aws:PrincipalAccount is not Y`."""
    verb = "denies" if statement.get("Effect") == "Deny" else "allows"
    what = _side(statement, "Action", "everything")
    on = _side(statement, "Resource", "everything")
    whom = _side(statement, "Principal", "everyone")
    said = conditions(statement)
    about_caller = whom == "everyone" and all(c.startswith("aws:Principal") for c in said)
    return (
        f"{verb} {what}"
        + (f" on {on}" if on and on != "*" else "")
        + (f" to {whom}" if whom else "")
        + (f" {'whose' if about_caller else 'if'} {' and '.join(said)}" if said else "")
    )


def _side(statement: Mapping[str, Json], name: str, everything: str) -> str:
    """An element or its negated form, empty where the statement has neither."""
    show = principals if name == "Principal" else lambda value: listed(texts_of(value), "and")
    if name in statement:
        return show(statement[name])
    return f"{everything} but {show(statement[f'Not{name}'])}" if f"Not{name}" in statement else ""


def spelt(statement: Mapping[str, Json], element: str) -> str:
    """The name of an element with its condition key as the statement spells it."""
    name, _, rest = element.partition(".")
    operator, _, key = rest.partition(".")
    return f"{name}.{operator}.{spelling(statement, key)}" if rest else name


def spelling(statement: Mapping[str, Json], key: str) -> str:
    """A condition key as the statement spells it; keys are compared without regard to case."""
    block = statement.get("Condition", {})
    return next((k for pairs in block.values() for k in pairs if k.lower() == key), key)
