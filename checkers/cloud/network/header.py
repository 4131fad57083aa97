"""Headers of packets, as numbers.

A header has five dimensions, in this order:

* origin: the number of the VPC whose interface sent the packet, or of the load balancer that hands it on; 0 for
  none, FOREIGN_ORIGIN for a VPC that is not in the export. Security groups that refer to other groups look at it,
  since address ranges of VPCs may overlap.
* source, destination: addresses, IPv4 at 0, IPv6 from 2**32 on.
* service: protocol times 65536, plus the destination port, or 256 times ICMP type plus code; plus 0 for every
  other protocol.
* port: the source port; 0 for protocols without ports.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from checkers.cloud.vocabulary import parse_address, parse_network, show_address
from checkers.kernel.flow import Box, Header
from checkers.kernel.intervals import EVERYTHING, IntervalSet, difference, integers, join, union

ORIGIN, SOURCE, DESTINATION, SERVICE, PORT = range(5)
ANY: Box = (EVERYTHING,) * 5  # as a filter

ICMP, TCP, UDP, ICMPV6 = 1, 6, 17, 58
WITH_PORTS = (TCP, UDP)
ECHO = {ICMP: (8, 0), ICMPV6: (128, 129)}  # type of a request, and of its reply (RFC 792, RFC 4443)
# Names that the EC2 API accepts and returns beside numbers.
PROTOCOLS = {"icmp": ICMP, "tcp": TCP, "udp": UDP, "icmpv6": ICMPV6, "icmp6": ICMPV6}
_SIZE = 1 << 16
V4 = integers([(0, (1 << 32) - 1)])
V6 = integers([(1 << 32, (1 << 32) + (1 << 128) - 1)])
ALL_PORTS = integers([(0, _SIZE - 1)])
ALL_ORIGINS = integers([(0, 1 << 32)])
NO_ORIGIN = integers([(0, 0)])
NO_PORT = integers([(0, 0)])
FOREIGN_ORIGIN = integers([(1 << 32, 1 << 32)])  # a VPC that is not in the export

# Every header, in sets with ends: what may be sent by somebody who is not known. Certificates write sets by their ends.
ALL: Box = (ALL_ORIGINS, join(V4, V6), join(V4, V6), integers([(0, 256 * _SIZE - 1)]), ALL_PORTS)


def box(
    *,
    origin: IntervalSet = EVERYTHING,
    source: IntervalSet = EVERYTHING,
    destination: IntervalSet = EVERYTHING,
    service: IntervalSet = EVERYTHING,
    port: IntervalSet = EVERYTHING,
) -> Box:
    """The headers whose values are in these sets."""
    return (origin, source, destination, service, port)


def services(protocol: int, low: int = 0, high: int = _SIZE - 1) -> IntervalSet:
    """The services of a protocol from one destination port, or one type and code of ICMP, to another."""
    return integers([(protocol * _SIZE + low, protocol * _SIZE + high)])


def addresses(texts: Iterable[str]) -> IntervalSet:
    """The addresses of CIDR blocks or single addresses. A text that is neither raises ValueError."""
    spans = []
    for text in texts:
        found = parse_network(text)
        if found is None:
            raise ValueError(f"{text!r} is no address and no CIDR block")
        spans.append(((found[0], 0), (found[1], 0)))
    return union(spans)


WITH_PORT_SERVICES = join(*(services(p) for p in WITH_PORTS))
# Addresses that no packet on the internet carries: special-purpose addresses that are not global (IANA IPv4
# Special-Purpose Address Registry), multicast and reserved ones; of IPv6 all but global unicast (RFC 4291).
# The blocks for documentation count as public.
_NOT_PUBLIC = (
    "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.168.0.0/16 224.0.0.0/3".split()
)
PUBLIC = join(difference(V4, addresses(_NOT_PUBLIC)), addresses(["2000::/3"]))
# What is for documentation (RFC 5737), and no service's.
DOCUMENTATION = addresses(["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"])


@dataclass(frozen=True, slots=True)
class Packet:
    """A header as it stands in a certificate; `port` is the destination port, or 256 times ICMP type plus code."""

    source: str
    destination: str
    protocol: int
    port: int
    source_port: int

    def header(self, origin: int) -> Header | None:
        """The packet as numbers; None where its texts and numbers are no header."""
        ends = parse_address(self.source), parse_address(self.destination)
        numbers = (self.port, self.source_port)
        if ends[0] is None or ends[1] is None or not 0 <= self.protocol < 256:  # noqa: PLR2004
            return None
        if not all(0 <= n < _SIZE for n in numbers) or (ends[0] in V4) is not (ends[1] in V4):
            return None
        if (self.protocol not in WITH_PORTS and self.source_port) or (
            self.protocol not in (*WITH_PORTS, *ECHO) and self.port
        ):
            return None
        return (origin, ends[0], ends[1], self.protocol * _SIZE + self.port, self.source_port)


def packet_of(header: Header) -> Packet:
    """The packet of a header."""
    _, source, destination, service, port = header
    return Packet(show_address(source), show_address(destination), service // _SIZE, service % _SIZE, port)
