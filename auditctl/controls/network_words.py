"""The words of networks that a control may use, and how each kind of value is written.

Untrusted. Source: Amazon EC2 API reference (ids, InterfaceType), IANA protocol numbers, RFC 792 and RFC 4443.
"""

from __future__ import annotations

from auditctl.controls.shapes import Form

# Targets that only controls of flows are about, and those that they can be about.
NETWORK_KINDS = ("interface", "instance", "subnet", "vpc", "security-group", "load-balancer", "network")
FLOW_KINDS = (*NETWORK_KINDS, "account")
ENDS = ("internet", "on-premises", "snapshot", "target")
PASSAGES = (
    "internet-gateway",
    "egress-only-gateway",
    "nat-gateway",
    "transit-gateway",
    "peering",
    "endpoint",
    "firewall",
    "load-balancer",
    "vpn-gateway",
)
PROTOCOLS = ("icmp", "icmp6", "icmpv6", "tcp", "udp")
WITH_PORTS = ("tcp", "udp", "6", "17")
WITH_TYPES = ("icmp", "icmp6", "icmpv6", "1", "58")
# How ids begin, by the member of an entry that has them.
ID_PREFIXES = {
    "vpc": "vpc-",
    "subnet": "subnet-",
    "interface": "eni-",
    "instance": "i-",
    "endpoint": "vpce-",
}

_BYTE = r"(?:0|[1-9][0-9]?|1[0-9]{2}|2[0-4][0-9]|25[0-5])"
_PORT = r"(?:0|[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])"
PROTOCOL_NUMBER = Form(noun="protocol", pattern=_BYTE, expected="a number from 0 to 255", resembles=r"[0-9]+")
PORTS = Form(
    noun="port",
    pattern=f"{_PORT}(?:-{_PORT})?",
    expected="a port or a range such as `8000-8999`, 0 to 65535",
)
ICMP_TYPE = Form(
    noun="ICMP type",
    pattern=f"{_BYTE}(?:/{_BYTE})?",
    expected="a type, or type and code such as `3/4`, each 0 to 255",
)
CIDR = Form(
    noun="CIDR block",
    pattern=r"[0-9a-fA-F:.]+(?:/[0-9]{1,3})?",
    expected="an address or a CIDR block without host bits",
)
PASSAGE_ID = Form(
    noun="gateway id",
    pattern=r"(?:eigw|eni|igw|nat|pcx|tgw|tgw-attach|vgw|vpce)-[0-9a-z]+|arn:aws[a-z-]*:elasticloadbalancing:.+",
    expected="the id of a gateway, attachment, endpoint or interface, or the ARN of a load balancer",
    resembles=r"(?:eigw|eni|igw|nat|pcx|tgw|vgw|vpce)-.*|arn:.*",
)
