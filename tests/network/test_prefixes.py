"""Longest prefixes against looking at every route for every address."""

from time import perf_counter
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from checkers.cloud.network.header import V4, V6, addresses
from checkers.cloud.network.prefixes import resolve
from checkers.kernel.intervals import IntervalSet, difference

BORDER = 1 << 32
# A window of 32 addresses of each family; IPv4's ends where IPv6's begins.
BASES = (BORDER - 32, BORDER)
WINDOW = range(BORDER - 32, BORDER + 32)


@st.composite
def cidrs(draw: Any) -> tuple[int, int]:
    """A block of the window, of up to 32 addresses."""
    size = 1 << draw(st.integers(0, 5))
    return draw(st.sampled_from(BASES)) + size * draw(st.integers(0, 32 // size - 1)), size


routes = st.lists(st.tuples(st.lists(cidrs(), max_size=3), st.integers(0, 2), st.sampled_from("abcd")), max_size=8)


def winners(table: Any, address: int) -> set[str]:
    """Whose routes decide an address, looking at each of them."""
    hits = [(s, rank, key) for found, rank, key in table for first, s in found if first <= address < first + s]
    best = min(((s, rank) for s, rank, _ in hits), default=None)
    return {key for s, rank, key in hits if (s, rank) == best}


@given(routes)
def test_a_key_has_the_addresses_for_which_a_route_of_its_wins(table: Any) -> None:
    found = dict(resolve(table))
    assert [a for a in WINDOW if {k for k, values in found.items() if a in values} != winners(table, a)] == []
    assert list(found) == [key for key in dict.fromkeys(r[2] for r in table) if key in found]
    assert not any(values.is_nothing for values in found.values())


def block(text: str) -> tuple[int, int]:
    """The block of a CIDR text."""
    (first, _), (stop, _) = addresses([text]).cuts
    return int(first), int(stop - first)


def table(*rows: tuple[str, int, str]) -> dict[str, IntervalSet]:
    return dict(resolve([([block(t) for t in text.split()], rank, key) for text, rank, key in rows]))


def test_the_longer_prefix_wins_whatever_its_rank_and_place() -> None:
    found = table(("0.0.0.0/0", 0, "internet"), ("10.0.0.0/8", 3, "hub"), ("10.1.0.0/16", 0, "local"))
    assert found["local"] == addresses(["10.1.0.0/16"])
    assert found["hub"] == difference(addresses(["10.0.0.0/8"]), found["local"])
    assert found["internet"] == difference(V4, addresses(["10.0.0.0/8"]))


def test_a_default_route_in_halves_hides_the_whole_one() -> None:
    found = table(("0.0.0.0/0", 0, "whole"), ("0.0.0.0/1", 1, "low"), ("128.0.0.0/1", 1, "high"), ("::/0", 0, "six"))
    assert list(found) == ["low", "high", "six"]
    assert found["six"] == V6


def test_the_lower_rank_wins_among_equal_prefixes_and_equal_ranks_share() -> None:
    found = table(("10.0.0.0/8", 1, "b"), ("10.0.0.0/8", 0, "a"), ("10.0.0.0/8", 0, "c"), ("10.0.0.0/8", 1, "d"))
    assert found == dict.fromkeys("ac", addresses(["10.0.0.0/8"]))


def test_each_entry_of_a_prefix_list_counts_with_its_own_length() -> None:
    found = table(("10.0.0.0/8", 1, "route"), ("10.0.0.0/9 10.128.0.0/9 0.0.0.0/0", 2, "list"))
    assert found == {"list": V4}


def test_a_table_without_routes_decides_nothing() -> None:
    assert resolve([]) == []
    assert resolve([([], 0, "a")]) == []


def test_a_large_table_is_resolved_in_little_time() -> None:
    """Tens of milliseconds; subtracting routes from each other would take minutes."""
    rows = [([block(f"10.{i % 250}.{i // 250 * 16}.0/{20 + i % 9}")], i % 4, i) for i in range(2000)]
    rows += [([block("10.0.0.0/8")], 0, 2000), ([block("0.0.0.0/0")], 0, 2001)]
    started = perf_counter()
    found = resolve(rows)
    assert perf_counter() - started < 1
    assert len(found) == 2002
