"""The snapshot as a request sees it: with the policies that it brings.

Untrusted.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from auditctl.findings.statements import ENDPOINT_KEY
from auditctl.simulate.inline import Inline
from auditctl.simulate.overlay import (
    Overlay,
    add_boundary,
    add_bucket,
    add_caller,
    add_endpoint,
    add_identity,
    add_levels,
    add_resource,
)
from auditctl.simulate.request import Request
from auditctl.simulate.resource import bucket_of, owner_of
from auditctl.snapshot import Files
from checkers.cloud.inventory import Inventory
from checkers.cloud.organization import RCP, SCP
from checkers.cloud.snapshot import Snapshot


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class World:
    """An inventory, and where in the request some of its documents stand."""

    inventory: Inventory
    places: Mapping[tuple[str, str], str]


def plain_world(files: Files) -> World:
    """A snapshot as it is."""
    return World(inventory=Inventory(Snapshot(files)), places={})


def world_of(request: Request, files: Files | None, plain: World | None) -> World:
    """The snapshot, if there is one, with the policies of a request. Raises `OverlayError`."""
    inline, concrete = request.inline, request.concrete
    overlay = Overlay(
        base=plain.inventory.snapshot if plain is not None else None,
        files=files if files is not None else {},
        principal=concrete.principal,
        resource=concrete.resource,
        owner=owner_of(request, plain.inventory if plain is not None else None),
    )
    _add_policies(overlay, inline)
    bucket = bucket_of(concrete.resource)
    if overlay.base is None and bucket:
        add_bucket(overlay, bucket)
    if inline.resource is not None:
        add_resource(overlay, inline.resource)
    _add_limits(overlay, request)
    snapshot, _ = overlay.snapshot()
    return World(inventory=Inventory(snapshot), places=overlay.places)


def _add_policies(overlay: Overlay, inline: Inline) -> None:
    """The policies of the caller, who is made if there is no snapshot to be in."""
    principal = overlay.principal
    if inline.identity is not None:
        add_identity(overlay, inline.identity)
    elif overlay.base is None and principal.startswith("arn:") and (":role/" in principal or ":user/" in principal):
        add_caller(overlay)
    if inline.boundary is not None:
        add_boundary(overlay, inline.boundary)


def _add_limits(overlay: Overlay, request: Request) -> None:
    """The policies of the organization and of the endpoint."""
    inline, concrete = request.inline, request.concrete
    if inline.scp is not None:
        add_levels(overlay, inline.scp, SCP, overlay.account)
    if inline.rcp is not None:
        add_levels(overlay, inline.rcp, RCP, overlay.owner)
    if inline.endpoint is not None:
        service = concrete.action.partition(":")[0].lower()
        add_endpoint(overlay, inline.endpoint, inline.endpoint_type, service, concrete.context[ENDPOINT_KEY][0])
