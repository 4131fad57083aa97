"""Route tables, and the VPC endpoints that put routes into them, as raw answers. Untrusted.

A route table with a route whose target is not known is one that no subnet is said to have.
"""

import json
from collections.abc import Iterator

from auditctl.planned.draft import KNOWN_AFTER_APPLY
from auditctl.planned.network_bindings import Bound, bindings
from auditctl.planned.network_estate import Estate, Nic, made_with
from auditctl.planned.network_marks import Row, is_block
from auditctl.planned.network_vpcs import local_routes
from auditctl.planned.things import Endpoint, Policy, PrefixList, Route, RouteTable, Vpc

# How the id of a route's target begins, and the member of the route that names it (EC2 API reference, Route).
_TARGETS = {
    "igw-": "GatewayId",
    "vgw-": "GatewayId",
    "vpce-": "GatewayId",
    "eigw-": "EgressOnlyInternetGatewayId",
    "nat-": "NatGatewayId",
    "pcx-": "VpcPeeringConnectionId",
    "tgw-": "TransitGatewayId",
    "eni-": "NetworkInterfaceId",
    "i-": "InstanceId",
    "cagw-": "CarrierGatewayId",
    "lgw-": "LocalGatewayId",
    "arn:": "CoreNetworkArn",
}
# What an endpoint allows to which no policy was given (AWS PrivateLink guide, "Default endpoint policy").
_DEFAULT_POLICY = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}


def write_tables(estate: Estate) -> None:
    """Write the route tables, the main one of each VPC too."""
    things = [t for t in estate.things if isinstance(t, RouteTable)]
    having = {t.vpc for t in things if t.is_main}
    things += [_main_table(estate, v) for v in estate.vpcs.values() if not v.exists and v.id not in having]
    unreadable = {t.id: a for t in things if (a := estate.unknown(*(r.target for r in t.routes), t.vpc))}
    unreadable |= {t.id: "a route" for t in things if not all(r.target for r in t.routes)}
    bound = bindings(estate, things, unreadable)
    for thing in things:
        if attribute := unreadable.get(thing.id):
            estate.leave_unknown(thing, estate.vpc_of(thing, thing.vpc), attribute)
        _write_table(estate, thing, bound[thing.id])


def _main_table(estate: Estate, vpc: Vpc) -> RouteTable:
    name = estate.name("rtb-", vpc, "main_route_table_id")
    return RouteTable(**made_with(vpc), id=name, vpc=vpc.id, is_main=True)


def _write_table(estate: Estate, thing: RouteTable, own: Bound) -> None:
    vpc = estate.vpc_of(thing, thing.vpc)
    bound: list[Row] = [{"Main": True}] if own.is_rest else []
    bound += [{"Main": False, "SubnetId": s} for s in own.subnets]
    bound += [{"Main": False, "GatewayId": g} for g in dict.fromkeys(thing.gateways) if not estate.unknown(g)]
    if attribute := estate.unknown(*thing.gateways):
        estate.leave_unknown(thing, vpc, attribute)
    local = [*local_routes(estate, vpc)]
    routes = [*local, *(_route(estate, r) for r in thing.routes), *_of_endpoints(estate, thing.id)]
    row = {
        "RouteTableId": thing.id,
        "VpcId": vpc,
        "OwnerId": thing.account,
        "Associations": [{**b, "RouteTableId": thing.id, "AssociationState": {"State": "associated"}} for b in bound],
        "Routes": routes,
        "Tags": estate.tags(thing.tags),
    }
    path, within = estate.add(thing, "ec2/describe-route-tables", "RouteTables", row, thing.id)
    for i, route in enumerate(thing.routes, start=len(local)):
        estate.draft.came_from(route.origin, path=path, within=f"{within}.Routes[{i}]")


def _route(estate: Estate, route: Route) -> Row:
    """A route. Without a target the checker takes it for one to something unknown."""
    row: Row = {"Origin": "CreateRoute", "State": "active", **_destination(estate, route.destination)}
    if route.target == "local":
        row["GatewayId"] = "local"
    elif route.target and not estate.unknown(route.target):
        member = next((m for start, m in _TARGETS.items() if route.target.startswith(start)), "")
        row |= {member: route.target} if member else {}
    return row


def _destination(estate: Estate, text: str) -> Row:
    """The destination of a route. One of which it is not known what it is counts as a list that is not known."""
    if estate.kind(text) == "block" and not estate.is_v6(text):
        return {"DestinationCidrBlock": text}
    if text.startswith("pl-") or estate.unknown(text) or not is_block(text):
        return {"DestinationPrefixListId": estate.known("pl-", text)}
    return {"DestinationIpv6CidrBlock" if ":" in text else "DestinationCidrBlock": text}


# Endpoints.


def _of_endpoints(estate: Estate, table: str) -> Iterator[Row]:
    """The routes that gateway endpoints put into a table, to the prefix list of their service."""
    for thing in estate.things:
        if isinstance(thing, Endpoint) and thing.kind == "Gateway" and table in thing.tables:
            destination = {"DestinationPrefixListId": _prefix_list(estate, thing)}
            yield {"Origin": "CreateRoute", "State": "active", "GatewayId": thing.id, **destination}


def _prefix_list(estate: Estate, endpoint: Endpoint) -> str:
    lists = (t for t in estate.things if isinstance(t, PrefixList) and t.region == endpoint.region)
    found = next((t.id for t in lists if t.name == endpoint.service), "")
    if found:
        return found
    same = (t for t in estate.things if isinstance(t, Endpoint) and t.kind == "Gateway")
    first = next(t for t in same if (t.service, t.region) == (endpoint.service, endpoint.region))
    return estate.name("pl-", first, "prefix_list_id")


def write_endpoints(estate: Estate) -> None:
    """Write the VPC endpoints, their policies, and their interfaces."""
    for thing in estate.things:
        if isinstance(thing, Endpoint):
            _write_endpoint(estate, thing)


def _write_endpoint(estate: Estate, thing: Endpoint) -> None:
    vpc = estate.vpc_of(thing, thing.vpc)
    if attribute := estate.unknown(thing.kind, thing.service, *thing.tables):
        estate.leave_unknown(thing, vpc, attribute)
    groups = thing.groups or ((estate.default_group(vpc),) if thing.kind == "Interface" else ())
    made = [_interface(estate, thing, i, vpc, groups) for i in range(len(thing.subnets))]
    row: Row = {
        "VpcEndpointId": thing.id,
        "VpcEndpointType": estate.known("", thing.kind),
        "VpcId": vpc,
        "OwnerId": thing.account,
        "ServiceName": estate.known("", thing.service),
        "State": "available",
        "RouteTableIds": [t for t in thing.tables if not estate.unknown(t)],
        "SubnetIds": [estate.subnet_of(thing, s, vpc).id for s in thing.subnets],
        "Groups": estate.group_rows(groups),
        "NetworkInterfaceIds": made,
        "Tags": estate.tags(thing.tags),
    }
    if thing.kind != "GatewayLoadBalancer":
        row["PolicyDocument"] = _policy(estate, thing.policy)
    path, within = estate.add(thing, "ec2/describe-vpc-endpoints", "VpcEndpoints", row, thing.id)
    if thing.policy is not None:
        estate.draft.came_from(thing.policy.origin, path=path, within=f"{within}.PolicyDocument")


def _policy(estate: Estate, policy: Policy | None) -> str:
    """The text of a policy; one that is not known is a text that is no policy."""
    if policy is not None and policy.document is None:
        return estate.draft.unknown(policy.unknown, "text", example=KNOWN_AFTER_APPLY)
    return json.dumps(_DEFAULT_POLICY if policy is None else policy.document)


def _interface(estate: Estate, thing: Endpoint, number: int, vpc: str, groups: tuple[str, ...]) -> str:
    is_firewall = thing.kind == "GatewayLoadBalancer"
    nic = Nic(
        id=estate.name("eni-", thing, f"network_interface_ids[{number}]"),
        subnet=thing.subnets[number],
        groups=() if is_firewall else groups,
        attribute=f"private_ip[{number}]",
        kind="gateway_load_balancer_endpoint" if is_firewall else "vpc_endpoint",
        description=f"VPC Endpoint Interface {thing.id}",
        checks=not is_firewall,
    )
    estate.interface(thing, nic, vpc)
    return nic.id
