"""What is measured: the AWS managed policies and the controls of `examples/managed-policies`."""

import json
import random
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path

from auditctl.audit import claims_of
from auditctl.controls import load_controls, make_overrides
from checkers.cloud.claims import Claim
from checkers.cloud.control import parse_control
from checkers.cloud.inventory import Inventory
from checkers.cloud.snapshot import Snapshot

ROOT = Path(__file__).resolve().parent.parent.parent
CONTROLS = ROOT / "examples" / "managed-policies" / "controls"
SCRIPT = ROOT / "examples" / "managed_policies.py"
DETAILS = Path("111122223333/global/iam/get-account-authorization-details.json")

ClaimId = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Corpus:
    """A snapshot directory. It is passed to other processes, so it holds the path only."""

    snapshot: Path

    def load(self) -> tuple[list[Claim], Inventory]:
        """Every claim of the controls, with the inventory that they are about."""
        inventory = Inventory(Snapshot({str(p.relative_to(self.snapshot)): p.read_bytes for p in self.files()}))
        controls = [parse_control(c.document, c.id) for c in load_controls([CONTROLS], make_overrides())]
        return claims_of(controls, inventory), inventory

    def files(self) -> list[Path]:
        """The files of the snapshot, sorted."""
        return sorted(p for p in self.snapshot.rglob("*.json") if p.is_file())

    def policies(self) -> list[str]:
        """The ARNs of the policies, sorted."""
        details = json.loads((self.snapshot / DETAILS).read_bytes())
        return sorted(row["Arn"] for row in details["Policies"])

    def sample(self, one_in: int, seed: int) -> list[str]:
        """A seeded choice of one policy in so many, at least one."""
        arns = self.policies()
        return sorted(random.Random(seed).sample(arns, max(1, len(arns) // one_in)))


def make_corpus(directory: Path, *, policies: int | None, seed: int) -> Corpus:
    """Write the snapshot; with only so many policies, chosen by the seed, where a number is given."""
    subprocess.run([sys.executable, str(SCRIPT), str(directory)], check=True, stdout=subprocess.DEVNULL)
    if policies is not None:
        path = directory / DETAILS
        details = json.loads(path.read_bytes())
        chosen = random.Random(seed).sample(details["Policies"], min(policies, len(details["Policies"])))
        details["Policies"] = sorted(chosen, key=itemgetter("Arn"))
        path.write_text(json.dumps(details), encoding="utf-8")
    return Corpus(directory)


def quantile(values: Sequence[float], share: float) -> float:
    """The value that this share of the others does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
