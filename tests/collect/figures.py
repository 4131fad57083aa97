"""How long a larger account takes, one call after the other and many at once, and how much memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from collect.estate import TRUST, client
from collect.server import environment

if TYPE_CHECKING:
    import resource
    from collections.abc import Callable

    from collect.proxy import Proxy

ROOT = Path(__file__).resolve().parents[2]
ROLES, POLICIES, BUCKETS, VPCS = 300, 300, 200, 12  # each VPC with a subnet, a group, a table and an ACL: 60 objects
ROUND_TRIP = 0.03  # seconds to a region on the same continent


def fill(address: str, *, shrink: int = 1) -> None:
    """The account of the figure."""
    iam, s3, ec2 = (client(service, address) for service in ("iam", "s3", "ec2"))
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}
    enforced = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}

    def role(i: int) -> None:
        iam.create_role(RoleName=f"role-{i}", AssumeRolePolicyDocument=json.dumps(TRUST))

    def policy(i: int) -> None:
        iam.create_policy(PolicyName=f"policy-{i}", PolicyDocument=json.dumps(document))

    def bucket(i: int) -> None:
        name = f"figure-{i}"
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        s3.put_bucket_ownership_controls(Bucket=name, OwnershipControls=enforced)

    def vpc(i: int) -> None:
        made = ec2.create_vpc(CidrBlock=f"10.{i}.0.0/16")["Vpc"]["VpcId"]
        ec2.create_subnet(VpcId=made, CidrBlock=f"10.{i}.0.0/24")
        ec2.create_security_group(VpcId=made, GroupName=f"group-{i}", Description="a group")
        ec2.create_route_table(VpcId=made)
        ec2.create_network_acl(VpcId=made)

    jobs: list[tuple[Callable[[int], None], int]] = [(role, ROLES), (policy, POLICIES), (bucket, BUCKETS), (vpc, VPCS)]
    with ThreadPoolExecutor(4) as pool:
        for job, number in jobs:
            list(pool.map(job, range(number // shrink)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One collection: seconds by the clock, peak memory in MiB, and how many calls it was."""

    seconds: float
    mebibytes: float
    calls: int


def measure(address: str, proxy: Proxy, out: Path, *words: str, **environ: str) -> Measured:
    """Collect once, as a process of its own."""
    proxy.asked.clear()
    command = [sys.executable, "-m", "auditctl", "collect", str(out), "--region", "eu-west-1", *words]
    start = perf_counter()
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, **environment(address, proxy.address, **environ)},
        stdout=subprocess.DEVNULL,
    ) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 3, process.returncode
    return Measured(seconds=perf_counter() - start, mebibytes=peak_of(usage), calls=len(proxy.asked))


def peak_of(usage: resource.struct_rusage) -> float:
    """The peak memory in MiB: Linux counts in KiB, macOS in bytes."""
    return usage.ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)
