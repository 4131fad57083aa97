"""Networks of CloudFormation templates: what each type becomes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from planned.templates import answer, drafted, resources, rows, stored, unmodelled

VPC = "  V: {Type: 'AWS::EC2::VPC', Properties: {CidrBlock: 10.0.0.0/16}}\n"
SUBNET = VPC + "  S: {Type: 'AWS::EC2::Subnet', Properties: {VpcId: !Ref V, CidrBlock: 10.0.1.0/24}}\n"
SECURITY = VPC + "  G: {Type: 'AWS::EC2::SecurityGroup', Properties: {GroupDescription: g, VpcId: !Ref V}}\n"


def test_a_group_without_egress_rules_lets_everything_out() -> None:
    def egress(more: str, inline: str = "") -> list[Any]:
        text = SECURITY.replace("VpcId: !Ref V}}\n", f"VpcId: !Ref V{inline}}}}}\n") + more
        found = {row["GroupId"]: row for row in rows(resources(text), "ec2/describe-security-groups", "SecurityGroups")}
        permissions = found["sg-<G.GroupId>"]["IpPermissionsEgress"]
        return [r["CidrIp"] for p in permissions for r in p["IpRanges"]]

    apart = "  E: {Type: 'AWS::EC2::SecurityGroupEgress', Properties: {GroupId: !Ref G, IpProtocol: tcp, FromPort: 1, ToPort: 2, CidrIp: 10.0.0.0/8}}\n"
    inline = ", SecurityGroupEgress: [{IpProtocol: tcp, FromPort: 1, ToPort: 2, CidrIp: 10.9.0.0/16}]"
    assert egress("") == ["0.0.0.0/0"]
    assert egress("", inline) == ["10.9.0.0/16"]
    assert egress(apart, inline) == ["10.9.0.0/16", "10.0.0.0/8"]
    assert egress(apart) == ["10.0.0.0/8", "<G.default-egress-IPv4>"]  # it may be there or not


def test_rules_with_every_kind_of_peer() -> None:
    text = SECURITY.replace(
        "GroupDescription: g",
        "GroupDescription: g, SecurityGroupIngress: [{IpProtocol: tcp, FromPort: 22, ToPort: 22, SourceSecurityGroupId: sg-9}, {IpProtocol: icmp, FromPort: 8, ToPort: -1, CidrIpv6: '::/0'}]",
    )
    text += "  P: {Type: 'AWS::EC2::PrefixList', Properties: {PrefixListName: p, AddressFamily: IPv4, Entries: [{Cidr: 10.0.0.0/8}]}}\n"
    text += "  I: {Type: 'AWS::EC2::SecurityGroupIngress', Properties: {GroupId: !GetAtt G.GroupId, IpProtocol: -1, SourcePrefixListId: !GetAtt P.PrefixListId}}\n"
    found = next(
        r
        for r in rows(resources(text), "ec2/describe-security-groups", "SecurityGroups")
        if r["GroupId"] == "sg-<G.GroupId>"
    )
    first, second, third = found["IpPermissions"]
    assert first["UserIdGroupPairs"] == [{"GroupId": "sg-9"}]
    assert (second["FromPort"], second["Ipv6Ranges"]) == (8, [{"CidrIpv6": "::/0"}])
    assert (third["IpProtocol"], third["PrefixListIds"]) == ("-1", [{"PrefixListId": "pl-<P.PrefixListId>"}])


def test_unknown_ports_and_blocks_of_a_rule_have_the_kind_that_they_need() -> None:
    text = "Parameters: {Port: {Type: String}, Office: {Type: String}}\nResources:\n" + SECURITY.replace(
        "GroupDescription: g",
        "GroupDescription: g, SecurityGroupIngress: [{IpProtocol: tcp, FromPort: !Ref Port, ToPort: !Ref Port, CidrIp: !Ref Office}]",
    )
    draft = drafted(text)
    assert {e["attribute"]: e["kind"] for e in draft.unknowns.values() if e["kind"] != "name"} == {
        "Port": "number",
        "Office": "block",
    }
    assert unmodelled(draft) == {}


def test_a_network_acl_with_its_entries() -> None:
    text = SUBNET + (
        "  A: {Type: 'AWS::EC2::NetworkAcl', Properties: {VpcId: !Ref V}}\n"
        "  E: {Type: 'AWS::EC2::NetworkAclEntry', Properties: {NetworkAclId: !Ref A, RuleNumber: 7, RuleAction: deny, Protocol: 6, PortRange: {From: 22, To: 23}, CidrBlock: 0.0.0.0/0}}\n"
        "  F: {Type: 'AWS::EC2::NetworkAclEntry', Properties: {NetworkAclId: !Ref A, RuleNumber: 8, RuleAction: allow, Protocol: 1, Egress: true, Icmp: {Type: 8, Code: -1}, CidrBlock: 0.0.0.0/0}}\n"
        "  B: {Type: 'AWS::EC2::SubnetNetworkAclAssociation', Properties: {NetworkAclId: !Ref A, SubnetId: !Ref S}}\n"
    )
    found = next(r for r in rows(resources(text), "ec2/describe-network-acls", "NetworkAcls") if not r["IsDefault"])
    assert [a["SubnetId"] for a in found["Associations"]] == ["subnet-<S.SubnetId>"]
    assert found["Entries"][0]["PortRange"] == {"From": 22, "To": 23}
    assert (found["Entries"][1]["IcmpTypeCode"], found["Entries"][1]["Egress"]) == ({"Type": 8, "Code": -1}, True)


TARGETS = [
    ("GatewayId: !Ref T", "AWS::EC2::InternetGateway", "", "GatewayId", "igw-<T.InternetGatewayId>"),
    ("GatewayId: !Ref T", "AWS::EC2::VPNGateway", "Type: ipsec.1", "GatewayId", "vgw-<T.VPNGatewayId>"),
    (
        "NatGatewayId: !Ref T",
        "AWS::EC2::NatGateway",
        "SubnetId: !Ref S, ConnectivityType: private",
        "NatGatewayId",
        "nat-<T.NatGatewayId>",
    ),
    (
        "EgressOnlyInternetGatewayId: !Ref T",
        "AWS::EC2::EgressOnlyInternetGateway",
        "VpcId: !Ref V",
        "EgressOnlyInternetGatewayId",
        "eigw-<T.Id>",
    ),
    ("TransitGatewayId: !Ref T", "AWS::EC2::TransitGateway", "", "TransitGatewayId", "tgw-<T.Id>"),
    (
        "VpcPeeringConnectionId: !Ref T",
        "AWS::EC2::VPCPeeringConnection",
        "VpcId: !Ref V, PeerVpcId: vpc-1",
        "VpcPeeringConnectionId",
        "pcx-<T.Id>",
    ),
    (
        "NetworkInterfaceId: !Ref T",
        "AWS::EC2::NetworkInterface",
        "SubnetId: !Ref S",
        "NetworkInterfaceId",
        "eni-<T.Id>",
    ),
    ("InstanceId: !Ref T", "AWS::EC2::Instance", "SubnetId: !Ref S", "InstanceId", "i-<T.InstanceId>"),
    (
        "VpcEndpointId: !Ref T",
        "AWS::EC2::VPCEndpoint",
        "VpcId: !Ref V, ServiceName: x, VpcEndpointType: GatewayLoadBalancer, SubnetIds: [!Ref S]",
        "GatewayId",
        "vpce-<T.Id>",
    ),
]


@pytest.mark.parametrize(("target", "type_", "properties", "member", "expected"), TARGETS, ids=[t[1] for t in TARGETS])
def test_a_route_leads_to(target: str, type_: str, properties: str, member: str, expected: str) -> None:
    text = (
        SUBNET
        + f"  T: {{Type: '{type_}', Properties: {{{properties}}}}}\n  B: {{Type: 'AWS::EC2::RouteTable', Properties: {{VpcId: !Ref V}}}}\n"
    )
    text += f"  R: {{Type: 'AWS::EC2::Route', Properties: {{RouteTableId: !Ref B, DestinationCidrBlock: 0.0.0.0/0, {target}}}}}\n"
    found = next(
        r
        for r in rows(resources(text), "ec2/describe-route-tables", "RouteTables")
        if r["RouteTableId"] == "rtb-<B.RouteTableId>"
    )
    (route,) = (r for r in found["Routes"] if r.get("DestinationCidrBlock") == "0.0.0.0/0")
    assert route[member] == expected


def test_a_gateway_that_is_there_before_leaves_the_network_open() -> None:
    text = (
        "Parameters: {Vgw: {Type: String}}\nResources:\n"
        + VPC
        + (
            "  A: {Type: 'AWS::EC2::VPCGatewayAttachment', Properties: {VpcId: !Ref V, VpnGatewayId: !Ref Vgw}}\n"
            "  B: {Type: 'AWS::EC2::RouteTable', Properties: {VpcId: !Ref V}}\n"
            "  R: {Type: 'AWS::EC2::Route', Properties: {RouteTableId: !Ref B, DestinationCidrBlock: 0.0.0.0/0, GatewayId: !Ref Vgw}}\n"
        )
    )
    draft = drafted(text)
    reason = "it attaches vgw-<Vgw-2>, which the template does not make"
    assert unmodelled(draft) == {"A": reason, "B": "Vgw is known after apply"}
    table = next(
        r
        for r in rows(draft, "ec2/describe-route-tables", "RouteTables")
        if r["RouteTableId"] == "rtb-<B.RouteTableId>"
    )
    (route,) = (r for r in table["Routes"] if r["DestinationCidrBlock"] == "0.0.0.0/0")
    assert not {"GatewayId", "NatGatewayId"} & route.keys()  # the checker takes it that it may lead anywhere


def test_gateways_are_attached_and_route_tables_are_associated() -> None:
    draft = stored("shop.yaml")
    assert (
        rows(draft, "ec2/describe-internet-gateways", "InternetGateways")[0]["Attachments"][0]["VpcId"]
        == "vpc-<Vpc.VpcId>"
    )
    tables = {r["RouteTableId"]: r for r in rows(draft, "ec2/describe-route-tables", "RouteTables")}
    assert [a["SubnetId"] for a in tables["rtb-<PublicTable.RouteTableId>"]["Associations"]] == [
        "subnet-<PublicA.SubnetId>",
        "subnet-<PublicB.SubnetId>",
    ]
    (nat,) = rows(draft, "ec2/describe-nat-gateways", "NatGateways")
    (address,) = rows(draft, "ec2/describe-addresses", "Addresses")
    assert nat["NatGatewayAddresses"][0]["PublicIp"] == address["PublicIp"]


def test_further_blocks_of_a_vpc_and_those_that_aws_chooses() -> None:
    text = VPC + "  B: {Type: 'AWS::EC2::VPCCidrBlock', Properties: {VpcId: !Ref V, CidrBlock: 10.9.0.0/16}}\n"
    (vpc,) = rows(resources(text), "ec2/describe-vpcs", "Vpcs")
    assert [b["CidrBlock"] for b in vpc["CidrBlockAssociationSet"]] == ["10.0.0.0/16", "10.9.0.0/16"]
    draft = resources(text.replace("CidrBlock: 10.9.0.0/16", "AmazonProvidedIpv6CidrBlock: true"))
    assert "B.Ipv6CidrBlock is known after apply" in unmodelled(draft).values()


def test_transit_gateways() -> None:
    draft = stored("hub.yaml")
    table = "tgw-rtb-<Spokes.TransitGatewayRouteTableId>"
    routes = answer(draft, f"search-transit-gateway-routes/{table}.json")["Routes"]
    assert {(r["DestinationCidrBlock"], r["Type"], r["State"]) for r in routes} == {
        ("10.2.0.0/16", "static", "active"),
        ("10.9.0.0/16", "static", "blackhole"),
        ("10.1.0.0/16", "propagated", "active"),
    }
    bound = answer(draft, f"get-transit-gateway-route-table-associations/{table}.json")["Associations"]
    assert len(bound) == 2
    (peering,) = rows(draft, "ec2/describe-vpc-peering-connections", "VpcPeeringConnections")
    assert peering["AccepterVpcInfo"]["VpcId"] == "vpc-<Tools.VpcId>"


def test_interfaces_and_addresses_of_an_instance() -> None:
    draft = stored("hub.yaml")
    found = {r["NetworkInterfaceId"]: r for r in rows(draft, "ec2/describe-network-interfaces", "NetworkInterfaces")}
    assert found["eni-<Host.Id>"]["Attachment"]["InstanceId"] == "i-<Machine.InstanceId>"
    assert found["eni-<Host.Id>"]["PrivateIpAddress"] == "10.1.1.7"
    assert found["eni-<Second.Id>"]["Attachment"]["DeviceIndex"] == 1
    text = SUBNET + (
        "  I: {Type: 'AWS::EC2::Instance', Properties: {IamInstanceProfile: app, SourceDestCheck: false, NetworkInterfaces: [{DeviceIndex: 0, SubnetId: !Ref S, AssociatePublicIpAddress: true, GroupSet: [sg-1]}]}}\n"
    )
    draft = resources(text)
    (interface,) = rows(draft, "ec2/describe-network-interfaces", "NetworkInterfaces")
    assert (interface["SourceDestCheck"], interface["Groups"]) == (False, [{"GroupId": "sg-1"}])
    assert "PublicIp" in interface["Association"]
    (reservation,) = rows(draft, "ec2/describe-instances", "Reservations")
    assert reservation["Instances"][0]["IamInstanceProfile"]["Arn"].endswith("instance-profile/app")


@pytest.mark.parametrize(
    "text",
    [
        "  A: {Type: 'AWS::EC2::EIP', Properties: {InstanceId: !Ref I}}\n",
        "  A: {Type: 'AWS::EC2::EIP'}\n  B: {Type: 'AWS::EC2::EIPAssociation', Properties: {AllocationId: !GetAtt A.AllocationId, InstanceId: !Ref I}}\n",
        "  A: {Type: 'AWS::EC2::EIP'}\n  B: {Type: 'AWS::EC2::EIPAssociation', Properties: {EIP: !Ref A, InstanceId: !Ref I}}\n",
    ],
)
def test_an_elastic_address_is_that_of_its_instance(text: str) -> None:
    draft = resources(SUBNET + "  I: {Type: 'AWS::EC2::Instance', Properties: {SubnetId: !Ref S}}\n" + text)
    (interface,) = rows(draft, "ec2/describe-network-interfaces", "NetworkInterfaces")
    (address,) = rows(draft, "ec2/describe-addresses", "Addresses")
    assert interface["Association"]["PublicIp"] == address["PublicIp"]


def test_a_load_balancer_with_rules() -> None:
    text = SUBNET + (
        "  L: {Type: 'AWS::ElasticLoadBalancingV2::LoadBalancer', Properties: {Name: l, Scheme: internal, Subnets: [!Ref S], SecurityGroups: [sg-1]}}\n"
        "  T: {Type: 'AWS::ElasticLoadBalancingV2::Listener', Properties: {LoadBalancerArn: !Ref L, Port: 80, Protocol: HTTP, DefaultActions: [{Type: fixed-response}]}}\n"
        "  R: {Type: 'AWS::ElasticLoadBalancingV2::ListenerRule', Properties: {ListenerArn: !Ref T, Priority: 1, Conditions: [], Actions: [{Type: forward, ForwardConfig: {TargetGroups: [{TargetGroupArn: !Ref G}]}}]}}\n"
        "  G: {Type: 'AWS::ElasticLoadBalancingV2::TargetGroup', Properties: {Name: g, VpcId: !Ref V, Port: 8080, Protocol: HTTP, TargetType: ip, Targets: [{Id: 10.0.1.9, Port: 81}]}}\n"
    )
    draft = resources(text)
    (balancer,) = rows(draft, "elbv2/describe-load-balancers", "LoadBalancers")
    assert (balancer["Scheme"], balancer["LoadBalancerArn"]) == (
        "internal",
        "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/l/<L.LoadBalancerArn>",
    )
    assert "targetgroup/g/<G.TargetGroupArn>" in json.dumps(answer(draft, "describe-rules/<T.ListenerArn>.json"))
    assert answer(draft, "describe-target-health/g.json")["TargetHealthDescriptions"] == [
        {"Target": {"Id": "10.0.1.9", "Port": 81}}
    ]


def test_a_classic_load_balancer() -> None:
    text = (
        SUBNET
        + "  L: {Type: 'AWS::ElasticLoadBalancing::LoadBalancer', Properties: {LoadBalancerName: c, Subnets: [!Ref S], Instances: [i-1], Listeners: [{Protocol: TCP, LoadBalancerPort: 80, InstancePort: '8080'}]}}\n"
    )
    (found,) = rows(resources(text), "elb/describe-load-balancers", "LoadBalancerDescriptions")
    assert found["ListenerDescriptions"] == [
        {"Listener": {"Protocol": "TCP", "LoadBalancerPort": 80, "InstancePort": 8080}}
    ]


def test_what_is_in_a_network_that_is_there_before() -> None:
    text = "Parameters: {Vpc: {Type: 'AWS::EC2::VPC::Id'}}\nResources:\n  G: {Type: 'AWS::EC2::SecurityGroup', Properties: {GroupDescription: g, VpcId: !Ref Vpc}}\n"
    draft = drafted(text)
    (group,) = rows(draft, "ec2/describe-security-groups", "SecurityGroups")
    assert group["VpcId"] == "vpc-<Vpc>"
    assert "vpc-<Vpc>" in unmodelled(draft)
    (group,) = rows(drafted(text, Vpc="vpc-0abc"), "ec2/describe-security-groups", "SecurityGroups")
    assert group["VpcId"] == "vpc-0abc"


# Auto Scaling groups and services.

LAUNCHED = (
    SUBNET
    + "  L: {Type: 'AWS::EC2::LaunchTemplate', Properties: {LaunchTemplateData: {IamInstanceProfile: {Name: app}, SecurityGroupIds: [sg-1], TagSpecifications: [{ResourceType: instance, Tags: [{Key: role, Value: web}]}]}}}\n"
)


def test_instances_of_an_auto_scaling_group_are_what_they_are_launched_from() -> None:
    text = LAUNCHED + (
        "  T: {Type: 'AWS::ElasticLoadBalancingV2::TargetGroup', Properties: {Name: t, VpcId: !Ref V, Port: 80, Protocol: HTTP}}\n"
        "  A: {Type: 'AWS::AutoScaling::AutoScalingGroup', Properties: {MinSize: 1, MaxSize: 9, VPCZoneIdentifier: [!Ref S], TargetGroupARNs: [!Ref T], LaunchTemplate: {LaunchTemplateId: !Ref L, Version: '1'}, Tags: [{Key: team, Value: a, PropagateAtLaunch: true}]}}\n"
    )
    draft = resources(text)
    (reservation,) = rows(draft, "ec2/describe-instances", "Reservations")
    (instance,) = reservation["Instances"]
    assert instance["IamInstanceProfile"]["Arn"].endswith("instance-profile/app")
    assert instance["Tags"] == [{"Key": "role", "Value": "web"}, {"Key": "team", "Value": "a"}]
    (interface,) = rows(draft, "ec2/describe-network-interfaces", "NetworkInterfaces")
    assert (interface["SubnetId"], interface["Groups"]) == ("subnet-<S.SubnetId>", [{"GroupId": "sg-1"}])
    assert answer(draft, "describe-target-health/t.json")["TargetHealthDescriptions"] == [
        {"Target": {"Id": instance["InstanceId"]}}
    ]
    assert unmodelled(draft) == {}


def test_a_launch_configuration_and_a_classic_load_balancer() -> None:
    text = SUBNET + (
        "  C: {Type: 'AWS::AutoScaling::LaunchConfiguration', Properties: {SecurityGroups: [sg-2], IamInstanceProfile: 'arn:aws:iam::111122223333:instance-profile/old', AssociatePublicIpAddress: true}}\n"
        "  E: {Type: 'AWS::ElasticLoadBalancing::LoadBalancer', Properties: {LoadBalancerName: e, Subnets: [!Ref S], Listeners: [{Protocol: TCP, LoadBalancerPort: 80, InstancePort: 80}]}}\n"
        "  A: {Type: 'AWS::AutoScaling::AutoScalingGroup', Properties: {MinSize: 1, MaxSize: 1, VPCZoneIdentifier: !Ref S, LoadBalancerNames: [!Ref E], LaunchConfigurationName: !Ref C}}\n"
    )
    draft = resources(text)
    (instance,) = rows(draft, "ec2/describe-instances", "Reservations")[0]["Instances"]
    assert instance["IamInstanceProfile"]["Arn"] == "arn:aws:iam::111122223333:instance-profile/old"
    (balancer,) = rows(draft, "elb/describe-load-balancers", "LoadBalancerDescriptions")
    assert balancer["Instances"] == [{"InstanceId": instance["InstanceId"]}]
    own = [
        r
        for r in rows(draft, "ec2/describe-network-interfaces", "NetworkInterfaces")
        if "InstanceId" in r.get("Attachment", {})
    ]
    assert ["PublicIp" in r.get("Association", {}) for r in own] == [True]


def test_an_instance_takes_from_its_launch_template_what_it_does_not_say() -> None:
    text = (
        LAUNCHED
        + "  I: {Type: 'AWS::EC2::Instance', Properties: {SubnetId: !Ref S, SecurityGroupIds: [sg-3], LaunchTemplate: {LaunchTemplateId: !Ref L, Version: '1'}}}\n"
    )
    draft = resources(text)
    (instance,) = rows(draft, "ec2/describe-instances", "Reservations")[0]["Instances"]
    assert instance["IamInstanceProfile"]["Arn"].endswith("instance-profile/app")
    (interface,) = rows(draft, "ec2/describe-network-interfaces", "NetworkInterfaces")
    assert interface["Groups"] == [{"GroupId": "sg-3"}]
    draft = resources(text.replace("LaunchTemplateId: !Ref L", "LaunchTemplateId: lt-1"))
    assert unmodelled(draft)["I"] == "the launch template of I is not in the template"


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ("SecondaryPrivateIpAddressCount: 2", "I.SecondaryPrivateIpAddressCount is not read"),
        ("Ipv6Prefixes: []", "I.Ipv6Prefixes is not read"),
    ],
)
def test_further_addresses_leave_the_network_open(more: str, reason: str) -> None:
    draft = resources(
        SUBNET + f"  I: {{Type: 'AWS::EC2::NetworkInterface', Properties: {{SubnetId: !Ref S, {more}}}}}\n"
    )
    assert unmodelled(draft) == {"I": reason}


SERVICES = [
    ("AWS::EFS::MountTarget", "FileSystemId: fs-1, SubnetId: !Ref S, SecurityGroups: [sg-1]", "", False),
    (
        "AWS::ElastiCache::ReplicationGroup",
        "CacheSubnetGroupName: !Ref N, SecurityGroupIds: [sg-1]",
        "AWS::ElastiCache::SubnetGroup",
        False,
    ),
    (
        "AWS::ElastiCache::CacheCluster",
        "CacheSubnetGroupName: !Ref N, VpcSecurityGroupIds: [sg-1]",
        "AWS::ElastiCache::SubnetGroup",
        False,
    ),
    (
        "AWS::RDS::DBInstance",
        "DBSubnetGroupName: !Ref N, VPCSecurityGroups: [sg-1], PubliclyAccessible: true",
        "AWS::RDS::DBSubnetGroup",
        True,
    ),
    ("AWS::RDS::DBCluster", "DBSubnetGroupName: !Ref N, VpcSecurityGroupIds: [sg-1]", "AWS::RDS::DBSubnetGroup", False),
    (
        "AWS::ECS::Service",
        "NetworkConfiguration: {AwsvpcConfiguration: {Subnets: [!Ref S], SecurityGroups: [sg-1], AssignPublicIp: ENABLED}}",
        "",
        True,
    ),
]


@pytest.mark.parametrize(("type_", "properties", "group", "is_public"), SERVICES, ids=[s[0] for s in SERVICES])
def test_a_service_has_interfaces_in_subnets(type_: str, properties: str, group: str, is_public: bool) -> None:
    text = SUBNET + f"  X: {{Type: '{type_}', Properties: {{{properties}}}}}\n"
    text += f"  N: {{Type: '{group}', Properties: {{SubnetIds: [!Ref S]}}}}\n" if group else ""
    draft = resources(text)
    (interface,) = rows(draft, "ec2/describe-network-interfaces", "NetworkInterfaces")
    assert (interface["SubnetId"], interface["Groups"]) == ("subnet-<S.SubnetId>", [{"GroupId": "sg-1"}])
    assert ("Association" in interface) is is_public
    assert rows(draft, "ec2/planned-unmodelled", "Unmodelled") == []


def test_an_instance_of_a_database_cluster_is_where_the_cluster_is() -> None:
    text = SUBNET + (
        "  N: {Type: 'AWS::RDS::DBSubnetGroup', Properties: {SubnetIds: [!Ref S]}}\n"
        "  C: {Type: 'AWS::RDS::DBCluster', Properties: {DBSubnetGroupName: !Ref N, VpcSecurityGroupIds: [sg-7]}}\n"
        "  D: {Type: 'AWS::RDS::DBInstance', Properties: {DBClusterIdentifier: !Ref C, PubliclyAccessible: true}}\n"
    )
    found = rows(resources(text), "ec2/describe-network-interfaces", "NetworkInterfaces")
    assert [(r["SubnetId"], r["Groups"], "Association" in r) for r in found] == [
        ("subnet-<S.SubnetId>", [{"GroupId": "sg-7"}], False),
        ("subnet-<S.SubnetId>", [{"GroupId": "sg-7"}], True),
    ]


def test_what_a_service_registers_with_a_target_group_is_not_known() -> None:
    text = SUBNET + (
        "  T: {Type: 'AWS::ElasticLoadBalancingV2::TargetGroup', Properties: {Name: t, VpcId: !Ref V, Port: 80, Protocol: HTTP, TargetType: ip}}\n"
        "  X: {Type: 'AWS::ECS::Service', Properties: {LoadBalancers: [{TargetGroupArn: !Ref T, ContainerPort: 80}], NetworkConfiguration: {AwsvpcConfiguration: {Subnets: [!Ref S]}}}}\n"
    )
    draft = resources(text)
    (error,) = (
        message for path, (_, message) in draft.errors.items() if path.endswith("describe-target-health/t.json")
    )
    assert error == "X.Tasks is known after apply"
