"""The collection on one screen: accounts, regions, calls, the calls that they lead to, and the manifest at the end."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any

from auditctl.collect import schedule
from auditctl.collect.accounts import Account, Clients, Login, open_session, sign_in
from auditctl.collect.answers import ask, text_of
from auditctl.collect.errors import Failure, Stopped
from auditctl.collect.folder import Folder, Journal, is_plain
from auditctl.collect.manifest import Count, write_manifest
from auditctl.collect.operation import GLOBAL_FOLDER, Answer, Operation, Scope, Target, Task, Where
from auditctl.collect.table import FIRST, REGIONS, TABLE, followers
from auditctl.collect.watch import Watch
from auditctl.output import Unwritable


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What is to be collected. Everything empty: the account of the credentials, in the regions that it has enabled."""

    out: Path
    profiles: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    role_name: str = ""
    external_id: str = ""
    accounts: tuple[str, ...] = ()
    organization: bool = False
    max_objects: int = 1000
    concurrency: int = 16
    resume: bool = False
    retry_denied: bool = False


# What a collection that goes on has from the one that was begun.
_KEPT = ("profiles", "regions", "role_name", "external_id", "accounts", "organization", "max_objects")


def collect(options: Options, watch: Watch | None = None) -> Count:
    """Collect into a folder, and count what was met. Raises `Stopped` and `Unwritable`."""
    folder = Folder(options.out)
    options, time = _goes_on(folder, options) if options.resume else _begun(folder, options)
    watch = watch or Watch()
    try:
        logins = [sign_in(profile) for profile in options.profiles or (None,)]
        accounts = list(_accounts(folder, logins, options))
        for number, account in enumerate(accounts, 1):
            watch.account(account.id, number, len(accounts))
            _Collection(folder, account, options, watch).run()
    finally:
        watch.close()
    return write_manifest(folder, accounts, time)


def _begun(folder: Folder, options: Options) -> tuple[Options, str]:
    time = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    given = asdict(options)
    folder.begin({"time": time, **{name: given[name] for name in _KEPT}})
    return options, time


def _goes_on(folder: Folder, options: Options) -> tuple[Options, str]:
    """The options of the collection that was begun; what is given again counts instead."""
    if not folder.is_begun:
        raise Unwritable(f"{folder.root}: no collection was begun here; leave out --resume")
    found = folder.go_on()
    given = asdict(options)
    for name in _KEPT:
        value = found.get(name, given[name])
        if not given[name] or name == "max_objects":
            given[name] = tuple(value) if isinstance(value, list) else value
    return Options(**given), str(found.get("time", ""))


# Accounts.


def _accounts(folder: Folder, logins: list[Login], options: Options) -> Iterator[Account]:
    """The accounts to collect: those of the credentials, or those that a role leads to."""
    first = logins[0]
    if not options.role_name:
        yield from {o.account: Account(id=o.account, name="", login=o) for o in logins}.values()
        return
    names = _active(folder, first, options) if options.organization else {}
    for each in dict.fromkeys([*names, *options.accounts]):
        role = f"arn:{first.partition}:iam::{each}:role/{options.role_name}"
        yield Account(
            id=each,
            name=names.get(each, ""),
            login=first,
            role="" if each == first.account else role,
            external_id=options.external_id,
        )


def _active(folder: Folder, login: Login, options: Options) -> dict[str, str]:
    """The active accounts of the organization, and their names. Raises `Stopped` where they cannot be listed."""
    account = Account(id=login.account, name="", login=login)
    operation = next(o for o in TABLE if o.id == "organizations/list-accounts")
    collection = _Collection(folder, account, options, Watch(lambda _: None))
    found = collection.answer(collection.task(operation, GLOBAL_FOLDER))
    collection.journal.close()
    if found.value is None:
        raise Stopped(
            f"{login.account} may not list the accounts of the organization ({found.code}); use credentials of its "
            "management account or of a delegated administrator, or name each --account"
        )
    rows = found.value["Accounts"]
    return {row["Id"]: row.get("Name", "") for row in rows if row.get("Status", "ACTIVE") == "ACTIVE"}


class _Collection:
    """The collection of one account."""

    def __init__(self, folder: Folder, account: Account, options: Options, watch: Watch) -> None:
        self.folder, self.account, self.options, self.watch = folder, account, options, watch
        self.journal: Journal = folder.journal(account.id)
        self._entering = Lock()
        self._clients: Clients | None = None
        self._refused: Failure | None = None

    def run(self) -> None:
        """Make every call that has no answer yet."""
        try:
            schedule.run(self._first(), self._follow, self.options.concurrency)
        finally:
            self.journal.close()

    # Calls.

    def _first(self) -> schedule.More:
        """The calls that nothing has to lead to."""
        regions = self._regions()
        for operation in FIRST:
            folders = [GLOBAL_FOLDER] if operation.scope is Scope.GLOBAL else regions
            folders = [operation.region] if operation.region else folders
            if not operation.partitions or self.account.partition in operation.partitions:
                yield operation.service, iter([self.task(operation, folder) for folder in folders])

    def _regions(self) -> list[str]:
        """The regions that were asked for, or are enabled; all that there are, where that is not to be had."""
        if self.options.regions:
            return list(self.options.regions)
        found = self.answer(self.task(REGIONS, GLOBAL_FOLDER))
        if found.value is not None:
            return sorted(row["RegionName"] for row in found.value["Regions"])
        known: list[str] = self.account.login.session.get_available_regions("ec2", self.account.partition)
        return known

    def task(self, operation: Operation, folder: str) -> Task:
        """A call that is about no resource."""
        return self._task(operation, folder, Target(name="", arguments={}), self._region(folder))

    def _region(self, folder: str) -> str:
        return self.account.login.main_region if folder == GLOBAL_FOLDER else folder

    def _task(self, operation: Operation, folder: str, target: Target, region: str) -> Task:
        where = Where(account=self.account.id, partition=self.account.partition, folder=folder, name=target.name)
        own = {k: self.account.id if v == "{ACCOUNT}" else v for k, v in operation.arguments.items()}
        return Task(
            operation=operation, where=where, region=target.region or region, arguments={**own, **target.arguments}
        )

    def _follow(self, task: Task) -> schedule.More:
        """Make a call, and say which others it leads to."""
        self.watch.start(task)
        found = self.answer(task)
        self.watch.end(task)
        if found.value is None and not task.operation.is_answer(found.code):
            return []
        after = [(o, targets) for o, targets in followers(task.operation) if self._is_asked(o)]
        return [(o.service, self._tasks(o, targets(found, task.where), task)) for o, targets in after]

    def _is_asked(self, operation: Operation) -> bool:
        """Whether an operation is asked in this account: what the management account says needs no other."""
        is_told = self.options.organization and self.account.role
        return operation.service != "organizations" or not is_told

    def _tasks(self, operation: Operation, targets: Iterable[Target], before: Task) -> Iterator[Task]:
        try:
            for target in targets:
                yield self._task(operation, before.where.folder, target, before.region)
        except (AttributeError, KeyError, TypeError) as error:
            # An answer without the members that it should have.
            where = Target(name=before.where.name, arguments={})
            path = self._task(operation, before.where.folder, where, before.region).path
            message = f"{before.path} does not tell what to ask about: {type(error).__name__}: {error}"
            self.journal.record(path, "UnexpectedAnswer", message)

    # Answers.

    def answer(self, task: Task) -> Answer:
        """The answer of a call, from the folder where it is there."""
        path = task.path_of_error
        if not is_plain(task.path):
            self.journal.record(path, "UnsupportedName", "no file of a snapshot can have this name")
            return Answer(code="UnsupportedName")
        if self.folder.has(task):
            self.journal.clear(path)
            is_read = task.operation is REGIONS or followers(task.operation)
            return Answer(value=self.folder.read(task) if is_read else {})
        code = self.journal.errors.get(path, ("", ""))[0]
        if self._is_settled(task.operation, code):
            return Answer(code=code)
        try:
            value = self._ask(task)
        except Failure as failure:
            self.journal.record(path, failure.code, failure.message)
            return Answer(code=failure.code)
        self.journal.clear(path)
        return Answer(value=value)

    def _is_settled(self, operation: Operation, code: str) -> bool:
        """Whether an error is not to be asked about again: AWS has said so, and nobody wants to hear it again."""
        if self.options.retry_denied:
            return code in operation.absent
        return operation.is_answer(code)

    def _ask(self, task: Task) -> Mapping[str, Any]:
        found = ask(self._client(task), task, self.options.max_objects)
        self.folder.write(task, text_of(found))
        return found

    def _client(self, task: Task) -> Any:  # noqa: ANN401  boto3 makes its clients at run time
        """The client of a call. A role that cannot be assumed is asked for once."""
        with self._entering:
            if self._refused is not None:
                raise self._refused
            if self._clients is None:
                try:
                    self._clients = Clients(open_session(self.account), self.options.concurrency)
                except Failure as failure:
                    self._refused = failure
                    raise
        return self._clients.get(task.operation.service, task.region)
