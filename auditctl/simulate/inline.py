"""Policies that a request brings with it.

Untrusted.
"""

from dataclasses import dataclass

from auditctl.controls.errors import quote, suggest
from auditctl.simulate.errors import OverlayError
from checkers.cloud.policy import Document, Origin, parse_document
from checkers.strict_json import Json, parse_json
from checkers.verdict import Unreadable

KINDS = ("identity", "boundary", "session", "resource", "scp", "rcp", "endpoint")
ENDPOINT_TYPES = ("Interface", "Gateway")


@dataclass(frozen=True, slots=True, kw_only=True)
class Inline:
    """The policies of a request, by kind; None where it brings none of the kind."""

    identity: tuple[Json, ...] | None = None
    boundary: Json = None
    session: tuple[Json, ...] | None = None
    resource: Json = None
    scp: tuple[tuple[Json, ...], ...] | None = None
    rcp: tuple[tuple[Json, ...], ...] | None = None
    endpoint: Json = None
    endpoint_type: str = "Interface"

    @property
    def is_nothing(self) -> bool:
        """Whether no policy but those of the session is here; these do not stand in a snapshot."""
        given = (self.identity, self.boundary, self.resource, self.scp, self.rcp, self.endpoint)
        return all(one is None for one in given)


def parse_inline(value: Json) -> Inline:
    """The policies of a request. Raises `OverlayError`."""
    if not isinstance(value, dict):
        raise OverlayError("policies is not an object")
    for name in value:
        if name not in (*KINDS, "endpoint_type"):
            raise OverlayError(f"unknown kind of policy {quote(name)}{suggest(name, KINDS)}")
    if value.get("endpoint_type", "Interface") not in ENDPOINT_TYPES:
        raise OverlayError(f"endpoint_type is {value['endpoint_type']!r}, not one of {', '.join(ENDPOINT_TYPES)}")
    return Inline(
        identity=_many(value.get("identity"), "identity"),
        boundary=_one(value.get("boundary"), "boundary"),
        session=_many(value.get("session"), "session"),
        resource=_one(value.get("resource"), "resource"),
        scp=_levels(value.get("scp"), "scp"),
        rcp=_levels(value.get("rcp"), "rcp"),
        endpoint=_one(value.get("endpoint"), "endpoint"),
        endpoint_type=value.get("endpoint_type", "Interface"),
    )


def _one(value: Json, name: str) -> Json:
    """One policy document; also as text."""
    if isinstance(value, str):
        try:
            value = parse_json(value, f"policies.{name}")
        except Unreadable as error:
            raise OverlayError(str(error)) from None
    if value is not None and not isinstance(value, dict):
        raise OverlayError(f"policies.{name} is not a policy document")
    return value


def _many(value: Json, name: str) -> tuple[Json, ...] | None:
    if value is None:
        return None
    rows = value if isinstance(value, list) else [value]
    return tuple(_one(row, f"{name}[{i}]") for i, row in enumerate(rows))


def _levels(value: Json, name: str) -> tuple[tuple[Json, ...], ...] | None:
    """The policies of each level of the organization, from the root down to the account."""
    if value is None:
        return None
    if not isinstance(value, list) or not value or not all(isinstance(level, list) for level in value):
        raise OverlayError(f"policies.{name} is not a list of levels, each a list of policy documents")
    return tuple(_many(level, f"{name}[{i}]") or () for i, level in enumerate(value))


def session_documents(inline: Inline) -> tuple[Document, ...]:
    """The session policies of a request."""
    return tuple(
        parse_document(document, Origin("request", f"$.policies.session[{i}]", f"session policy {i}"))
        for i, document in enumerate(inline.session or ())
    )
