"""`auditctl query`: one question, asked about every principal of a snapshot and about those outside it.

Untrusted. The query becomes controls in canonical JSON, so that each answer is a claim with a certificate
that the checker takes, and a bundle of them is a bundle like any other.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from auditctl import __version__
from auditctl.answers import json_of, snapshot_info
from auditctl.audit import Result
from auditctl.checking import save_bundle
from auditctl.controls.waivers import matches
from auditctl.exit_codes import ExitCode, first_of
from auditctl.findings.explain import Explanation, explain, explain_open
from auditctl.findings.readings import in_words as reason_in_words
from auditctl.names import UnknownName, check_known
from auditctl.output import check_writable
from auditctl.progress import progress
from auditctl.query_language import Query, Whom, in_words
from auditctl.report.interface import Surface
from auditctl.report.make import claim_report
from auditctl.report.model import Assumption, LedgerEntry, Outcome, SnapshotInfo, Witness
from auditctl.report.page import Page, printable
from auditctl.report.rich_text import witness_text
from auditctl.run import run
from auditctl.snapshot import read_directory
from auditctl.subject import Subject
from checkers.audit import ledger_of
from checkers.cloud.control import FORMAT as CONTROL_FORMAT
from checkers.cloud.identity import Principal
from checkers.cloud.inventory import Inventory
from checkers.cloud.snapshot import Snapshot
from checkers.cloud.vocabulary import account_of
from checkers.cloud.words import ASSUMPTIONS, assumptions_of

FORMAT = "auditctl-query/1"

# More than these are counted, not shown; the JSON answer has all of them.
MAX_DETAILED = 12
MAX_NAMED = 40


class Verdict(Enum):
    """What is said of one principal or class: it can, with a request; it cannot, with a proof; or it is open."""

    CAN = "can"
    CANNOT = "cannot"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many principals, or classes of them, can, cannot, or are open."""

    can: int
    cannot: int
    inconclusive: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A condition of the query, as a policy would have it."""

    operator: str
    key: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The query: in its own language, and its parts. Without resources every resource is asked about."""

    words: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer for one principal of the snapshot, or one class of principals outside it.

    `who` is an ARN, or the class in words; `kind` is `role`, `user`, `root`, or `class`. `control` and `target`
    name the claim in a bundle. `witness` is a request that is allowed (of an inconclusive answer: that may be),
    `reasons` say why it is open, `refused` is the checker's objection to our own certificate, which is a bug.
    """

    who: str
    kind: str
    account: str
    verdict: Verdict
    control: str
    target: str
    witness: Witness | None
    reasons: tuple[str, ...]
    refused: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryAnswer:
    """The whole answer. `principals` are those of the snapshot, `outside` the classes of everybody else."""

    format: str
    tool: str
    snapshot: SnapshotInfo
    query: Asked
    partial: bool
    exit_code: int
    principals: Counts
    outside: Counts
    answers: tuple[Answer, ...]
    ledger: tuple[LedgerEntry, ...]
    assumptions: tuple[Assumption, ...]


# From a query to controls.


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A control of the query: whose requests it asks about, for which targets. `words` name a class."""

    id: str
    for_each: str
    principal: tuple[str, ...]
    but: tuple[str, ...] = ()
    where: Mapping[str, Sequence[str]] | None = None
    words: str = ""


def parts_of(whom: Whom, inventory: Inventory) -> list[Part]:
    """The controls that ask about a principal or about everyone. Raises `UnknownName`."""
    match whom.kind:
        case "everyone":
            return [*_principals({}), *_roots(inventory.accounts, inventory), *_outside(inventory)]
        case "anonymous":
            return [p for p in _outside(inventory) if p.id == "query-anonymous"]
        case "service":
            return [_class(inventory, "query-service", (f"service:{whom.name}",), f"the AWS service {whom.name}")]
        case "root":
            return _roots([_known_account(whom.name, inventory)] if whom.name else inventory.accounts, inventory)
        case "account":
            return _account(whom.name, inventory)
        case "arn":
            return _arn(whom.name, inventory)
        case _:
            return _named(whom, inventory)


def _principals(where: Mapping[str, Sequence[str]], kinds: Sequence[str] = ("role", "user")) -> list[Part]:
    return [Part(id=f"query-{kind}", for_each=kind, principal=("target",), where=where) for kind in kinds]


def _roots(accounts: Iterable[str], inventory: Inventory) -> list[Part]:
    """The root users of accounts, by the partition that their ARNs name."""
    by_partition: dict[str, list[str]] = {}
    for account in sorted(accounts):
        by_partition.setdefault(inventory.accounts[account].partition, []).append(account)
    return [
        Part(
            id="query-root" if len(by_partition) == 1 else f"query-root-{partition}",
            for_each="account",
            principal=(f"arn:{partition}:iam::${{target.account}}:root",),
            where={"account": named},
        )
        for partition, named in by_partition.items()
    ]


def _class(inventory: Inventory, name: str, principal: tuple[str, ...], words: str, but: tuple[str, ...] = ()) -> Part:
    """A class of principals; its claim is about one account, whichever it is."""
    where = {"account": [min(inventory.accounts)]}
    return Part(id=name, for_each="account", principal=principal, but=but, where=where, words=words)


def _outside(inventory: Inventory) -> Iterator[Part]:
    """Everybody who is not a principal of the snapshot, in classes."""
    own = tuple(sorted(inventory.accounts))
    yield _class(inventory, "query-anonymous", ("anonymous",), "anyone on the internet, without signing in")
    yield _class(inventory, "query-service", ("service",), "AWS services")
    yield _class(inventory, "query-federated", ("federated",), "anyone signed in through an identity provider")
    if not inventory.knows_members:
        others = ("anonymous", "service", "federated", *own)
        yield _class(inventory, "query-outside", ("anyone",), "principals of other accounts", others)
        return
    if set(inventory.members) - set(own):
        words = "principals of the organization's accounts that are not in the snapshot"
        yield _class(inventory, "query-organization", ("organization",), words, own)
    words = "principals of accounts outside the organization"
    yield _class(inventory, "query-outside", ("outside-organization",), words, ("anonymous",))


def _known_account(account: str, inventory: Inventory) -> str:
    check_known([account], inventory.accounts, "account of the snapshot")
    return account


def _account(account: str, inventory: Inventory) -> list[Part]:
    if account in inventory.accounts:
        where = {"account": [account]}
        return [*_principals(where), *_roots([account], inventory)]
    return [_class(inventory, "query-account", (account,), f"principals of account {account}")]


def _arn(arn: str, inventory: Inventory) -> list[Part]:
    """The principals that an ARN, perhaps with wildcards, names."""
    if ":assumed-role/" in arn:
        role = arn.replace(":sts:", ":iam:").replace(":assumed-role/", ":role/").rpartition("/")[0]
        raise UnknownName(f"{arn} is a session; the query is about its role, {role}")
    found = [p for p in inventory.principals.values() if matches(arn, p.arn)]
    roots = [c for c in inventory.callers if c not in inventory.principals and matches(arn, c)]
    if not found and not roots:
        if account_of(arn) in inventory.accounts:
            check_known([arn], inventory.callers, "principal of the snapshot")
        return [_class(inventory, "query-principal", (arn,), arn)]
    return [*_selected(found), *_roots([account_of(r) for r in roots], inventory)]


def _named(whom: Whom, inventory: Inventory) -> list[Part]:
    """The roles and users that a name, perhaps with wildcards, or an ARN names."""
    if whom.name.startswith("arn:"):
        return _arn(whom.name, inventory)
    kinds = ("role", "user") if whom.kind == "principal" else (whom.kind,)
    named = whom.name.rpartition("/")[2]
    there = [p for p in inventory.principals.values() if p.kind in kinds]
    found = [p for p in there if matches(named, p.name)]
    if not found:
        problem = next((iam.problem for iam in inventory.iam.values() if iam.problem), "")
        if problem:
            raise UnknownName(
                f"no {' or '.join(kinds)} {named} is known, and not every account could be read: {problem}"
            )
        check_known([named], [p.name for p in there], " or ".join(kinds))
    return _selected(found)


def _selected(found: Sequence[Principal]) -> list[Part]:
    """Controls for exactly these principals: their names, in each account."""
    parts = []
    for kind in ("role", "user"):
        accounts = sorted({p.account for p in found if p.kind == kind})
        for account in accounts:
            names = sorted(p.name for p in found if p.kind == kind and p.account == account)
            where = {"account": [account], "name": names}
            named = f"query-{kind}" if len(accounts) == 1 else f"query-{kind}-{account}"
            parts.append(Part(id=named, for_each=kind, principal=("target",), where=where))
    return parts


def documents_of(query: Query, inventory: Inventory) -> tuple[dict[str, dict[str, Any]], dict[str, Part]]:
    """The query as canonical controls, by id, and what each is."""
    parts = {part.id: part for part in parts_of(query.whom, inventory)}
    return {name: _document(part, query, inventory) for name, part in parts.items()}, parts


def _document(part: Part, query: Query, inventory: Inventory) -> dict[str, Any]:
    request: dict[str, Any] = {"principal": list(part.principal), "action": list(query.actions)}
    if part.but:
        request["not_principal"] = list(part.but)
    resources = [text for r in query.resources for text in _resource(r, inventory)]
    if resources:
        request["resource"] = resources
    block: dict[str, dict[str, list[str]]] = {}
    for condition in query.conditions:
        block.setdefault(condition.operator, {}).setdefault(condition.key, []).extend(condition.values)
    if block:
        request["condition"] = block
    found: dict[str, Any] = {
        "format": CONTROL_FORMAT,
        "id": part.id,
        "title": f"Query: {in_words(query)}",
        "severity": "low",
        "rationale": "It was asked on the command line.",
        "remediation": "None: violated means that the principal can, holds that it cannot.",
        "for_each": part.for_each,
    }
    where = {name: list(values) for name, values in (part.where or {}).items()}
    return {**found, **({"where": where} if where else {}), "forbid": {"request": request}}


def _resource(text: str, inventory: Inventory) -> tuple[str, ...]:
    """The ARNs of a resource; a bucket is itself and its objects."""
    kind, _, name = text.partition(" ")
    if kind != "bucket" or not name:
        return (text,)
    partition = next(iter(inventory.accounts.values())).partition
    return f"arn:{partition}:s3:::{name}", f"arn:{partition}:s3:::{name}/*"


# Asking.


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the user asked for."""

    snapshot: Path
    query: Query
    bundle: Path | None = None
    output: Path | None = None
    form: str = "rich"


def ask(options: Options) -> QueryAnswer:
    """Decide every claim of the query; write the bundle that was asked for."""
    for path in (options.bundle, options.output):
        if path is not None:
            check_writable(path, options.snapshot)
    files = read_directory(options.snapshot)
    inventory = Inventory(Snapshot(files))
    documents, parts = documents_of(options.query, inventory)
    subject = Subject(files=files, inventory=inventory, documents=documents)
    claims = subject.claims
    with progress("asking", len(claims)) as advance:
        done = run(claims, inventory, advance)
    if options.bundle is not None:
        save_bundle(options.bundle, subject, done.results, partial=done.interrupted)
    return make_answer(options.query, inventory, parts, done.results, partial=done.interrupted)


def make_answer(
    query: Query, inventory: Inventory, parts: Mapping[str, Part], results: Sequence[Result], *, partial: bool
) -> QueryAnswer:
    """The answer that the results of a query's claims give."""
    order = list(parts)
    ordered = sorted(results, key=lambda r: order.index(r.claim.control.id))
    answers = tuple(_answer(r, parts[r.claim.control.id], inventory) for r in ordered)
    names = [name for result in results for name in assumptions_of(result.claim)]
    return QueryAnswer(
        format=FORMAT,
        tool=f"auditctl {__version__}",
        snapshot=snapshot_info(inventory),
        query=Asked(
            words=in_words(query),
            actions=query.actions,
            resources=query.resources,
            conditions=tuple(Condition(operator=c.operator, key=c.key, values=c.values) for c in query.conditions),
        ),
        partial=partial,
        exit_code=_exit_code(answers, partial=partial).value,
        principals=_count(a for a in answers if a.kind != "class"),
        outside=_count(a for a in answers if a.kind == "class"),
        answers=answers,
        ledger=tuple(LedgerEntry(**row) for row in ledger_of(inventory)),
        assumptions=tuple(Assumption(id=n, words=ASSUMPTIONS[n], claims=names.count(n)) for n in sorted(set(names))),
    )


_VERDICTS = {
    Outcome.VIOLATED: Verdict.CAN,
    Outcome.HOLDS: Verdict.CANNOT,
    Outcome.INCONCLUSIVE: Verdict.INCONCLUSIVE,
}


def _answer(result: Result, part: Part, inventory: Inventory) -> Answer:
    verdict = _VERDICTS[Outcome(result.outcome.value)]
    why = Explanation()
    if verdict is Verdict.CAN:
        why = explain(result, inventory)
    elif verdict is Verdict.INCONCLUSIVE and not result.refused:
        why = explain_open(result, inventory)
    claim = claim_report(result, why)
    return Answer(
        who=part.words or _who(result, part, inventory),
        kind="class" if part.words else "root" if part.for_each == "account" else part.for_each,
        account="" if part.words else result.claim.target.account,
        verdict=verdict,
        control=result.claim.control.id,
        target=result.claim.target.id,
        witness=claim.witness,
        reasons=tuple(dict.fromkeys(reason_in_words(r) for r in result.reasons)),
        refused=result.refused,
    )


def _who(result: Result, part: Part, inventory: Inventory) -> str:
    target = result.claim.target
    if part.for_each == "account":
        return f"arn:{inventory.accounts[target.account].partition}:iam::{target.account}:root"
    return target.id


def _count(answers: Iterable[Answer]) -> Counts:
    verdicts = [a.verdict for a in answers]
    return Counts(**{v.value: verdicts.count(v) for v in Verdict})


def _exit_code(answers: Sequence[Answer], *, partial: bool) -> ExitCode:
    applies = {
        ExitCode.REFUSED: any(a.refused for a in answers),
        ExitCode.INTERRUPTED: partial,
        ExitCode.INCONCLUSIVE: not answers or any(a.verdict is Verdict.INCONCLUSIVE for a in answers),
    }
    return first_of(code for code, does in applies.items() if does)


# The answer as text.


def query_text(answer: QueryAnswer, surface: Surface) -> str:
    """The answer for people: who can, and why; who is open; how many cannot."""
    page = Page(surface)
    answer = printable(answer)
    page.line((answer.query.words, "bold"))
    page.blank()
    for one in answer.answers:
        if one.refused:
            page.line((f"BUG  {one.who}", "bold red"))
            page.paragraph(f"{one.refused}. Please report it.", indent=2)
            page.blank()
    _can(page, [a for a in answer.answers if a.verdict is Verdict.CAN and a.kind != "class"], "of the snapshot can")
    _can(page, [a for a in answer.answers if a.verdict is Verdict.CAN and a.kind == "class"], "outside it can")
    _open(page, [a for a in answer.answers if a.verdict is Verdict.INCONCLUSIVE])
    _cannot(page, answer)
    return page.text


FORMATS: dict[str, Callable[[QueryAnswer, Surface], str]] = {
    "rich": query_text,
    "json": lambda answer, _surface: json_of(answer),
}


def _can(page: Page, answers: Sequence[Answer], where: str) -> None:
    if not answers:
        return
    noun = "class" if answers[0].kind == "class" else "principal"
    page.line((f"{_many(len(answers), noun)} {where}:", "bold red"))
    groups: dict[object, list[Answer]] = {}
    for one in answers:
        groups.setdefault(_why(one), []).append(one)
    for group in list(groups.values())[:MAX_DETAILED]:
        page.blank()
        _group(page, group)
    rest = [one for group in list(groups.values())[MAX_DETAILED:] for one in group]
    if rest:
        page.blank()
        page.line((f"and {_many(len(rest), noun)} more:", "bold"), indent=2)
        _names(page, [one.who for one in rest], indent=4)
    page.blank()


def _why(one: Answer) -> object:
    """What two answers have in common if one explanation does for both."""
    if one.witness is None:
        return one.who
    return one.witness.applies, one.witness.remarks, one.witness.misses


def _group(page: Page, group: Sequence[Answer]) -> None:
    _names(page, [one.who for one in group], indent=2, style="bold")
    first = group[0].witness
    if first is None:
        return
    page.paragraph(f"{_without(group[0].who, first.words)}.", indent=4)
    if len({one.witness.words for one in group if one.witness}) > 1:
        page.paragraph("The others may make such requests too.", indent=4)
    witness_text(page, first)


def _names(page: Page, names: Sequence[str], *, indent: int, style: str = "") -> None:
    for name in names[:MAX_NAMED]:
        page.line((name, style), indent=indent)
    if len(names) > MAX_NAMED:
        page.line((f"and {len(names) - MAX_NAMED} more", "dim"), indent=indent)


def _open(page: Page, answers: Sequence[Answer]) -> None:
    if not answers:
        return
    page.line((f"{len(answers)} could not be settled:", "bold yellow"))
    groups: dict[tuple[str, ...], list[Answer]] = {}
    for one in answers:
        groups.setdefault(one.reasons, []).append(one)
    for reasons, group in groups.items():
        page.blank()
        _names(page, [one.who for one in group], indent=2, style="bold")
        if group[0].witness is not None:
            page.paragraph(f"perhaps {_without(group[0].who, group[0].witness.words)}.", indent=4)
        for reason in reasons:
            page.paragraph(f"{reason}.", indent=4, label="- ", hang=2)
    page.blank()


def _cannot(page: Page, answer: QueryAnswer) -> None:
    for one in answer.answers:
        if one.kind == "class" and one.verdict is Verdict.CANNOT:
            page.line((f"{one.who} cannot: certified", "green"))
    count = answer.principals.cannot
    if count == 1 and answer.principals.can + answer.principals.inconclusive == 0:
        only = next(a for a in answer.answers if a.verdict is Verdict.CANNOT and a.kind != "class")
        page.line((f"{only.who} cannot: certified", "green"))
    elif count:
        page.line((f"{_many(count, 'principal')} of the snapshot cannot: certified", "green"))
    if answer.partial:
        page.line(("Interrupted: this answer is partial.", "bold yellow"))
    if not answer.answers:
        page.line(("The snapshot has nobody to ask about.", "bold yellow"))


def _without(who: str, words: str) -> str:
    """A sentence without its subject, which stands above it."""
    return words.removeprefix(f"{who} ")


def _many(number: int, noun: str) -> str:
    plural = {"class": "classes"}.get(noun, f"{noun}s")
    return f"{number} {noun if number == 1 else plural}"
