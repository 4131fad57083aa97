"""Load balancers of a region, with listeners and target groups, as raw answers have them."""

from collections.abc import Iterator, Mapping, Sequence

from checkers.cloud.network.header import TCP, UDP, services
from checkers.cloud.network.model import Balancer, BalancerTarget, Listener, TargetGroup
from checkers.cloud.network.rows import Region, Row
from checkers.kernel.intervals import EVERYTHING, NOTHING, IntervalSet, join
from checkers.verdict import Unreadable

READ = (
    "elbv2/describe-load-balancers",
    "elbv2/describe-target-groups",
    "elbv2/describe-listeners",
    "elbv2/describe-rules",
    "elbv2/describe-target-health",
    "elbv2/describe-load-balancer-attributes",
    "elbv2/describe-target-group-attributes",
    "elb/describe-load-balancers",
    "ec2/describe-vpc-endpoint-service-configurations",
)
BALANCERS, GROUPS, LISTENERS, RULES, HEALTH, ATTRIBUTES, GROUP_ATTRIBUTES, CLASSIC, SERVICES = READ
_CARRIED_BY: Mapping[str, tuple[int, ...]] = {
    "TCP": (TCP,),
    "TLS": (TCP,),
    "SSL": (TCP,),
    "HTTP": (TCP,),
    "HTTPS": (TCP,),
    "UDP": (UDP,),
    "QUIC": (UDP,),
    "GENEVE": (UDP,),
    "TCP_UDP": (TCP, UDP),
    "TCP_QUIC": (TCP, UDP),
}
_MAX_PORT = 65535
DESCRIBED = "ELB "  # how the descriptions of load balancers' interfaces begin
_CROSS_ZONE = "load_balancing.cross_zone.enabled"


def _protocols(row: Row, name: str) -> tuple[int, ...]:
    """The protocols of IP that carry what a listener or target group speaks."""
    found = _CARRIED_BY.get(row.text(name).upper())
    if found is None:
        raise Unreadable(f"{row.where}: {name} is {row.text(name)!r}, none of {', '.join(_CARRIED_BY)}")
    return found


def _port(row: Row, name: str) -> int:
    found = row.number(name)
    if found is None or not 0 <= found <= _MAX_PORT:
        raise Unreadable(f"{row.where}: {name} is {found!r}, not a port")
    return found


def _services(row: Row, protocol: str, port: str) -> IntervalSet:
    """What a listener accepts."""
    found, number = NOTHING, _port(row, port)
    for each in _protocols(row, protocol):
        found = join(found, services(each, number, number))
    return found


# Application, network and gateway load balancers.


def read_balancers(region: Region) -> None:
    """Read the load balancers of a region. Interfaces must have been read before."""
    interfaces = _interfaces(region)
    for row in region.rows(BALANCERS, "LoadBalancers"):
        arn, name, kind = row.text("LoadBalancerArn"), row.text("LoadBalancerName"), row.text("Type")
        if row.row("State").optional("Code") == "failed":
            continue
        vpc, suffix = row.optional("VpcId"), arn.partition(":loadbalancer/")[2]
        _add(
            region,
            Balancer(
                arn=arn,
                name=name,
                place=region.place(BALANCERS),
                kind=kind,
                vpc=vpc,
                subnets=tuple(sorted(z.text("SubnetId") for z in row.rows("AvailabilityZones"))),
                is_internet_facing=row.optional("Scheme") == "internet-facing",
                groups=tuple(sorted(row.texts("SecurityGroups"))),
                interfaces=tuple(sorted(interfaces.get((vpc, DESCRIBED + suffix), ()))),
                listeners=_listeners(region, name, kind),
                crosses_zones=_crosses_zones(region, name, kind),
                forwards=(),
                instances=(),
                tags={},
            ),
        )


def _add(region: Region, balancer: Balancer) -> None:
    if balancer.arn in region.export.balancers:
        raise Unreadable(f"{balancer.place.path}: {balancer.arn} is listed twice")
    region.export.balancers[balancer.arn] = balancer


def _interfaces(region: Region) -> Mapping[tuple[str, str], list[str]]:
    """The interfaces of load balancers, by VPC and description: it names the balancer ("ELB app/web/50dc")."""
    found: dict[tuple[str, str], list[str]] = {}
    for one in region.export.interfaces.values():
        if one.description.startswith(DESCRIBED):
            found.setdefault((one.vpc, one.description), []).append(one.id)
    return found


def _listeners(region: Region, name: str, kind: str) -> tuple[Listener, ...] | None:
    answer = region.part(LISTENERS, name)
    if answer is None:
        return None
    found = []
    for row in answer.rows("Listeners"):
        accepted = _services(row, "Protocol", "Port") if kind != "gateway" else EVERYTHING
        arn = row.text("ListenerArn")
        found.append(Listener(arn, accepted, _groups(region, row, arn, kind)))
    return tuple(found)


def _groups(region: Region, row: Row, arn: str, kind: str) -> tuple[str, ...] | None:
    """The target groups that a listener may forward to; None where its rules are not known.

    Only application load balancers have rules beside the default one.
    """
    found = {*_forwarded(row, "DefaultActions")}
    if kind == "application":
        answer = region.part(RULES, arn.rpartition("/")[2])
        if answer is None:
            return None
        found.update(g for rule in answer.rows("Rules") for g in _forwarded(rule, "Actions"))
    return tuple(sorted(found))


def _forwarded(row: Row, member: str) -> Iterator[str]:
    for action in row.rows(member):
        if action.text("Type") == "forward":
            if action.has("TargetGroupArn"):
                yield action.text("TargetGroupArn")
            yield from (g.text("TargetGroupArn") for g in action.row("ForwardConfig").rows("TargetGroups"))


def _attributes(region: Region, operation: str, name: str) -> Mapping[str, str] | None:
    answer = region.part(operation, name)
    if answer is None:
        return None
    return {row.text("Key"): row.optional("Value") for row in answer.rows("Attributes")}


def _crosses_zones(region: Region, name: str, kind: str) -> bool | None:
    """Whether targets in other zones get packets too: always, for an application load balancer."""
    found = _attributes(region, ATTRIBUTES, name)
    if kind == "application":
        return True
    if found is None:
        return None
    return found.get(_CROSS_ZONE) == "true"


# Target groups.


def read_target_groups(region: Region) -> None:
    """Read the target groups of a region."""
    for row in region.rows(GROUPS, "TargetGroups"):
        arn, name, kind = row.text("TargetGroupArn"), row.text("TargetGroupName"), row.text("TargetType")
        if arn in region.export.target_groups:
            raise Unreadable(f"{row.where}: {arn} is listed twice")
        attributes = _attributes(region, GROUP_ATTRIBUTES, name)
        protocol = row.text("Protocol").upper() if kind != "lambda" else ""
        region.export.target_groups[arn] = TargetGroup(
            arn=arn,
            kind=kind,
            protocols=_protocols(row, "Protocol") if protocol else (),
            port=_port(row, "Port") if protocol else 0,
            vpc=row.optional("VpcId"),
            targets=_targets(region, name),
            keeps_client=_keeps_client(attributes, kind, protocol),
            is_ipv6=row.optional("IpAddressType") == "ipv6",
            zones=_zones(attributes),
        )


def _targets(region: Region, name: str) -> tuple[BalancerTarget, ...] | None:
    """The targets, healthy or not."""
    answer = region.part(HEALTH, name)
    if answer is None:
        return None
    rows = (row.row("Target") for row in answer.rows("TargetHealthDescriptions"))
    return tuple(BalancerTarget(t.text("Id"), _port(t, "Port") if t.has("Port") else None) for t in rows)


def _zones(attributes: Mapping[str, str] | None) -> str:
    """The attribute of a target group by which it crosses zones; without it the load balancer's decides."""
    if attributes is None:
        return ""
    return attributes.get(_CROSS_ZONE, "use_load_balancer_configuration")


def _keeps_client(found: Mapping[str, str] | None, kind: str, protocol: str) -> bool | None:
    """Whether targets see the client's address (Network Load Balancers, "Client IP preservation")."""
    if protocol in ("", "HTTP", "HTTPS"):
        return False
    if found is None:
        return None
    default = kind != "ip" or protocol not in ("TCP", "TLS")
    return found.get("preserve_client_ip.enabled", "true" if default else "false") == "true"


# Classic load balancers.


def read_classic(region: Region) -> None:
    """Read the classic load balancers of a region."""
    interfaces = _interfaces(region)
    for row in region.rows(CLASSIC, "LoadBalancerDescriptions"):
        name, vpc = row.text("LoadBalancerName"), row.optional("VPCId")
        where = f"{region.account.partition}:elasticloadbalancing:{region.name}:{region.account.id}"
        _add(
            region,
            Balancer(
                arn=f"arn:{where}:loadbalancer/{name}",
                name=name,
                place=region.place(CLASSIC),
                kind="classic",
                vpc=vpc,
                subnets=tuple(sorted(row.texts("Subnets"))),
                is_internet_facing=row.optional("Scheme") == "internet-facing",
                groups=tuple(sorted(row.texts("SecurityGroups"))),
                interfaces=tuple(sorted(interfaces.get((vpc, DESCRIBED + name), ()))),
                listeners=(),
                crosses_zones=None,
                forwards=_forwards([d.row("Listener") for d in row.rows("ListenerDescriptions")]),
                instances=tuple(sorted(i.text("InstanceId") for i in row.rows("Instances"))),
                tags={},
            ),
        )


def _forwards(rows: Sequence[Row]) -> tuple[tuple[IntervalSet, int], ...]:
    return tuple((_services(row, "Protocol", "LoadBalancerPort"), _port(row, "InstancePort")) for row in rows)


# Endpoint services.


def read_services(region: Region) -> None:
    """Read the endpoint services of a region, which load balancers are behind."""
    for row in region.rows(SERVICES, "ServiceConfigurations"):
        name, found = row.text("ServiceName"), row.texts("NetworkLoadBalancerArns")
        if region.export.services.setdefault(name, found) != found:
            raise Unreadable(f"{row.where}: {name} is listed twice, with other load balancers")


READERS = (read_target_groups, read_balancers, read_classic, read_services)
