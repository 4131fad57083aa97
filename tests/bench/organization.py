"""The large organization of `examples/organization.py`: every control over everything, and a side by side.

The side by side has 1,050 buckets with as many principals as go with them, and the controls that ask what
Prowler's checks of access look for. Prowler took 162 s of processor time and 2.1 GB there.
"""

import subprocess
import sys
from collections import Counter
from pathlib import Path

from bench.corpus import ROOT
from bench.processes import Run, audit, check
from bench.table import Figure
from checkers.bundle import Bundle
from checkers.cloud.derivation import READINGS

SCRIPT = ROOT / "examples" / "organization.py"
CONTROLS = ROOT / "examples" / "organization" / "controls"
PATHS = ROOT / "examples" / "organization" / "paths"

LARGE = {"roles": 500, "users": 100, "groups": 40, "policies": 300, "buckets": 200}
MANY_BUCKETS = {"roles": 525, "users": 150, "groups": 44, "policies": 300, "buckets": 1050}
# What Prowler's checks of access look for: public and foreign access to each kind of resource, confused deputies,
# trust, escalation, administration.
SIDE_BY_SIDE = (
    "bucket-anonymous",
    "bucket-deputies",
    "bucket-read-outside-organization",
    "bucket-write-outside-organization",
    "function-public",
    "group-pass-role",
    "key-outside-organization",
    "policy-administration",
    "queue-outside-organization",
    "role-code-host",
    "role-escalation",
    "role-pass-role",
    "role-trust-external-id",
    "role-trust-outside-organization",
    "secret-outside-account",
    "topic-outside-organization",
    "user-escalation",
)
_REASONS = 3  # reasons of inconclusive claims that are shown


def make_organization(directory: Path, sizes: dict[str, int], *, seed: int, shrink: int) -> Path:
    """Write the snapshot, each size divided by `shrink`."""
    options = [f"--{name}={max(1, size // shrink)}" for name, size in sizes.items()]
    command = [sys.executable, str(SCRIPT), str(directory), f"--seed={seed}", *options]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return directory


def measure(scratch: Path, *, seed: int, shrink: int = 1) -> list[Figure]:
    """The figures of the two accounts."""
    return [*_everything(scratch, seed, shrink), *_paths(scratch), *_side_by_side(scratch, seed, shrink)]


def _everything(scratch: Path, seed: int, shrink: int) -> list[Figure]:
    """Every control over everything in the large account and its organization."""
    snapshot = make_organization(scratch / "large", LARGE, seed=seed, shrink=shrink)
    bundle = scratch / "large.audit"
    audited = audit(snapshot, CONTROLS, bundle)
    return [
        Figure(
            id="organization.seconds",
            name="organization, 30 controls: auditctl check",
            value=_value(audited, audited.seconds),
            unit="s",
            at_most=60,
            note=audited.problem,
        ),
        Figure(
            id="organization.megabytes",
            name="organization, 30 controls: peak memory",
            value=_value(audited, audited.megabytes),
            unit="MB",
            at_most=1000,
        ),
        *([] if audited.problem else _of_bundle(bundle, audited)),
    ]


def _of_bundle(bundle: Path, audited: Run) -> list[Figure]:
    """What the bare checker takes for the bundle, and what was left open."""
    checked = check(bundle)
    rows = list(Bundle(bundle).certificates())
    reasons = Counter(r for row in rows if "inconclusive" in row for r in row["inconclusive"])
    still_open = sum("inconclusive" in row for row in rows)
    return [
        Figure(id="organization.claims", name="organization: claims", value=len(rows), note=_readings(reasons)),
        Figure(
            id="organization.check.seconds",
            name="organization: check of the bundle",
            value=_value(checked, checked.seconds),
            unit="s",
            at_most=9,
            note=checked.problem or "15 % of 60 s",
        ),
        Figure(
            id="organization.check.megabytes",
            name="organization: peak memory of the check",
            value=_value(checked, checked.megabytes),
            unit="MB",
            at_most=150,
            note="15 % of 1 GB",
        ),
        Figure(
            id="organization.share",
            name="organization: check, of auditctl check",
            value=_value(checked, 100 * checked.seconds / audited.seconds),
            unit="%",
            at_most=15,
        ),
        Figure(
            id="organization.inconclusive",
            name="organization: inconclusive claims",
            value=still_open,
            at_most=0,
            note="; ".join(f"{count} {reason}" for reason, count in reasons.most_common(_REASONS)),
        ),
    ]


def _readings(reasons: Counter[str]) -> str:
    """The readings that decided a claim."""
    found = sorted(reason for reason in reasons if reason in READINGS)
    return "decided by a reading: " + (", ".join(found) or "none")


def _paths(scratch: Path) -> list[Figure]:
    """Which principals can become administrators in the end: a closure of all that cannot."""
    bundle = scratch / "paths.audit"
    done = audit(scratch / "large", PATHS, bundle, only=("account-closure",))
    checked = check(bundle)
    note = done.problem or checked.problem or f"check {checked.seconds:.1f} s"
    return [
        Figure(
            id="paths.seconds",
            name="organization: closure over the principals",
            value=_value(done, done.seconds),
            unit="s",
            at_most=60,
            note=note,
        )
    ]


def _side_by_side(scratch: Path, seed: int, shrink: int) -> list[Figure]:
    """Processor time and memory where Prowler was measured."""
    snapshot = make_organization(scratch / "buckets", MANY_BUCKETS, seed=seed, shrink=shrink)
    done = audit(snapshot, CONTROLS, scratch / "buckets.audit", only=SIDE_BY_SIDE)
    note = done.problem or f"{len(SIDE_BY_SIDE)} controls; Prowler 162 s, 2,100 MB"
    return [
        Figure(
            id="buckets.processor",
            name="1,050 buckets: processor time",
            value=_value(done, done.processor),
            unit="s",
            at_most=32,
            note=note,
        ),
        Figure(
            id="buckets.megabytes",
            name="1,050 buckets: peak memory",
            value=_value(done, done.megabytes),
            unit="MB",
            at_most=500,
        ),
    ]


def _value(done: Run, value: float) -> float | None:
    return None if done.problem else value
