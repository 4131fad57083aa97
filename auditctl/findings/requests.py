"""A concrete request beside the elements of a statement: what of them matches it, and what the request has.

Untrusted.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from auditctl.findings.source import Path, Source
from auditctl.findings.words import condition, listed, principals, spelling, texts_of, who
from checkers.cloud.conditions import split_operator
from checkers.cloud.derivation import make_caller, parse_principal
from checkers.cloud.inventory import Inventory
from checkers.cloud.patterns import Pattern, Unsupported, parse_resources
from checkers.cloud.policy import Statement, action_set
from checkers.cloud.request import ConcreteRequest, implied_keys
from checkers.cloud.vocabulary import account_of

Json = Any
_CLASSES = {"Service": "service:", "Federated": "federated:", "CanonicalUser": "canonical:"}


class RequestView:
    """A request and what the inventory knows of its caller."""

    def __init__(self, request: ConcreteRequest, inventory: Inventory) -> None:
        self.request = request
        self.inventory = inventory
        self.keys = dict(request.context) | implied_keys(request.principal)
        known = request.principal in inventory.principals or account_of(request.principal) in inventory.accounts
        if known:
            self._add_caller(request.principal)

    def _add_caller(self, principal: str) -> None:
        caller = make_caller(self.inventory, principal)
        given = {k: () if v is None else (v,) for k, v in caller.keys.items()}
        tags = {f"aws:principaltag/{k}": (v,) for k, v in caller.tags.items()}
        self.keys = {**tags, **given, **self.keys}

    @property
    def who(self) -> str:
        """The caller in words."""
        return who(self.request.principal, self.inventory)

    # Which entries of an element match.

    def matches(self, path: Path, value: Json, source: Source) -> bool:
        """Whether a line of a statement that applies is a reason why it does."""
        match path:
            case ("Action", *_):
                return isinstance(value, str) and self.has_action(value)
            case ("Resource", *_):
                return isinstance(value, str) and self.has_resource(value, source)
            case ("Principal",):
                return bool(value == "*")
            case ("Principal", str(name), *_):
                return isinstance(value, str) and self.is_named(name, value)
            case ("Grantee" | "Permission" | "GranteePrincipal" | "Operations" | "Constraints", *_):
                return isinstance(value, str)
            case ("NotAction",) | ("NotResource",) | ("NotPrincipal",) | ("Condition", _, *_):
                return True
            case _:
                return False

    def has_action(self, pattern: str) -> bool:
        """Whether an entry of Action has the request's action."""
        return self.request.action.lower() in action_set((pattern,))

    def has_resource(self, pattern: str, source: Source) -> bool:
        """Whether an entry of Resource has the request's resource, on the widest reading."""
        try:
            found = parse_resources((pattern,), variables=source.has_variables).wide
        except Unsupported:
            return False
        if isinstance(found, Pattern):
            made = found.make(lambda key: next(iter(self.keys.get(key, ())), None), complement=False)
            return self.request.resource in made  # type: ignore[operator]
        return self.request.resource in found

    def is_named(self, name: str, entry: str) -> bool:
        """Whether an entry of Principal names the caller, or the caller's account."""
        principal = self.request.principal
        if name != "AWS":
            return principal == _CLASSES.get(name, "") + entry or name == "CanonicalUser"
        if entry in ("*", principal):
            return True
        kind, found = parse_principal(entry)
        if kind == "account":
            return account_of(principal) == found[0]
        if kind == "session":
            return principal.endswith(f"/{found[2]}") and account_of(principal) == found[1]
        return self.inventory.unique_ids.get(entry) == principal

    # Why an element does not match.

    def miss(self, element: str, source: Source) -> str:
        """Why an element of a statement does not match, as a clause whose subject is the statement."""
        name, _, rest = element.partition(".")
        value = source.raw.get(name)
        match name:
            case "Action":
                return f"it is about {listed(texts_of(value))}, not {self.request.action}"
            case "Resource":
                return f"it is about {listed(texts_of(value))}, not {self.request.resource}"
            case "Principal":
                return f"it is about {principals(value)}, not {self.who.rstrip(',')}"
            case "NotAction":
                return f"it leaves out {listed([t for t in texts_of(value) if self.has_action(t)], 'and')}"
            case "NotResource":
                return f"it leaves out {listed([t for t in texts_of(value) if self.has_resource(t, source)], 'and')}"
            case "NotPrincipal":
                return f"it leaves out {listed(self._named_in(value), 'and') or principals(value)}"
            case _:
                operator, _, key = rest.partition(".")
                return self._condition_miss(operator, key, source)

    def _named_in(self, element: Json) -> list[str]:
        if not isinstance(element, dict):
            return []
        return [t for name, value in element.items() for t in texts_of(value) if self.is_named(name, t)]

    def _condition_miss(self, operator: str, key: str, source: Source) -> str:
        name = spelling(source.raw, key)
        value = source.raw.get("Condition", {}).get(operator, {}).get(name)
        return f"it applies if {condition(operator, name, value)}; {self.has(key, name, operator)}"

    def remarks(self, statement: Statement, source: Source) -> tuple[str, ...]:
        """What is worth a remark about a statement that applies: what is not understood, and absent keys."""
        problems = (statement.problem, *(c.problem for c in statement.conditions))
        absent = [c for c in statement.conditions if not c.problem and not self.keys.get(c.key)]
        names = [(c.operator, spelling(source.raw, c.key)) for c in absent]
        return (
            *(f"it is not understood: {problem}" for problem in problems if problem),
            *(f"{operator} on {name} is met: the request has no {name}" for operator, name in names),
        )

    def has(self, key: str, name: str, operator: str = "") -> str:
        """What the request has as the value of a condition key."""
        values = self.keys.get(key, ())
        if not values:
            return f"the request has no {name}"
        if split_operator(operator)[1] == "Null":
            return f"the request has {name}"
        return f"here it is {listed(values, 'and')}"


def context_words(context: Mapping[str, Sequence[str]], names: Mapping[str, str]) -> str:
    """The condition keys that a request has, as a clause after `if`."""
    return " and ".join(f"{names.get(key, key)} is {listed(values, 'and')}" for key, values in context.items())
