"""The report: what an audit found, in types of its own. Version `auditctl-report/2`.

The JSON report has exactly these members, and `report.schema.json` is made from them. A member may be added within
version 2, as `flow`, `hosts` and `written` were; a change of meaning or a member that goes makes version 3. Version 1
had no `causes`, no `path` and no `kind` of a place. All lists have a fixed order: controls by id, claims by target,
statements as the snapshot has them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

FORMAT = "auditctl-report/2"


class Outcome(Enum):
    """What the user is told of a claim."""

    HOLDS = "holds"
    VIOLATED = "violated"
    INCONCLUSIVE = "inconclusive"
    WAIVED = "waived"


class Severity(Enum):
    """How bad a violation of a control is, as its author says."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many claims have each outcome. A waived claim counts as waived only."""

    holds: int = 0
    violated: int = 0
    inconclusive: int = 0
    waived: int = 0

    @property
    def total(self) -> int:
        """All claims."""
        return self.holds + self.violated + self.inconclusive + self.waived


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account of the snapshot."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """The plan or template that a snapshot was made of: its kind, file, version of its format, and SHA-256 digest.

    `words` are the same for people.
    """

    kind: str
    file: str
    format: str
    sha256: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotInfo:
    """Which export was audited. `time` is as the export says, empty where it does not; `planned` where it was none."""

    time: str
    accounts: tuple[Account, ...]
    planned: Planned | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirements:
    """The requirements of one framework that a control serves."""

    framework: str
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """Who answers for a claim, why, and until which day (ISO 8601)."""

    owner: str
    reason: str
    expires: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextValue:
    """A condition key of a request and its values."""

    key: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A concrete request. `principal` is empty for a claim about a policy or group alone.

    `if_caller_allowed`: the account of the caller, of which the snapshot knows nothing, has to allow it too.
    """

    principal: str
    session: str
    action: str
    resource: str
    context: tuple[ContextValue, ...]
    if_caller_allowed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of a policy document, printed with two spaces of indentation, by its number from 1.

    `deciding`: it is why the statement matches the request.
    """

    number: int
    text: str
    deciding: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Where something of a plan or template is written.

    `address` is that of a Terraform resource, or a logical id; `attribute` is what of it, empty for all of it. `file`
    and `line` are those of a template, empty and 0 where they are not known.
    """

    address: str
    attribute: str
    file: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownLater:
    """A value that is not known before a plan is applied, and one that it may have, as JSON or plain text."""

    attribute: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a statement is: the name people use for its document, its kind, the file, and the JSON path in it.

    `$.Policy` of a bucket policy is JSON text; the path goes on inside. `written` is where a plan or template has it.
    """

    document: str
    kind: str
    file: str
    path: str
    sid: str
    effect: str
    written: Written | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A statement that decides a request, with its lines, and what is worth a remark about its conditions."""

    place: Place
    lines: tuple[Line, ...]
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """A statement that does not apply to a request: the first element that fails, and how, in words."""

    place: Place
    element: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """The request that decides a claim, and why it is allowed, or is not.

    For an allowed request `applies` are Allow statements and `misses` the Deny statements that do not stop
    it; for a denied one `applies` are Deny statements, and without one `misses` are the Allow statements
    that do not reach it. `remarks` say what no statement does: what root may do, what cannot be denied.
    """

    words: str
    allowed: bool
    request: Request
    applies: tuple[Statement, ...]
    misses: tuple[Miss, ...]
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One cause of a violation: a part of a statement, or a rule of AWS that needs none, with a request.

    `caller` is the principal whose own policy the statement is in, empty where the statement itself says whom it
    is for. `action` and `resource` are the patterns of its elements that make the part, empty for a whole element.
    `rule` is empty where there is a statement.
    """

    rule: str
    caller: str
    action: str
    resource: str
    statement: Statement | None
    witness: Witness


@dataclass(frozen=True, slots=True, kw_only=True)
class Causes:
    """The causes of a violation.

    `complete`: the certificate proves that without these nothing violates the claim. Otherwise there may be more,
    and `reasons` say why.
    """

    found: tuple[Cause, ...]
    complete: bool
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One step of a chain: from whom, to whom, and the requests that it needs, all of them allowed.

    `step` is the id of a kind of step; empty for the request that a chain leads to.
    """

    step: str
    title: str
    before: str
    after: str
    requests: tuple[Witness, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Packet:
    """The header of a packet. `protocol` is its number; `port` the destination port, of ICMP 256 times type plus code.

    `words` are the same for people.
    """

    words: str
    source: str
    destination: str
    protocol: int
    port: int
    source_port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """A filter that let a packet through, and the rule of it that did, empty where it has no rules."""

    filter: str
    rule: str
    written: Written | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PacketHop:
    """A packet at a location, by its name in the certificate and in words, behind the filters before it.

    `changed`: its header is not that of the hop before.
    """

    location: str
    words: str
    packet: Packet
    changed: bool
    passed: tuple[Passed, ...]
    written: Written | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Where packets stop that would go on to what is asked about: a filter, or a gateway that has no way on for them.

    `rule` is the rule that denies them, empty where none admits them. `before` and `after` are locations that the
    filter is between, of as many such places as `places` says.
    """

    filter: str
    rule: str
    words: str
    before: str
    after: str
    places: int
    written: Written | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """The packet that decides a claim about flows, hop by hop, and its reply where one is asked about; or the stops.

    Without `hops` nothing arrives, and every way there ends at one of the `stops`; they are of replies where
    `stops_replies` says so.
    """

    hops: tuple[PacketHop, ...]
    reply: tuple[PacketHop, ...]
    stops: tuple[Stop, ...]
    stops_replies: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HostHop:
    """A host that a chain takes, by its interface and in words, and the packet that takes it, hop by hop.

    A host that the chain starts from has no `packet`.
    """

    host: str
    words: str
    packet: tuple[PacketHop, ...]
    written: Written | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimReport:
    """One control on one target.

    `witness` is the request that decides the claim, `causes` everything that violates it: null where that was
    not asked for, or where what violates it is that nothing is allowed. `path` is the chain of steps that
    violates a claim about chains, `flow` the packet that violates a claim about flows, or where packets stop that have
    to arrive. `hosts` are those that a chain of hosts takes, from the last of which `flow` or `path` goes on.
    `decided` is the outcome before waivers.
    `reasons` say why a claim is inconclusive, `explanation` why no request is allowed, where that is a
    violation. `refused` is the checker's objection to our own certificate, which is a bug.
    `values` are values that are not known before a plan is applied: with these the claim is decided so. `written` says
    where the target is in a plan or template.
    """

    target: str
    kind: str
    name: str
    account: str
    words: str
    outcome: Outcome
    decided: Outcome
    waiver: Waiver | None
    reasons: tuple[str, ...]
    witness: Witness | None
    causes: Causes | None
    path: tuple[Hop, ...]
    flow: Flow | None
    hosts: tuple[HostHop, ...]
    explanation: tuple[str, ...]
    assumptions: tuple[str, ...]
    refused: str
    values: tuple[KnownLater, ...] = ()
    written: Written | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlReport:
    """A control and its claims."""

    id: str
    title: str
    severity: Severity
    rationale: str
    remediation: str
    requirements: tuple[Requirements, ...]
    counts: Counts
    claims: tuple[ClaimReport, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """Something of the snapshot that is not modelled and may `allow`, `deny` or `allow or deny` requests."""

    where: str
    reason: str
    may: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumption:
    """What the outcomes rest on, in words, and how many claims do."""

    id: str
    words: str
    claims: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """A solver that answers a question otherwise than we do, and the file with the question."""

    control: str
    target: str
    side: str
    ours: str
    solver: str
    theirs: str
    file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondOpinion:
    """What one solver said of the questions of this audit."""

    solver: str
    agreed: int
    unknown: int
    disagreed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossCheck:
    """The second opinions. `not_compared` counts questions that our own search gave up."""

    solvers: tuple[SecondOpinion, ...]
    not_compared: int
    disagreements: tuple[Disagreement, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The whole report."""

    format: str
    tool: str
    snapshot: SnapshotInfo
    partial: bool
    not_asked: tuple[str, ...]
    exit_code: int
    counts: Counts
    controls: tuple[ControlReport, ...]
    ledger: tuple[LedgerEntry, ...]
    assumptions: tuple[Assumption, ...]
    cross_check: CrossCheck | None


def count(outcomes: Iterable[Outcome]) -> Counts:
    """How many claims have each outcome."""
    given = [o.value for o in outcomes]
    return Counts(**{o.value: given.count(o.value) for o in Outcome})
