"""Addresses that are not known before the apply: what interfaces and NAT gateways may have.

On the narrow side an interface with such an address has none at all. On the wide side it has stand-ins: of every range
within its blocks that nothing in the export tells apart, one address of its own. They stand for whatever it gets:

    a ↦ ā  takes each address that is given at the apply to the stand-in, of the interface that gets it, in its range
    every set of addresses of the graph is a union of such ranges, of addresses of interfaces, or of both
    ---------------------------------------------------------------------------------------------------------------
    where a packet gets with the addresses that are given, it gets with the stand-ins

It rests on what VPCs have in common: no two interfaces of one VPC have an address in common (Amazon VPC user guide,
"IP addressing for your VPCs and subnets"). Where those of another VPC may be the same, or a range has not enough for
all, the stand-ins are every address there.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, is_dataclass, replace
from itertools import pairwise

from checkers.cloud.network.header import PUBLIC, V4
from checkers.cloud.network.model import Export, Interface, Mapped, Open
from checkers.cloud.network.rows import Region, Row, span_of
from checkers.cloud.unknowns import Unknown
from checkers.kernel.intervals import NOTHING, IntervalSet, difference, integers, intersection, join

PUBLIC_V4 = intersection(PUBLIC, V4)


# Reading.


def reasons_of(region: Region, texts: Iterable[str]) -> str:
    """Which of these values are not known, in words; empty where all are."""
    if not region.snapshot.unknowns.values:
        return ""
    found = (region.unknown(text) for text in texts)
    return "; ".join(dict.fromkeys(one.reason for one in found if one is not None))


def note_open(region: Region, interface: str, texts: Iterable[str]) -> None:
    """Note the private addresses of an interface that are not known."""
    given = {text: one for text in texts if (one := region.unknown(text)) is not None}
    within = [_within(one) for one in given.values()]
    if region.wide and within:
        region.export.open[interface] = Open(frozenset(given), _joined(within))


def mapped(row: Row, region: Region, interface: str, private: str, public: str) -> Mapped:
    """A private address and its public one, of which one is not known; the public one may be empty."""
    own, other = region.unknown(private), region.unknown(public)
    behind = row.blocks([public] if public else []) if other is None else PUBLIC_V4
    return Mapped(interface, private, row.blocks([private]) if own is None else _within(own), behind)


def _within(one: Unknown) -> IntervalSet:
    """Where a private address may be. Only those of IPv4 are not known."""
    spans = [span for text in one.within if (span := span_of(text)) is not None]
    return intersection(V4, integers((first, stop - 1) for first, stop in spans)) if spans else V4


def _joined(parts: Iterable[IntervalSet]) -> IntervalSet:
    found = NOTHING
    for part in parts:
        found = join(found, part)
    return found


# Stand-ins.


def stand_in(export: Export) -> None:
    """Give the interfaces with addresses that are not known the ones that stand for them."""
    export.open = {i: one for i, one in export.open.items() if i in export.interfaces}
    if not export.open:
        return
    ends = export.ends = _ends(export)
    for vpc in sorted({export.interfaces[i].vpc for i in export.open}):
        for interface, values in _of_vpc(export, vpc, ends).items():
            one = export.interfaces[interface]
            ways = _with(export, one.mapped, {interface: values})
            export.interfaces[interface] = replace(one, addresses=join(one.addresses, values), may=values, mapped=ways)
    given = {i: export.interfaces[i].may for i in export.open}
    for nat in export.nats.values():
        export.nats[nat.id] = replace(nat, mapped=_with(export, nat.mapped, given))


def _with(export: Export, ways: Sequence[Mapped], given: dict[str, IntervalSet]) -> tuple[Mapped, ...]:
    """Mappings with the stand-ins of the interfaces whose addresses they have."""
    return tuple(
        replace(m, private=given[m.interface])
        if m.interface in given and m.text in export.open[m.interface].texts
        else m
        for m in ways
    )


def _of_vpc(export: Export, vpc: str, ends: Sequence[int]) -> dict[str, IntervalSet]:
    """The stand-ins of each interface of a VPC."""
    interfaces = export.interfaces
    own = [i for i in sorted(export.open) if interfaces[i].vpc == vpc]
    foreign = _joined({o.within for i, o in export.open.items() if interfaces[i].vpc != vpc})
    taken = _joined(one.addresses for one in interfaces.values() if one.vpc == vpc)
    sharing: dict[IntervalSet, list[str]] = {}
    for interface in own:
        sharing.setdefault(export.open[interface].within, []).append(interface)
    found: dict[str, IntervalSet] = {}
    for within, members in sharing.items():
        free = difference(within, taken)
        if free.is_nothing or not intersection(within, foreign).is_nothing:
            found |= dict.fromkeys(members, within)
            continue
        ranges = list(_ranges(free, ends))
        for number, interface in enumerate(members):
            found[interface] = integers(
                (low + number, low + number) if high - low >= len(members) else (low, high - 1) for low, high in ranges
            )
    return found


def _ranges(values: IntervalSet, ends: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The ranges of a set between ends."""
    cuts = [int(n) for n, _ in values.cuts]
    for first, stop in zip(cuts[::2], cuts[1::2], strict=True):
        yield from pairwise([first, *ends[bisect_right(ends, first) : bisect_left(ends, stop)], stop])


def _ends(export: Export) -> tuple[int, ...]:
    """The numbers at which a set of the graph may begin or stop: every number that the export has, and the constants.

    Numbers that are no addresses do no harm: ranges only become smaller.
    """
    found: set[int] = set()
    todo: list[object] = [export, PUBLIC, V4]
    while todo:
        value = todo.pop()
        found.update(_numbers(value))
        if is_dataclass(value):
            todo += [getattr(value, f.name) for f in fields(value)]
        elif isinstance(value, dict):
            todo += [*value, *value.values()]
        elif isinstance(value, tuple | list | set | frozenset):
            todo += value
    return tuple(sorted(found))


def _numbers(value: object) -> Iterable[int]:
    """Where a set, an address or a block begins and stops."""
    match value:
        case IntervalSet():
            return [int(n) for n, _ in value.cuts]
        case str():
            return span_of(value) or ()
        case int():
            return value, value + 1
        case (int(first), int(size)):
            return first, first + size
        case _:
            return ()


def around(export: Export, values: IntervalSet, *, may: bool) -> IntervalSet:
    """Addresses with all of the ranges that stand-ins are of and that lie partly among them; or without those."""
    if not export.open:
        return values
    found = values
    for number in sorted({int(n) for n, _ in values.cuts}.difference(export.ends)):
        at = bisect_left(export.ends, number)
        if 0 < at < len(export.ends) and any(number in one.within for one in export.open.values()):
            part = integers([(export.ends[at - 1], export.ends[at] - 1)])
            found = join(found, part) if may else difference(found, part)
    return found


def among(one: Interface, wanted: IntervalSet, *, may: bool) -> IntervalSet:
    """Those of the addresses of an interface that are among the wanted ones, also by their public ones.

    A public one that is not known may be among them.
    """
    found = [(private, private) for private, public in one.public.items() if public in wanted]
    kept = intersection(one.addresses, join(wanted, integers(found)) if found else wanted)
    for mapped_ in one.mapped if may else ():
        if not intersection(mapped_.public, wanted).is_nothing:
            kept = join(kept, mapped_.private)
    return kept
