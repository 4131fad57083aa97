"""`python examples/network.py`: the same bytes again, the promised counts, and what isolates each production VPC."""

import json
import subprocess
import sys
from collections import Counter
from functools import cache
from ipaddress import IPv4Network
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from auditctl.audit import audit, claims_of
from auditctl.controls import load_controls, parse_assignments
from auditctl.snapshot import read_directory
from checkers.cloud.control import parse_control
from checkers.cloud.inventory import Inventory
from checkers.cloud.snapshot import Snapshot

ROOT = Path(__file__).resolve().parent.parent.parent
PLANS = ("contiguous", "interleaved")
POSTGRES = 5432


def generate(directory: Path, *options: str) -> list[str]:
    """Write a network; the lines that say which mistakes it has."""
    command = [sys.executable, "examples/network.py", str(directory), *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[1:]


@pytest.fixture(scope="module", params=PLANS)
def network(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> "Network":
    """A network of each plan with mistakes of every kind."""
    directory = tmp_path_factory.mktemp("network") / request.param
    return Network(directory, generate(directory, "--vpcs=24", f"--plan={request.param}", "--seed=3", "--mistake=6"))


class Network:
    """The lists of a written snapshot, over all accounts and regions."""

    def __init__(self, directory: Path, mistakes: list[str]) -> None:
        self.directory, self.mistakes = directory, mistakes

    @cache  # noqa: B019  as many as tests
    def rows(self, operation: str, member: str) -> list[dict[str, Any]]:
        """The rows of a list that only their owner has."""
        files = sorted(self.directory.glob(f"*/*/ec2/{operation}.json"))
        return [row for path in files for row in json.loads(path.read_text(encoding="utf-8"))[member]]

    def part(self, operation: str, resource: str) -> dict[str, Any]:
        """The answer about one resource, as the first account has it."""
        path = min(self.directory.glob(f"*/*/ec2/{operation}/{resource}.json"))
        return json.loads(path.read_text(encoding="utf-8"))

    def vpcs(self, environment: str) -> list[dict[str, Any]]:
        """The VPCs of an environment."""
        return [v for v in self.rows("describe-vpcs", "Vpcs") if tag(v, "env") == environment]

    def development(self) -> list[IPv4Network]:
        """The blocks of development."""
        return [IPv4Network(v["CidrBlock"]) for v in self.vpcs("dev")]

    def databases(self, vpc: str) -> list[dict[str, Any]]:
        """The interfaces of databases in a VPC."""
        rows = self.rows("describe-network-interfaces", "NetworkInterfaces")
        return [r for r in rows if r["VpcId"] == vpc and tag(r, "role", "TagSet") == "database"]


def tag(row: dict[str, Any], key: str, member: str = "Tags") -> str:
    """The value of a tag."""
    return next((t["Value"] for t in row[member] if t["Key"] == key), "")


# What isolates a VPC, looked at without any knowledge of forwarding.


def is_isolated_by_table(network: Network, block: IPv4Network) -> bool:
    """Whether the best route of every table of development to every address of a block is none, or a black hole."""
    for table in network.rows("describe-transit-gateway-route-tables", "TransitGatewayRouteTables"):
        if tag(table, "Name") == "dev":
            routes = network.part("search-transit-gateway-routes", table["TransitGatewayRouteTableId"])["Routes"]
            touching = [r for r in routes if IPv4Network(r["DestinationCidrBlock"]).overlaps(block)]
            if any(r["State"] == "active" for r in touching):
                return False
    return True


def is_isolated_by_acl(network: Network, vpc: str) -> bool:
    """Whether the first entry that decides about each block of development, at every database, denies."""
    databases = {i["SubnetId"] for i in network.databases(vpc)}
    for acl in network.rows("describe-network-acls", "NetworkAcls"):
        if databases & {a["SubnetId"] for a in acl["Associations"]}:
            entries = sorted((e for e in acl["Entries"] if not e["Egress"]), key=lambda e: e["RuleNumber"])
            for block in network.development():
                first = next(e for e in entries if block.subnet_of(IPv4Network(e["CidrBlock"])))
                if first["RuleAction"] == "allow":
                    return False
    return True


def is_isolated_by_group(network: Network, vpc: str) -> bool:
    """Whether no rule of a group of a database has a range that holds something of development."""
    groups = {g["GroupId"] for i in network.databases(vpc) for g in i["Groups"]}
    rows = [g for g in network.rows("describe-security-groups", "SecurityGroups") if g["GroupId"] in groups]
    ranges = [IPv4Network(r["CidrIp"]) for g in rows for p in g["IpPermissions"] for r in p["IpRanges"]]
    for permission in (p for g in rows for p in g["IpPermissions"]):
        assert (permission["FromPort"], permission["ToPort"]) == (POSTGRES, POSTGRES)
        for one in permission["PrefixListIds"]:
            entries = network.part("get-managed-prefix-list-entries", one["PrefixListId"])["Entries"]
            ranges += [IPv4Network(e["Cidr"]) for e in entries]
    return not any(r.overlaps(d) for r in ranges for d in network.development())


def isolations(network: Network, vpc: dict[str, Any]) -> list[str]:
    """What isolates a production VPC."""
    found = {
        "table": is_isolated_by_table(network, IPv4Network(vpc["CidrBlock"])),
        "acl": is_isolated_by_acl(network, vpc["VpcId"]),
        "group": is_isolated_by_group(network, vpc["VpcId"]),
    }
    return [name for name, isolates in found.items() if isolates]


def test_exactly_one_thing_isolates_each_production_vpc_and_none_where_there_is_a_mistake(network: Network) -> None:
    mistaken = {line.split()[3]: line.split()[0] for line in network.mistakes}
    assert Counter(mistaken.values()) == {"table": 2, "acl": 2, "group": 2}
    found = {tag(v, "Name"): isolations(network, v) for v in network.vpcs("prod")}
    assert {name for name, isolates in found.items() if isolates == []} == {m.split()[2] for m in network.mistakes}
    assert {v["VpcId"] for v in network.vpcs("prod")} >= {m.rstrip(":") for m in mistaken}
    assert all(len(isolates) <= 1 for isolates in found.values())
    assert Counter(isolates[0] for isolates in found.values() if isolates) == {"table": 2, "acl": 2, "group": 2}


def outcomes(directory: Path, control: str, *assignments: str) -> dict[str, str]:
    """The outcome of each claim of a control, by the name of its target."""
    inventory = Inventory(Snapshot(read_directory(directory)))
    folder = [ROOT / "examples/network/controls"]
    found = [parse_control(c.document, c.id) for c in load_controls(folder, parse_assignments(assignments))]
    results = audit(claims_of([c for c in found if c.id == control], inventory), inventory)
    return {r.claim.target.name: r.refused or r.outcome.value for r in results}


@pytest.mark.parametrize("plan", PLANS)
def test_the_claim_holds_where_there_is_no_mistake(plan: str, tmp_path: Path) -> None:
    generate(tmp_path / "n", "--vpcs=12", f"--plan={plan}", "--seed=3")
    assert outcomes(tmp_path / "n", "development-production") == {"network": "holds"}


def test_each_mistake_is_found_and_nothing_else(network: Network) -> None:
    assert outcomes(network.directory, "development-production") == {"network": "violated"}
    mistaken = {f"{line.split()[2]}-database-1" for line in network.mistakes}
    found = outcomes(network.directory, "development-database", "database=production-*-database-1")
    assert found.keys() == {f"production-{i:03d}-database-1" for i in range(1, 13)}
    assert {name for name, outcome in found.items() if outcome == "violated"} == mistaken
    assert {outcome for name, outcome in found.items() if name not in mistaken} == {"holds"}


def test_mistakes_are_written_beside_the_snapshot(network: Network) -> None:
    path = network.directory.with_name(f"{network.directory.name}.expected.txt")
    assert path.read_text(encoding="utf-8").splitlines() == network.mistakes
    for line in network.mistakes:
        where = line.split()[1]
        assert any(where in p.read_text(encoding="utf-8") for p in network.directory.glob("*/*/ec2/*.json"))


def test_the_counts_are_those_of_the_command_line(network: Network) -> None:
    assert [len(network.vpcs(environment)) for environment in ("dev", "prod", "shared")] == [12, 12, 2]
    interfaces = network.rows("describe-network-interfaces", "NetworkInterfaces")
    assert set(Counter(i["VpcId"] for i in interfaces).values()) == {24}
    subnets = network.rows("describe-subnets", "Subnets")
    assert set(Counter(s["VpcId"] for s in subnets).values()) <= {4, 5, 6}
    assert len({i["NetworkInterfaceId"] for i in interfaces}) == len(interfaces) == 26 * 24


def test_addresses_are_used_once_and_lie_in_their_subnets(network: Network) -> None:
    subnets = {s["SubnetId"]: s for s in network.rows("describe-subnets", "Subnets")}
    vpcs = {v["VpcId"]: IPv4Network(v["CidrBlock"]) for v in network.rows("describe-vpcs", "Vpcs")}
    blocks = sorted(vpcs.values())
    assert not any(a.overlaps(b) for a, b in pairwise(blocks))
    seen = set()
    for interface in network.rows("describe-network-interfaces", "NetworkInterfaces"):
        block = IPv4Network(subnets[interface["SubnetId"]]["CidrBlock"])
        assert block.subnet_of(vpcs[interface["VpcId"]])
        for row in interface["PrivateIpAddresses"]:
            assert IPv4Network(row["PrivateIpAddress"]).subnet_of(block)
            assert row["PrivateIpAddress"] not in seen
            seen.add(row["PrivateIpAddress"])


def test_each_zone_with_an_interface_has_one_of_the_transit_gateway(network: Network) -> None:
    zones: dict[str, set[str]] = {}
    transit: dict[str, set[str]] = {}
    for interface in network.rows("describe-network-interfaces", "NetworkInterfaces"):
        found = transit if interface["InterfaceType"] == "transit_gateway" else zones
        found.setdefault(interface["VpcId"], set()).add(interface["AvailabilityZone"])
    assert zones == transit


def test_the_plans_differ_in_what_is_between_the_blocks_of_development(network: Network) -> None:
    environments = [
        name for _, name in sorted((IPv4Network(v["CidrBlock"]), e) for e in ("dev", "prod") for v in network.vpcs(e))
    ]
    turns = sum(a != b for a, b in pairwise(environments))
    assert turns == (1 if network.directory.name == "contiguous" else 23)


def test_no_network_acl_has_more_rules_than_aws_admits(tmp_path: Path) -> None:
    generate(tmp_path / "n", "--vpcs=200", "--plan=interleaved")
    one = Network(tmp_path / "n", [])
    for acl in one.rows("describe-network-acls", "NetworkAcls"):
        assert max(Counter(e["Egress"] for e in acl["Entries"]).values()) <= 40
    for group in one.rows("describe-security-groups", "SecurityGroups"):
        assert sum(len(p["IpRanges"]) + len(p["UserIdGroupPairs"]) for p in group["IpPermissions"]) <= 60


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    for name, seed in (("one", 1), ("same", 1), ("other", 2)):
        generate(tmp_path / name, "--vpcs=8", f"--seed={seed}")
    one, same, other = (
        {p.relative_to(tmp_path / name).as_posix(): p.read_bytes() for p in (tmp_path / name).rglob("*.json")}
        for name in ("one", "same", "other")
    )
    assert one == same
    assert one != other


@pytest.mark.parametrize(
    ("options", "words"),
    [
        pytest.param(["--vpcs=7"], "an even number from 6 to 2048", id="an odd number of VPCs"),
        pytest.param(["--vpcs=4"], "an even number from 6 to 2048", id="too few VPCs for each isolation"),
        pytest.param(["--vpcs=2050"], "an even number from 6 to 2048", id="more VPCs than addresses"),
        pytest.param(["--vpcs=8", "--mistake=5"], "5 mistakes for 4 production VPCs", id="more mistakes than VPCs"),
    ],
)
def test_what_cannot_be_made_is_refused(tmp_path: Path, options: list[str], words: str) -> None:
    command = [sys.executable, "examples/network.py", str(tmp_path / "n"), *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert words in done.stderr
    assert not (tmp_path / "n").exists()
