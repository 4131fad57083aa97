"""What the entries of a flow control select: interfaces, addresses outside, gateway endpoints.

What is not known of an interface (the tags of a VPC that was not exported) makes it selected on the wide side, and
not selected on the narrow side; of what an entry leaves out, the other way round.

Interfaces by which AWS forwards the packets of others (NAT, transit gateways, gateway load balancers) send and receive
none of their own. Only entries and targets that name interfaces or their kind select them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from checkers.cloud.control import fill_text
from checkers.cloud.network.export_unknown import among, around
from checkers.cloud.network.export_unmodelled import PLANNED
from checkers.cloud.network.flow_control import Entry
from checkers.cloud.network.flow_words import entry_in_words
from checkers.cloud.network.header import PUBLIC
from checkers.cloud.network.listing import LISTS, operation_of, shared_vpcs, unread, without_instance
from checkers.cloud.network.model import Balancer, Endpoint, Export, Interface, Problem
from checkers.cloud.open_sets import takes, takes_tag
from checkers.kernel.globs import ANY, STAR, GlobSet
from checkers.kernel.intervals import EVERYTHING, NOTHING, IntervalSet, difference, intersection, join

if TYPE_CHECKING:  # the targets come from an inventory, which has a network, which selects
    from checkers.cloud.targets import Target

FORWARDING = frozenset("nat_gateway transit_gateway gateway_load_balancer gateway_load_balancer_endpoint".split())
_NAMING = frozenset(("endpoint", "instance", "interface", "load_balancer", "type"))  # members that name interfaces
DATABASE = "RDSNetworkInterface"  # how RDS describes its interfaces
_ENDPOINTS = "ec2/describe-vpc-endpoints"
_OF_ENDPOINTS = frozenset(("account", "endpoint", "region", "vpc"))
_ONE_BY_ONE = ("endpoint", "instance", "interface", "load_balancer")  # whose ids name no hidden interfaces
_WITH_HIDDEN = ("account", "network", "security-group", "subnet", "vpc")  # targets that may have hidden interfaces
_LOCATED = ("instance", "interface", "load_balancer", "security_group", "subnet", "vpc")
MAX_REMEMBERED = 1 << 10  # selections of one export
Ids = frozenset[str]
NOBODY: Ids = frozenset()


@dataclass(frozen=True)
class Selection:
    """What one side of a flow is.

    `interfaces` maps interfaces to those of their addresses that are selected. `internet` and `outside` are
    addresses there, `endpoints` gateway endpoints. `nothing` are the entries that match nothing. `unknown` says what
    may be selected besides and is not in the export, so that no proof covers it; `doubts` of which interfaces it is
    not known whether they are selected, `hidden` the VPCs of which interfaces that the export does not show may be
    selected. All three are of the wide side only.
    """

    interfaces: Mapping[str, IntervalSet]
    internet: IntervalSet
    outside: IntervalSet
    endpoints: frozenset[str]
    nothing: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    hidden: frozenset[str] = frozenset()

    @property
    def problem(self) -> str:
        """Why it is not known what is selected, empty where it is."""
        return self.unknown[0] if self.unknown else ""


def select(
    entries: Sequence[Entry], but: Sequence[Entry], target: "Target", export: Export, *, wide: bool = True
) -> Selection:
    """What any of the entries selects and none of `but`. Entries may name the target."""
    finder = _finder(export)
    asked = tuple(entries), tuple(but)
    depends = any(_names_target(e) for e in (*entries, *but))
    key = (*asked, (target.kind, target.id) if depends else None, wide)
    if key not in finder.remembered:
        if len(finder.remembered) >= MAX_REMEMBERED:
            finder.remembered.clear()
        finder.remembered[key] = _Making(finder, target, wide=wide).make(*asked)
    return finder.remembered[key]


_LAST: list["_Finder"] = []  # of the exports that were asked about last


def _finder(export: Export) -> "_Finder":
    for known in _LAST:
        if known.export is export:
            return known
    _LAST[:] = [_Finder(export), *_LAST[:1]]  # the other side of the same snapshot may be another export
    return _LAST[0]


def _names_target(entry: Entry) -> bool:
    lists = [texts for _, texts in entry.names] + [texts for _, wanted in entry.tags for _, texts in wanted]
    return entry.word == "target" or any("${" in text for texts in lists for text in texts)


def _globs(texts: Sequence[str], values: Mapping[str, str]) -> GlobSet:
    """Globs with the target filled in, whose own `*` and `?` are letters."""
    return GlobSet([fill_text(t.replace("*", STAR).replace("?", ANY), values, "") for t in texts])


@dataclass(frozen=True, slots=True)
class _Sides:
    """The ids that certainly match, and those that may."""

    must: Ids
    may: Ids

    def meet(self, other: "_Sides") -> "_Sides":
        return _Sides(self.must & other.must, self.may & other.may)


class _Finder:
    """An export's interfaces by what entries ask for."""

    def __init__(self, export: Export) -> None:
        self.export = export
        self.every: Ids = frozenset(export.interfaces)
        self.hosts: Ids = frozenset(i for i, one in export.interfaces.items() if one.type not in FORWARDING)
        self.whole = {i: export.interfaces[i].addresses for i in sorted(self.hosts)}
        self.remembered: dict[object, Selection] = {}
        self._tables: dict[str, dict[str, Ids]] = {}
        self._tags: dict[str, dict[str, Ids]] = {}
        self._found: dict[tuple[str, str, GlobSet], _Sides] = {}

    def table(self, name: str) -> dict[str, Ids]:
        """For each value of a member, the interfaces that have it."""
        if name not in self._tables:
            pairs = ((v, i) for i, one in self.export.interfaces.items() for v in self._values(name, one))
            self._tables[name] = _grouped(pairs)
        return self._tables[name]

    def _values(self, name: str, one: Interface) -> Iterable[str]:
        if name == "security_group":
            named = (self.export.groups[g].name for g in one.groups if g in self.export.groups)
            return (*one.groups, *named)
        if name in ("load_balancer", "endpoint"):
            return (self._balancers if name == "load_balancer" else self._endpoints).get(one.id, ())
        if name == "type":
            return (one.type, "database") if one.description == DATABASE else (one.type,)
        own = {"account": one.place.account, "region": one.place.region, "interface": one.id, "instance": one.instance}
        own |= {"subnet": one.subnet, "vpc": one.vpc}
        return (own[name],) if own[name] else ()

    @cached_property
    def _balancers(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for balancer in self.export.balancers.values():
            for interface in balancer.interfaces:
                found.setdefault(interface, []).extend((balancer.arn, balancer.name))
        return found

    @cached_property
    def _endpoints(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for endpoint in self.export.endpoints.values():
            for interface in endpoint.interfaces:
                found.setdefault(interface, []).append(endpoint.id)
        return found

    @cached_property
    def regions(self) -> dict[str, str]:
        """The region of each thing that an entry can name by its id."""
        export = self.export
        things = (export.vpcs, export.subnets, export.groups, export.interfaces, export.balancers)
        found = {i: one.place.region for table in things for i, one in table.items()}
        return found | {one.instance: one.place.region for one in export.interfaces.values() if one.instance}

    def with_name(self, name: str, globs: GlobSet) -> _Sides:
        """The interfaces of which a value of a member matches."""
        key = (name, "", globs)
        if key not in self._found:
            must, may = (_matching(self.table(name), globs, may=may) for may in (False, True))
            # A group that was not exported has a name that is not known.
            self._found[key] = _Sides(must, may | self._with_unknown_group if name == "security_group" else may)
        return self._found[key]

    @cached_property
    def _with_unknown_group(self) -> Ids:
        known = self.export.groups
        return frozenset(i for i, one in self.export.interfaces.items() if any(g not in known for g in one.groups))

    @cached_property
    def in_any_group(self) -> Ids:
        """The interfaces with a group of which it is not known which it is."""
        unknown = self.export.any_group.keys()
        return frozenset(i for i in self.hosts if not unknown.isdisjoint(self.export.interfaces[i].groups))

    def with_tags(self, name: str, wanted: Sequence[tuple[str, GlobSet]]) -> _Sides:
        """The interfaces whose tags, or whose VPC's, subnet's or a group's, match."""
        if name == "tag":
            found = _Sides(self.every, self.every)
            for key, globs in wanted:
                found = found.meet(self._with_tag(key, globs))
            return found
        things = self._tagged_things[name]
        table = self.table(_OF_TAGS[name])
        must, may = (
            frozenset(
                i
                for thing, tags in things.items()
                if _has_tags(tags, wanted, may=side)
                for i in table.get(thing, NOBODY)
            )
            for side in (False, True)
        )
        if name == "group_tag":
            return _Sides(must, may | self._with_unknown_group)
        return _Sides(must, may.union(*(ids for thing, ids in table.items() if thing not in things)))

    @cached_property
    def _tagged_things(self) -> dict[str, dict[str, Mapping[str, str]]]:
        return {
            "vpc_tag": {i: one.tags for i, one in self.export.vpcs.items()},
            "subnet_tag": {i: one.tags for i, one in self.export.subnets.items()},
            "group_tag": {i: one.tags for i, one in self.export.groups.items()},
        }

    def _with_tag(self, key: str, globs: GlobSet) -> _Sides:
        place = ("tag", key, globs)
        if place not in self._found:
            if key not in self._tags:
                pairs = (
                    (tags[key], i)
                    for i, one in self.export.interfaces.items()
                    for tags in (one.tags, one.instance_tags)
                    if key in tags
                )
                self._tags[key] = _grouped(pairs)
            must, may = (
                NOBODY.union(*(ids for value, ids in self._tags[key].items() if takes_tag(globs, value, may=side)))
                for side in (False, True)
            )
            self._found[place] = _Sides(must, may | self._untagged)
        return self._found[place]

    @cached_property
    def _untagged(self) -> Ids:
        """The interfaces of instances whose tags are not known."""
        return without_instance(self.export)

    @cached_property
    def left_out(self) -> tuple[Problem, ...]:
        """The interfaces that the snapshot lists and the export does not have: their subnets are not known."""
        return tuple(p for p in self.export.problems if p.id.startswith("eni-") and p.id not in self.every)

    @cached_property
    def unread(self) -> tuple[Problem, ...]:
        """What a plan has in VPCs and could not be read: it may have interfaces that are not in the snapshot."""
        problems = (p for p in self.export.problems if operation_of(p.place.path) == PLANNED)
        return tuple(p for p in problems if p.vpcs != () and not p.id.startswith("eni-"))

    @cached_property
    def hiding(self) -> Ids:
        """The VPCs in whose subnets other accounts may have interfaces that are not in the snapshot."""
        return shared_vpcs(self.export)

    @cached_property
    def unseen_balancers(self) -> tuple[Balancer, ...]:
        """The load balancers that have a subnet in which none of their interfaces is in the export."""
        found = []
        for one in self.export.balancers.values():
            seen = {self.export.interfaces[i].subnet for i in one.interfaces if i in self.every}
            if not one.subnets or not seen.issuperset(one.subnets):
                found.append(one)
        return tuple(found)

    @cached_property
    def unseen(self) -> tuple[str, ...]:
        """The endpoints with interfaces of which one is not in the export."""
        endpoints = (e for e in self.export.endpoints.values() if e.kind != "Gateway")
        return tuple(e.id for e in endpoints if not e.interfaces or not self.every.issuperset(e.interfaces))

    def not_known(self, operations: Sequence[str]) -> Iterator[str]:
        """The lists of these operations that were not read, in the regions with VPCs."""
        places = {(v.place.account, v.place.region) for v in self.export.vpcs.values()}
        refused = {p.place.path for p in unread(self.export, *operations)}
        paths = {f"{account}/{region}/{o}.json" for account, region in places for o in operations}
        yield from sorted(refused | (paths - self.export.paths))

    def of_target(self, kind: str, id_: str) -> Ids:
        """The interfaces of a target."""
        if kind == "network":
            return self.hosts
        name = kind.replace("-", "_")
        found = self.table(name).get(id_, NOBODY)
        return found if name in _NAMING else found & self.hosts


_OF_TAGS = {"vpc_tag": "vpc", "subnet_tag": "subnet", "group_tag": "security_group"}


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, Ids]:
    found: dict[str, set[str]] = {}
    for value, id_ in pairs:
        found.setdefault(value, set()).add(id_)
    return {value: frozenset(ids) for value, ids in found.items()}


def _matching(table: Mapping[str, Ids], globs: GlobSet, *, may: bool) -> Ids:
    if globs.literals == frozenset(globs.patterns):
        return NOBODY.union(*(table.get(text, NOBODY) for text in globs.patterns))
    return NOBODY.union(*(ids for value, ids in table.items() if takes(globs, value, may=may)))


def _has_tags(tags: Mapping[str, str], wanted: Iterable[tuple[str, GlobSet]], *, may: bool) -> bool:
    return all(key in tags and takes_tag(globs, tags[key], may=may) for key, globs in wanted)


@dataclass(slots=True)
class _Found:
    """What some entries select, as it is put together."""

    interfaces: dict[str, IntervalSet] = field(default_factory=dict)
    internet: IntervalSet = NOTHING
    outside: IntervalSet = NOTHING
    endpoints: set[str] = field(default_factory=set)

    def add(self, interface: str, values: IntervalSet) -> None:
        known = self.interfaces.get(interface)
        self.interfaces[interface] = values if known is None else join(known, values)


class _Making:
    """The making of one selection."""

    def __init__(self, finder: _Finder, target: "Target", *, wide: bool) -> None:
        self.finder = finder
        self.export = finder.export
        self.target = target
        self.values = target.placeholders()
        self.wide = wide
        self.nothing: list[str] = []
        self.unknown: list[str] = []
        self.doubts: list[str] = []

    def make(self, entries: Sequence[Entry], but: Sequence[Entry]) -> Selection:
        """The selection; what is left out is taken away address by address where an entry names addresses."""
        taken, left = _Found(), _Found()
        for entry in entries:
            self._take(entry, taken, may=self.wide)
            if self.wide:
                self.unknown += self._missing(entry)
                unread_ = self.finder.unread if self._may_have_hidden(entry) else ()
                self.unknown += [problem.reason for problem in unread_ if self._may_be(entry, problem)]
        for entry in but:
            self._take(entry, left, may=not self.wide)
        interfaces = dict(taken.interfaces)
        for interface in left.interfaces.keys() & taken.interfaces.keys():
            kept = difference(taken.interfaces[interface], left.interfaces[interface])
            if kept.is_nothing:
                del interfaces[interface]
            else:
                interfaces[interface] = kept
        return Selection(
            {i: interfaces[i] for i in sorted(interfaces)},
            difference(taken.internet, left.internet),
            difference(taken.outside, left.outside),
            frozenset(taken.endpoints - left.endpoints),
            nothing=tuple(dict.fromkeys(self.nothing)),
            unknown=tuple(dict.fromkeys(self.unknown)),
            doubts=tuple(dict.fromkeys(self.doubts)),
            hidden=frozenset(v for e in entries if self.wide for v in self._hidden(e)),
        )

    def _take(self, entry: Entry, found: _Found, *, may: bool) -> None:
        """Add what an entry selects."""
        if entry.word:
            self._take_word(entry.word, found, may=may)
            return
        sides = self._sides(entry)
        ids = sorted(sides.may if may else sides.must)
        wanted = None if entry.addresses is None else around(self.export, entry.addresses, may=may)
        chosen = {i: kept for i in ids if (kept := self._addresses(i, wanted, may=may)) is not None}
        for interface, values in chosen.items():
            found.add(interface, values)
        endpoints = {e.id for e in self.export.endpoints.values() if self._is_gateway(entry, e, may=may)}
        found.endpoints |= endpoints
        alone = entry.addresses is not None and not entry.names and not entry.tags
        if alone and wanted is not None:
            found.internet = join(found.internet, intersection(PUBLIC, wanted))
            found.outside = join(found.outside, wanted)
        self._tell(entry, sides, is_empty=not (chosen or endpoints or alone))

    def _take_word(self, word: str, found: _Found, *, may: bool) -> None:
        if word == "internet":
            found.internet = PUBLIC
        elif word == "on-premises":
            found.outside = EVERYTHING
        else:
            interfaces = self.export.interfaces
            of_target = {} if word == "snapshot" else {i: interfaces[i].addresses for i in self._of_target(may=may)}
            found.interfaces |= self.finder.whole if word == "snapshot" else of_target

    def _of_target(self, *, may: bool) -> Ids:
        found = self.finder.of_target(self.target.kind, self.target.id)
        if may and self.target.kind == "security-group":
            return found | self.finder.in_any_group
        return found

    def _sides(self, entry: Entry) -> _Sides:
        """The interfaces that have every member of an entry but its addresses."""
        start = self.finder.hosts if _NAMING.isdisjoint(name for name, _ in entry.names) else self.finder.every
        found = _Sides(start, start)
        for name, texts in entry.names:
            found = found.meet(self.finder.with_name(name, _globs(texts, self.values)))
        for name, wanted in entry.tags:
            found = found.meet(self.finder.with_tags(name, self._bound(wanted)))
        return found

    def _bound(self, wanted: Sequence[tuple[str, tuple[str, ...]]]) -> list[tuple[str, GlobSet]]:
        return [(key, _globs(texts, self.values)) for key, texts in wanted]

    def _addresses(self, interface: str, wanted: IntervalSet | None, *, may: bool) -> IntervalSet | None:
        """The addresses of an interface that an entry selects, None for none: private ones, also by their public."""
        one = self.export.interfaces[interface]
        if wanted is None:
            return one.addresses
        kept = among(one, wanted, may=may)
        return None if kept.is_nothing else kept

    def _is_gateway(self, entry: Entry, endpoint: Endpoint, *, may: bool) -> bool:
        """Whether an entry selects a gateway endpoint, which has no interfaces: by id and place."""
        names = dict(entry.names)
        if endpoint.kind != "Gateway" or "endpoint" not in names or names.keys() - _OF_ENDPOINTS:
            return False
        if entry.addresses is not None or any(name != "vpc_tag" for name, _ in entry.tags):
            return False
        own = {"endpoint": endpoint.id, "vpc": endpoint.vpc}
        own |= {"account": endpoint.place.account, "region": endpoint.place.region}
        if not all(takes(_globs(texts, self.values), own[name], may=may) for name, texts in entry.names):
            return False
        vpc = self.export.vpcs.get(endpoint.vpc)
        return all(may if vpc is None else _has_tags(vpc.tags, self._bound(w), may=may) for _, w in entry.tags)

    def _tell(self, entry: Entry, sides: _Sides, *, is_empty: bool) -> None:
        """Note an entry that matches nothing, and interfaces of which it is not known whether they match."""
        lists = (*(texts for _, texts in entry.names), *(texts for _, wanted in entry.tags for _, texts in wanted))
        if is_empty and all(lists):  # an empty list, say of a parameter, matches nothing on purpose
            self.nothing.append(entry_in_words(entry, self.target.kind, self.values))
        unsure = sorted(sides.may - sides.must)
        if unsure and self.wide:
            words = entry_in_words(entry, self.target.kind, self.values)
            more = f" and {len(unsure) - 1} more" if unsure[1:] else ""
            self.doubts.append(f"it is not known whether {unsure[0]}{more} match {words}")

    def _missing(self, entry: Entry) -> Iterator[str]:
        """What an entry may select besides, since a list could not be read."""
        if entry.word in ("internet", "on-premises"):
            return
        for problem in unread(self.export, *LISTS["interface"], *LISTS["subnet"], *LISTS["vpc"]):
            place = problem.place
            if self._reaches(entry, place.account, place.region):
                yield f"the interfaces of {place.account} in {place.region} are not known: {problem.reason}"
        for problem in self.finder.left_out:
            if self._may_be(entry, problem):
                yield f"{problem.id} is not known: {problem.reason}"
        names = {name: _globs(texts, self.values) for name, texts in entry.names}
        lists = LISTS["load-balancer"] if "load_balancer" in names else ()
        for path in self.finder.not_known((*lists, *((_ENDPOINTS,) if "endpoint" in names else ()))):
            yield f"{path} is not known"
        if (entry.word, self.target.kind) == ("target", "load-balancer"):
            names["load_balancer"] = GlobSet([self.target.id])
        yield from self._unseen(names)

    def _unseen(self, names: Mapping[str, GlobSet]) -> Iterator[str]:
        """The load balancers and endpoints with these names whose interfaces are not known."""
        finder, nobody = self.finder, GlobSet([])
        wanted = names.get("load_balancer", nobody)
        balancers = (
            b.arn for b in finder.unseen_balancers if any(takes(wanted, text, may=True) for text in (b.arn, b.name))
        )
        yield from (f"the interfaces of load balancer {arn} are not in the export" for arn in balancers)
        wanted = names.get("endpoint", nobody)
        yield from (f"the interfaces of {e} are not in the export" for e in finder.unseen if takes(wanted, e, may=True))

    def _may_be(self, entry: Entry, left_out: Problem) -> bool:
        """Whether an entry may select an interface that was left out of the export, or one of what a plan has."""
        if not self._reaches(entry, left_out.place.account, left_out.place.region):
            return False
        vpcs = left_out.vpcs or ()
        if entry.word == "target":
            asked = {"interface": left_out.id, "vpc": vpcs[0] if vpcs else ""}.get(self.target.kind, "")
            return not asked or asked == self.target.id
        own = {"interface": left_out.id if left_out.id.startswith("eni-") else "", "vpc": vpcs[0] if vpcs else ""}
        return all(
            takes(_globs(texts, self.values), own[name], may=True) for name, texts in entry.names if own.get(name)
        )

    def _may_have_hidden(self, entry: Entry) -> bool:
        """Whether an entry may select interfaces that the export does not show: it does not name them one by one."""
        names = dict(entry.names)
        if entry.word in ("internet", "on-premises"):
            return False
        if entry.word == "target" and self.target.kind not in _WITH_HIDDEN:
            return False
        return not any(name in names and not _globs(names[name], self.values).wildcards for name in _ONE_BY_ONE)

    def _hidden(self, entry: Entry) -> Iterator[str]:
        """The VPCs in which an entry may select interfaces of other accounts, which the export does not show."""
        kind = self.target.kind
        if not self._may_have_hidden(entry):
            return
        for vpc in sorted(self.finder.hiding):
            own = {"region": self.export.vpcs[vpc].place.region, "vpc": vpc}
            if entry.word == "target" and kind not in ("account", "network"):
                if vpc == self._vpc_of_target():
                    yield vpc
            elif all(
                takes(_globs(texts, self.values), own[name], may=True) for name, texts in entry.names if name in own
            ) and all(
                _has_tags(self.export.vpcs[vpc].tags, self._bound(w), may=True)
                for name, w in entry.tags
                if name == "vpc_tag"
            ):
                yield vpc

    def _vpc_of_target(self) -> str:
        """The VPC of a target that is one, or is in one."""
        subnet, group = self.export.subnets.get(self.target.id), self.export.groups.get(self.target.id)
        return subnet.vpc if subnet else group.vpc if group else self.target.id

    def _reaches(self, entry: Entry, account: str, region: str) -> bool:
        """Whether an entry may select interfaces of an account and region that are not in the export."""
        if entry.word == "target":
            if self.target.kind == "account":
                return self.target.id == account
            return self.finder.regions.get(self.target.id, region) == region
        own = {"account": account, "region": region}
        for name, texts in entry.names:
            globs = _globs(texts, self.values)
            if name in own and own[name] not in globs:
                return False
            if name in _LOCATED and not globs.wildcards:
                known = {self.finder.regions.get(text, region) for text in globs.literals}
                if region not in known:
                    return False
        return True
