"""One request in its world, and the documents that have a say in it.

Untrusted.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from auditctl.findings.statements import ENDPOINT_KEY
from auditctl.simulate.inline import session_documents
from auditctl.simulate.request import Request
from auditctl.simulate.resource import owner_of
from auditctl.simulate.world import World
from checkers.cloud.access_point import through
from checkers.cloud.authorization import RCP_ACTIONS
from checkers.cloud.control import BoundRequest
from checkers.cloud.derivation import Kind
from checkers.cloud.endpoint import Endpoint
from checkers.cloud.guards import Guard, guards_for
from checkers.cloud.identity import SERVICE_LINKED_PATH
from checkers.cloud.organization import RCP, SCP
from checkers.cloud.policy import Document
from checkers.cloud.request import assignment_of
from checkers.cloud.vocabulary import account_of
from checkers.kernel.globs import GlobSet

# Documents of one kind, the level of the organization that has them, and how far their resources reach.
Section = tuple[Kind, str, Sequence[Document], Callable[[GlobSet], GlobSet] | None]


class Case:
    """One request in its world."""

    def __init__(self, world: World, request: Request) -> None:
        self.world, self.inline = world, request.inline
        self.inventory, self.request = world.inventory, request.concrete
        self.account = account_of(self.request.principal)
        self.owner = owner_of(request, world.inventory)
        self.known = world.inventory.principals.get(self.request.principal)
        self.assignment = assignment_of(self.request)

    @property
    def is_root(self) -> bool:
        """Whether a root user asks."""
        return self.request.principal.endswith(":root")

    @property
    def is_bound(self) -> bool:
        """Whether organization policies bind the caller: they do not bind service-linked roles."""
        return self.known is None or not self.known.path.startswith(SERVICE_LINKED_PATH)

    def guards(self) -> list[Guard]:
        """The resource that the request is about, if it can have a policy."""
        action, resource = self.request.action.lower(), self.request.resource
        about = bound_to(GlobSet([action]), GlobSet([resource]), ())
        return [g for g in guards_for(self.inventory, about) if action in g.actions and resource in g.resources]

    def endpoints(self) -> list[tuple[Kind, Endpoint]]:
        """The VPC endpoints whose policies the request has to pass, and of which kind these are."""
        used, action = self.request.context.get(ENDPOINT_KEY, ()), self.request.action.lower()
        return [
            (Kind.GATEWAY_ENDPOINT if e.is_gateway else Kind.ENDPOINT, e)
            for e in self.inventory.endpoints
            if e.id in used and action in e.actions
        ]

    def sections(self) -> Iterator[Section]:
        """The documents with a say in the request: of which kind, and where in the organization."""
        if self.known is not None:
            yield Kind.IDENTITY, "", self.known.documents, None
            if self.known.boundary is not None:
                yield Kind.BOUNDARY, "", (self.known.boundary,), None
        sessions = session_documents(self.inline)
        if sessions:
            yield Kind.SESSION, "", sessions, None
        for guard in self.guards():
            yield from self._guarded(guard)
        if self.is_bound:
            yield from self._organization()
        for kind, endpoint in self.endpoints():
            yield kind, "", (endpoint.policy,), None

    def _organization(self) -> Iterator[Section]:
        """The policies of the levels that bind the caller, and of those that bind the resource."""
        for level in self.inventory.levels(self.account, SCP):
            yield Kind.SCP, level.target, level.documents, None
        for level in self.inventory.levels(self.owner, RCP) if self._is_restricted() else ():
            yield Kind.RCP, level.target, level.documents, None

    def _guarded(self, guard: Guard) -> Iterator[Section]:
        """The documents of a resource; of an access point also those of the bucket behind it."""
        yield guard.kind, "", guard.documents, None
        if guard.grants:
            yield Kind.GRANT, "", guard.grants, None
        if guard.bucket is not None:
            yield Kind.ACL, "", guard.bucket.acl, None
        if guard.point is not None:
            for bucket in self.inventory.buckets:
                if (bucket.name, bucket.account) in guard.point.buckets and bucket.policy is not None:
                    reach = partial(through, bucket_arn=bucket.arn, access_point_arn=guard.point.arn)
                    yield Kind.RESOURCE, "", (bucket.policy,), reach

    def _is_restricted(self) -> bool:
        """Whether resource control policies surely bind the request: its service, and no key of AWS's own."""
        managed = any(r.aws_managed for r in self.inventory.resources if self.request.resource in r.resources)
        return self.request.action.lower() in RCP_ACTIONS and not managed


def bound_to(actions: GlobSet | None, resources: GlobSet | None, sessions: tuple[Document, ...]) -> BoundRequest:
    """Requests by whomever, with these actions on these resources; None is all of them."""
    return BoundRequest((), (), actions, None, resources, None, (), sessions)
