"""What decides about packets of whole subnets: network ACLs, route tables and internet gateways of VPCs."""

from generator.files import Files, Row, tags
from generator.mistakes import POSTGRES, Mistake, data_acl
from generator.setting import ACL, COMPANY, DEVELOPMENT, Addresses, Setting
from generator.vpcs import APP, DATA, WEB, Subnet, Vpc

_ANYWHERE = "0.0.0.0/0"
_SHARED = "172.16.0.0/12"
_LAST = 32767  # the entry that denies what no other decides


def put_forwarding(
    files: Files, setting: Setting, addresses: Addresses, vpcs: list[Vpc], mistakes: dict[str, Mistake]
) -> None:
    """Network ACLs, route tables, internet gateways."""
    denied = [str(r) for r in addresses.ranges(DEVELOPMENT)]
    for vpc in vpcs:
        acls = _isolating(setting, vpc, denied, mistakes.get(vpc.id)) if vpc.isolation == ACL else _plain(setting, vpc)
        files.add(vpc.account, vpc.region, "describe-network-acls", *acls)
        files.add(vpc.account, vpc.region, "describe-route-tables", *_tables(setting, vpc))
        if vpc.of(WEB):
            files.add(vpc.account, vpc.region, "describe-internet-gateways", _internet_gateway(setting, vpc))


# Network ACLs.


def _plain(setting: Setting, vpc: Vpc) -> list[Row]:
    """The VPC's own, which lets everything through."""
    return [_acl(vpc, setting.id("acl", vpc.name), list(vpc.subnets), [_entry(100)], is_default=True)]


def _isolating(setting: Setting, vpc: Vpc, denied: list[str], mistake: Mistake | None) -> list[Row]:
    """One for the databases and one for the rest; both keep out what is denied. Entries come in some order."""
    denials = [_entry(100 + 10 * i, cidr, allow=False) for i, cidr in enumerate(denied)]
    front = [*denials, _entry(1000)]
    back = [*denials, _entry(1000, COMPANY), _entry(1010, _SHARED)]
    if mistake is not None:
        ports = {"Protocol": "6", "PortRange": {"From": POSTGRES, "To": POSTGRES}}
        back.append(_entry(50, str(mistake.source.block)) | ports)
    random = setting.random(f"entries {vpc.name}")
    random.shuffle(front)
    random.shuffle(back)
    return [
        _acl(vpc, setting.id("acl", vpc.name), [], [_entry(100)], is_default=True),
        _acl(vpc, setting.id("acl", vpc.name, APP), vpc.of(WEB, APP), front),
        _acl(vpc, data_acl(setting, vpc), vpc.of(DATA), back),
    ]


def _acl(vpc: Vpc, acl: str, subnets: list[Subnet], ingress: list[Row], *, is_default: bool = False) -> Row:
    egress = [_entry(100), _entry(_LAST, allow=False)]
    entries = [row | {"Egress": False} for row in (*ingress, _entry(_LAST, allow=False))]
    return {
        "Associations": [
            {
                "NetworkAclAssociationId": s.id.replace("subnet-", "aclassoc-"),
                "NetworkAclId": acl,
                "SubnetId": s.id,
            }
            for s in subnets
        ],
        "Entries": [*(row | {"Egress": True} for row in egress), *entries],
        "IsDefault": is_default,
        "NetworkAclId": acl,
        "Tags": [],
        "VpcId": vpc.id,
        "OwnerId": vpc.account,
    }


def _entry(number: int, cidr: str = _ANYWHERE, *, allow: bool = True) -> Row:
    return {"CidrBlock": cidr, "Protocol": "-1", "RuleAction": "allow" if allow else "deny", "RuleNumber": number}


# Route tables.


def _tables(setting: Setting, vpc: Vpc) -> list[Row]:
    """The main table, which leads to the transit gateway, and one for the subnets that the internet reaches."""
    gateway = setting.id("tgw", vpc.region)
    inside = [_route(COMPANY, TransitGatewayId=gateway), _route(_SHARED, TransitGatewayId=gateway)]
    main = _table(setting, vpc, "main", [], inside)
    main["Associations"].append(_association(main["RouteTableId"], {"Main": True}))
    if not vpc.of(WEB):
        return [main]
    outside = _route(_ANYWHERE, GatewayId=setting.id("igw", vpc.name))
    return [main, _table(setting, vpc, WEB, vpc.of(WEB), [*inside, outside])]


def _table(setting: Setting, vpc: Vpc, name: str, subnets: list[Subnet], routes: list[Row]) -> Row:
    table = setting.id("rtb", vpc.name, name)
    local = _route(str(vpc.block), GatewayId="local") | {"Origin": "CreateRouteTable"}
    return {
        "Associations": [_association(table, {"Main": False, "SubnetId": s.id}) for s in subnets],
        "PropagatingVgws": [],
        "RouteTableId": table,
        "Routes": [local, *routes],
        "Tags": tags(Name=f"{vpc.name}-{name}"),
        "VpcId": vpc.id,
        "OwnerId": vpc.account,
    }


def _association(table: str, what: Row) -> Row:
    association = str(what.get("SubnetId", table)).replace("subnet-", "rtbassoc-").replace("rtb-", "rtbassoc-")
    return {
        "RouteTableAssociationId": association,
        "RouteTableId": table,
        "AssociationState": {"State": "associated"},
    } | what


def _route(destination: str, **target: str) -> Row:
    return {"DestinationCidrBlock": destination, **target, "Origin": "CreateRoute", "State": "active"}


def _internet_gateway(setting: Setting, vpc: Vpc) -> Row:
    return {
        "Attachments": [{"State": "available", "VpcId": vpc.id}],
        "InternetGatewayId": setting.id("igw", vpc.name),
        "OwnerId": vpc.account,
        "Tags": tags(Name=vpc.name),
    }
