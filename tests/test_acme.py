"""The example organization: every outcome, byte for byte, and every planted mistake with its look-alike."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from auditctl.audit import audit, claims_of
from auditctl.controls import load_controls, read_parameters
from checkers.cloud.control import parse_control
from checkers.cloud.inventory import Inventory
from checkers.cloud.snapshot import Snapshot

ROOT = Path(__file__).resolve().parent.parent
ACME = ROOT / "examples" / "acme"


@cache
def outcomes() -> dict[tuple[str, str], str]:
    """The outcome of every claim."""
    base = ACME / "snapshot"
    inventory = Inventory(Snapshot({str(p.relative_to(base)): p.read_bytes for p in sorted(base.rglob("*.json"))}))
    paths = [ROOT / "policies", ACME / "controls"]
    controls = load_controls(paths, read_parameters(ACME / "parameters.yaml"))
    results = list(audit(claims_of([parse_control(c.document, c.id) for c in controls], inventory), inventory))
    assert not [r.refused for r in results if r.refused]
    return {r.claim.id: r.outcome.value for r in results}


def test_the_outcomes_are_the_expected_ones() -> None:
    found = "".join(f"{outcome:12} {control} {target}\n" for (control, target), outcome in outcomes().items())
    assert found.encode() == (ACME / "expected.txt").read_bytes()


def bucket(name: str) -> str:
    return f"arn:aws:s3:::{name}"


def prod(path: str) -> str:
    return f"arn:aws:iam::222233334444:{path}"


def dev(path: str) -> str:
    return f"arn:aws:iam::333344445555:{path}"


# The number of the mistake in the README, the control that finds it, where it is, and where it is not.
PLANTED = [
    (1, "bucket-anonymous-access", bucket("acme-data-exchange"), bucket("acme-shared-artifacts")),
    (2, "bucket-anonymous-access", bucket("acme-partner-downloads"), bucket("acme-web-assets")),
    (3, "bucket-read-outside-organization", bucket("acme-design-assets"), bucket("acme-design-archive")),
    (4, "bucket-anonymous-access", bucket("acme-ml-training"), bucket("acme-ml-models")),
    (5, "bucket-read-outside-organization", bucket("acme-releases"), bucket("acme-releases-staging")),
    (6, "role-trust-outside-organization", prod("role/release/release-promoter"), prod("role/release/release-reader")),
    (7, "role-github-repositories", prod("role/ci/gha-deploy-web"), prod("role/ci/gha-deploy-shop")),
    (8, "role-github-repositories", dev("role/ci/gha-ci-tests"), dev("role/ci/gha-preview")),
    (9, "role-github-repositories", prod("role/ci/gha-terraform-plan"), prod("role/ci/gha-terraform-apply")),
    (10, "payroll-data", bucket("acme-data-p"), None),
    (11, "policy-administration", dev("policy/DeveloperAccess"), prod("policy/people/RequireMfa")),
    (12, "home-own-folder", prod("user/people/contractor-1"), prod("user/people/analyst-1")),
    (12, "home-archive-kept", prod("user/people/contractor-1"), prod("user/people/analyst-1")),
    (13, "role-pass-role", dev("role/ci-runner"), dev("role/deploy-functions")),
    (14, "role-escalation", prod("role/platform/policy-maintainer"), prod("role/platform/policy-reviewer")),
    (15, "role-trust-external-id", prod("role/vendor/vendor-monitoring"), dev("role/vendor/vendor-monitoring")),
    (16, "bucket-read-outside-organization", bucket("acme-contracts"), bucket("acme-contracts-archive")),
    (17, "people-mfa", prod("user/people/contractor-1"), prod("user/people/analyst-1")),
    (18, "bucket-transport-encryption", bucket("acme-alb-logs"), bucket("acme-org-trail")),
]


@pytest.mark.parametrize(("number", "control", "mistake", "look_alike"), PLANTED)
def test_a_planted_mistake_is_found_and_its_look_alike_is_not(
    number: int, control: str, mistake: str, look_alike: str | None
) -> None:
    assert f"\n| {number} | " in (ACME / "README.md").read_text()
    assert outcomes()[control, mistake] == "violated"
    if look_alike is not None:
        assert outcomes()[control, look_alike] == "holds"


@pytest.mark.parametrize("target", [bucket("acme-hr-records"), bucket("acme-legacy-uploads")])
def test_what_the_export_cannot_tell_is_left_open(target: str) -> None:
    assert outcomes()["bucket-anonymous-access", target] == "inconclusive"
