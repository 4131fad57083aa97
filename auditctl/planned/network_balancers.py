"""Load balancers with their listeners, target groups and interfaces as raw answers. Untrusted.

A listener, rule or target of which something is not known is an error entry in place of the list that has it.
"""

from collections.abc import Iterable, Mapping, Sequence

from auditctl.planned.draft import KNOWN_AFTER_APPLY, path_of
from auditctl.planned.marks import after_apply
from auditctl.planned.network_estate import EVERY_VPC, Estate, Nic
from auditctl.planned.network_marks import Row
from auditctl.planned.things import ClassicBalancer, Listener, LoadBalancer, TargetGroup, Thing

# How the ARN of a load balancer names its kind, and the types of its interfaces.
_KINDS = {
    "application": ("app", "interface"),
    "network": ("net", "network_load_balancer"),
    "gateway": ("gwy", "gateway_load_balancer"),
}
_CLASSIC, _DESCRIPTIONS = "elb/describe-load-balancers", "LoadBalancerDescriptions"
_MEMBER = ":loadbalancer/"


def write_balancers(estate: Estate) -> None:
    """Write the load balancers of every kind, and the target groups."""
    for thing in estate.things:
        if isinstance(thing, TargetGroup):
            _write_target_group(estate, thing)
        elif isinstance(thing, LoadBalancer):
            _write_balancer(estate, thing)
        elif isinstance(thing, ClassicBalancer):
            _write_classic(estate, thing)


def _put(estate: Estate, thing: Thing, operation: str, resource: str, member: str, rows: Sequence[Row]) -> None:
    path = path_of(thing.account, thing.region, operation, resource)
    value = {member: list(rows)}
    if path in estate.draft.errors or estate.draft.answers.get(path, value) != value:
        message = f"several resources have the name {resource}"
        estate.draft.fail(thing.account, thing.region, operation, resource, KNOWN_AFTER_APPLY, message)
        return
    estate.draft.answers[path] = value
    estate.draft.came_from(thing.origin, path=path)


def _fail(estate: Estate, thing: Thing, operation: str, resource: str, attribute: str) -> None:
    message = after_apply(attribute)
    estate.draft.fail(thing.account, thing.region, operation, resource, KNOWN_AFTER_APPLY, message)


def _attributes(found: Mapping[str, str]) -> list[Row]:
    return [{"Key": key, "Value": value} for key, value in found.items()]


# Application, network and gateway load balancers.


def _arn(estate: Estate, thing: LoadBalancer) -> str:
    """The ARN of a load balancer; where it is not told from its parts, one with a name of its own at the end."""
    if _MEMBER in thing.arn and not estate.unknown(thing.arn):
        return thing.arn
    name, partition = estate.known("", thing.name), estate.draft.accounts.get(thing.account, "aws")
    start = f"arn:{partition}:elasticloadbalancing:{thing.region}:{thing.account}{_MEMBER}{_KINDS[thing.kind][0]}"
    return estate.name(f"{start}/{name}/", thing, "arn")


def _write_balancer(estate: Estate, thing: LoadBalancer) -> None:
    arn, name = _arn(estate, thing), estate.known("", thing.name)
    subnets = [estate.subnet_of(thing, s) for s in thing.subnets]
    vpc = subnets[0].vpc if subnets else estate.vpc_of(thing, "")
    groups = thing.groups or ((estate.default_group(vpc),) if thing.kind == "application" else ())
    if attribute := estate.unknown(*groups):  # rules that refer to a group admit what its load balancers hand on
        estate.leave_unknown(thing, vpc, attribute)
    for number in range(len(subnets)):
        _interface(estate, thing, number, f"ELB {arn.partition(_MEMBER)[2]}", groups)
    row = {
        "LoadBalancerArn": arn,
        "LoadBalancerName": name,
        "Scheme": "internet-facing" if thing.is_internet_facing else "internal",
        "VpcId": vpc,
        "State": {"Code": "active"},
        "Type": thing.kind,
        "AvailabilityZones": [{"ZoneName": estate.known("", s.zone), "SubnetId": s.id} for s in subnets],
        "SecurityGroups": [estate.group(estate.known("sg-", g)) for g in groups],
    }
    estate.add(thing, "elbv2/describe-load-balancers", "LoadBalancers", row, arn)
    _write_listeners(estate, thing, arn, name)
    if attribute := estate.unknown(*thing.attributes.values()):
        _fail(estate, thing, "elbv2/describe-load-balancer-attributes", name, attribute)
    else:
        rows = _attributes(thing.attributes)
        _put(estate, thing, "elbv2/describe-load-balancer-attributes", name, "Attributes", rows)


def _interface(
    estate: Estate, thing: LoadBalancer | ClassicBalancer, number: int, description: str, groups: Sequence[str]
) -> None:
    kind = _KINDS[thing.kind][1] if isinstance(thing, LoadBalancer) else "interface"
    subnet = thing.subnets[number]
    written = thing.addresses.get(subnet, "") if isinstance(thing, LoadBalancer) else ""
    nic = Nic(
        id=estate.name("eni-", thing, f"network_interface[{number}]"),
        subnet=subnet,
        groups=groups,
        attribute=f"private_ip[{number}]",
        kind=kind,
        description=description,
        checks=kind == "interface",
        attachment={"InstanceOwnerId": "amazon-elb"},
    )
    if thing.is_internet_facing:
        nic.public = estate.public(written, f"{thing.origin.address}.dns_name[{number}]")
    estate.interface(thing, nic)


def _write_listeners(estate: Estate, thing: LoadBalancer, arn: str, name: str) -> None:
    operation = "elbv2/describe-listeners"
    for listener in thing.listeners:
        parts = (listener.protocol, listener.port) if thing.kind != "gateway" else ()
        if attribute := estate.unknown(*parts):
            _fail(estate, thing, operation, name, attribute)
            return
    _put(estate, thing, operation, name, "Listeners", [_listener(estate, thing, one, arn) for one in thing.listeners])
    for i, listener in enumerate(thing.listeners):
        path = f"{thing.account}/{thing.region}/{operation}/{name}.json"
        estate.draft.came_from(listener.origin, path=path, within=f"$.Listeners[{i}]")


def _listener(estate: Estate, thing: LoadBalancer, listener: Listener, arn: str) -> Row:
    """A listener. What some rule of an application load balancer forwards to is the list of its rules."""
    row: Row = {"ListenerArn": listener.arn, "LoadBalancerArn": arn}
    if thing.kind != "gateway":
        row |= {"Protocol": listener.protocol, "Port": listener.port}
    groups = [estate.known("", g) for g in listener.groups]
    actions = [{"Type": "forward", "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": g} for g in groups]}}]
    if thing.kind == "application":
        rules = [{"RuleArn": f"{listener.arn}/rule", "Actions": actions if groups else []}]
        resource = listener.arn.rpartition("/")[2]
        if attribute := estate.unknown(*listener.groups):
            _fail(estate, thing, "elbv2/describe-rules", resource, attribute)
        else:
            _put(estate, thing, "elbv2/describe-rules", resource, "Rules", rules)
        return row | {"DefaultActions": []}
    return row | {"DefaultActions": actions if groups else []}


# Target groups.


def _write_target_group(estate: Estate, thing: TargetGroup) -> None:
    name = estate.known("", thing.name)
    row: Row = {"TargetGroupArn": thing.arn, "TargetGroupName": name, "TargetType": thing.kind}
    row["IpAddressType"] = "ipv6" if thing.is_ipv6 else "ipv4"
    if thing.kind != "lambda":
        if attribute := estate.unknown(thing.protocol, thing.port):
            estate.leave_unknown(thing, estate.vpc_of(thing, thing.vpc), attribute)
            return
        row |= {"Protocol": thing.protocol, "Port": thing.port, "VpcId": estate.vpc_of(thing, thing.vpc)}
    estate.add(thing, "elbv2/describe-target-groups", "TargetGroups", row, thing.arn)
    if attribute := estate.unknown(*(part for target in thing.targets for part in target)):
        _fail(estate, thing, "elbv2/describe-target-health", name, attribute)
    else:
        rows = _targets(estate, thing.targets)
        _put(estate, thing, "elbv2/describe-target-health", name, "TargetHealthDescriptions", rows)
    operation = "elbv2/describe-target-group-attributes"
    if attribute := estate.unknown(*thing.attributes.values()):
        _fail(estate, thing, operation, name, attribute)
    else:
        _put(estate, thing, operation, name, "Attributes", _attributes(thing.attributes))


def _targets(estate: Estate, targets: Iterable[tuple[str, int | str | None]]) -> list[Row]:
    balancers = {t.arn: _arn(estate, t) for t in estate.things if isinstance(t, LoadBalancer)}
    found: list[Row] = []
    for name, port in targets:
        target: Row = {"Id": balancers.get(name, name)}
        found.append({"Target": target | ({"Port": port} if port is not None else {})})
    return found


# Classic load balancers.


def _write_classic(estate: Estate, thing: ClassicBalancer) -> None:
    name = estate.known("", thing.name)
    rows = estate.draft.answers.get(path_of(thing.account, thing.region, _CLASSIC), {}).get(_DESCRIPTIONS, [])
    if any(row["LoadBalancerName"] == name for row in rows):
        estate.leave_open(thing, EVERY_VPC, f"several load balancers have the name {name}")
        return
    subnets = [estate.subnet_of(thing, s) for s in thing.subnets]
    vpc = subnets[0].vpc if subnets else estate.vpc_of(thing, "")
    ports = [p for one in thing.listeners for p in (one.protocol, one.port, one.instance_port)]
    if attribute := estate.unknown(*ports, *thing.instances):
        estate.leave_unknown(thing, vpc, attribute)
    groups = thing.groups or (estate.default_group(vpc),)
    for number in range(len(subnets)):
        _interface(estate, thing, number, f"ELB {name}", groups)
    row = {
        "LoadBalancerName": name,
        "Scheme": "internet-facing" if thing.is_internet_facing else "internal",
        "VPCId": vpc,
        "Subnets": [s.id for s in subnets],
        "SecurityGroups": [estate.group(estate.known("sg-", g)) for g in groups],
        "Instances": [{"InstanceId": i} for i in thing.instances if not estate.unknown(i)],
        "ListenerDescriptions": [
            {"Listener": {"Protocol": one.protocol, "LoadBalancerPort": one.port, "InstancePort": one.instance_port}}
            for one in thing.listeners
            if not estate.unknown(one.protocol, one.port, one.instance_port)
        ],
    }
    estate.add(thing, _CLASSIC, _DESCRIPTIONS, row, name)
