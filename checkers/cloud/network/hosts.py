"""Hosts: interfaces whose packets software of the customer may send, and the roles of those who hold one.

Whoever holds an interface holds every interface of its instance, and the role of its instance profile. On the wide side
every interface counts that is not AWS's own, and where a role is not known it may be any that trusts a service which
gives roles to such things; on the narrow side only interfaces of instances count, and roles that are known.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from checkers.cloud.chains import Estate
from checkers.cloud.inventory import Inventory
from checkers.cloud.network.build import MANAGED
from checkers.cloud.network.flow_control import Entry
from checkers.cloud.network.listing import INSTANCES
from checkers.cloud.network.rows import listed
from checkers.cloud.network.selection import DATABASE, Selection, select
from checkers.cloud.policy import Document, Statement
from checkers.cloud.snapshot import State
from checkers.cloud.targets import Target
from checkers.cloud.vocabulary import account_of

# Interfaces of AWS's own (Amazon EC2 API reference, NetworkInterface: interfaceType). Those of load balancers besides.
OF_AWS = MANAGED | {"load_balancer", "vpc_endpoint"}
# The services that give a role to what is behind an interface; of any other interface it may be any service.
_GIVING = {"lambda": "lambda"}
_TO_INSTANCES = "ec2"
_SNAPSHOT = Target("network", "network", "", "")


@dataclass(frozen=True, slots=True)
class Role:
    """The role of whoever holds an interface: its ARN, empty for none; or why it is not known."""

    arn: str = ""
    problem: str = ""


class Hosts:
    """The hosts of a snapshot."""

    def __init__(self, inventory: Inventory) -> None:
        self.inventory = inventory
        self.export = inventory.network.export

    @cached_property
    def estate(self) -> Estate:
        """Who has which instance profile."""
        return Estate(self.inventory)

    def may_be(self, *, wide: bool) -> frozenset[str]:
        """The interfaces that are hosts: all that may be one, or those that surely are.

        On the wide side also the VPCs that may have interfaces which the export does not show, each as one host.
        """
        return self._wide if wide else self._narrow

    @cached_property
    def _narrow(self) -> frozenset[str]:
        return frozenset(i for i, one in self.export.interfaces.items() if one.instance)

    @cached_property
    def _wide(self) -> frozenset[str]:
        balancers = {i for b in self.export.balancers.values() for i in b.interfaces}
        others = (i for i, one in self.export.interfaces.items() if one.type not in OF_AWS and i not in balancers)
        return self._narrow.union(others, self.every.hidden)

    @cached_property
    def every(self) -> Selection:
        """Every interface, and what is not known of them."""
        return select((Entry(word="snapshot"),), (), _SNAPSHOT, self.export, wide=True)

    @cached_property
    def _of_instance(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for interface in sorted(self._narrow):
            found.setdefault(self.export.interfaces[interface].instance, []).append(interface)
        return found

    def is_of_instance(self, interface: str) -> bool:
        """Whether an interface surely is a host: one of an instance."""
        return interface in self._narrow

    def whole(self, interfaces: Iterable[str]) -> frozenset[str]:
        """The interfaces, and the others of their instances."""
        found = set(interfaces)
        for interface in found & self._narrow:
            found.update(self._of_instance[self.export.interfaces[interface].instance])
        return frozenset(found)

    # Roles.

    def role(self, interface: str) -> Role:
        """The role of an interface's instance. What is no instance has one that is not known, but for databases."""
        one = self.export.interfaces.get(interface)
        if one is None:
            return Role(problem=f"it is not known which interfaces are in {interface}, and which roles they give")
        if one.instance:
            return self.role_of_instance(one.instance)
        if one.description == DATABASE or interface not in self._wide:
            return Role()
        return Role(problem=f"it is not known which role {interface} gives, which is not of an instance")

    def role_of_instance(self, instance: str) -> Role:
        """The role of an instance."""
        profile = self._profiles.get(instance)
        if profile is None:
            return Role(problem=f"the instance profile of {instance} is not known")
        if not profile:
            return Role()
        role = self.estate.profiles.get(profile, "")
        return Role(role) if role else Role(problem=f"the role of {profile}, the profile of {instance}, is not known")

    @cached_property
    def _profiles(self) -> dict[str, str]:
        """The instance profile of each instance that is listed, empty where it has none."""
        found: dict[str, str] = {}
        snapshot = self.inventory.snapshot
        for account in sorted(self.inventory.accounts):
            for path in snapshot.under(f"{account}/"):
                fact = snapshot.fact(path) if path.endswith(f"/{INSTANCES}.json") else None
                if fact is None or fact.state is not State.VALUE:
                    continue
                for reservation in listed(fact, "Reservations"):
                    for row in reservation.rows("Instances"):
                        found[row.text("InstanceId")] = row.row("IamInstanceProfile").optional("Arn")
        return found

    def roles(self, interfaces: Iterable[str], *, wide: bool) -> tuple[str, ...]:
        """The roles of whoever holds these interfaces, sorted; on the wide side all that they may be."""
        found: set[str] = set()
        unknown: set[tuple[str, str]] = set()
        for interface in interfaces:
            role = self.role(interface)
            if role.arn:
                found.add(role.arn)
            elif role.problem and wide:
                unknown.add(self._giver(interface))
        for account, service in unknown:
            found.update(self._given(account, service))
        return tuple(sorted(found))

    def _giver(self, interface: str) -> tuple[str, str]:
        """The account of the role that an interface may give, and the service that gives it; empty for any."""
        one = self.export.interfaces.get(interface)
        if one is None:
            return "", ""
        if not one.instance:
            return one.place.account, _GIVING.get(one.type, "")
        profile = self._profiles.get(one.instance)
        return (account_of(profile) if profile else one.place.account), _TO_INSTANCES

    def _given(self, account: str, service: str) -> Iterator[str]:
        for role in self.inventory.iam[account].roles if account in self.inventory.iam else ():
            if role.trust is None or may_trust(role.trust, service):
                yield role.arn

    def foreign(self, interfaces: Iterable[str]) -> str:
        """Why an interface may give a role that the snapshot does not have, empty where none does."""
        for interface in interfaces:
            problem = self.role(interface).problem
            if problem and self._giver(interface)[0] not in self.inventory.iam:
                return problem
        return ""


_LAST: list[Hosts] = []  # of the snapshot that was asked about last


def hosts_of(inventory: Inventory) -> Hosts:
    """The hosts of a snapshot, which all of its claims share."""
    if not _LAST or _LAST[0].inventory is not inventory:
        _LAST[:] = [Hosts(inventory)]
    return _LAST[0]


def may_trust(trust: Document, service: str) -> bool:
    """Whether a trust policy may let a service give the role; empty: any service, or an identity provider."""
    return trust.problem is not None or any(_may_trust(s, service) for s in trust.statements)


def _may_trust(statement: Statement, service: str) -> bool:
    if statement.effect == "Deny":
        return False
    who = statement.principals
    if who is None or who.negated or who.everyone:
        return True
    if not service:  # roles of pods trust the identity provider of their cluster
        return bool(who.service or who.federated)
    return any(name == "*" or name.partition(".")[0] == service for name in who.service)
