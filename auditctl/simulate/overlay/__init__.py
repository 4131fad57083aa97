"""Policies that a request brings, put into a snapshot as if they were exported.

What a request brings replaces what the snapshot has of that kind for its caller, its resource or its account;
without a snapshot there is nothing but what the request brings. Untrusted.
"""

from auditctl.simulate.overlay.bucket import add_bucket
from auditctl.simulate.overlay.endpoint import add_endpoint
from auditctl.simulate.overlay.files import Overlay
from auditctl.simulate.overlay.organization import add_levels
from auditctl.simulate.overlay.principal import add_boundary, add_caller, add_identity
from auditctl.simulate.overlay.resource import add_resource

__all__ = [
    "Overlay",
    "add_boundary",
    "add_bucket",
    "add_caller",
    "add_endpoint",
    "add_identity",
    "add_levels",
    "add_resource",
]
