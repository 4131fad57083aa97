"""What a row of the table of operations is: one call of AWS, and where its answer goes.

An operation has the words of the AWS CLI; docs/snapshot.md has the paths of files.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from checkers.cloud.snapshot import ABSENT_CODES, DENIED_CODES

GLOBAL_FOLDER = "global"
# Codes that deny and are not those of most services (API references of Amazon SNS and AWS Organizations).
_ALSO_DENIED = frozenset({"AuthorizationError", "AuthorizationErrorException", "UnauthorizedException"})


class Scope(Enum):
    """How often an operation is asked in an account."""

    GLOBAL = "once, of the global endpoint"
    REGIONAL = "in each region"


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """What a call is about: an account, a folder of it, and the resource that was asked for before."""

    account: str
    partition: str
    folder: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is known of a call: a value, or the error code."""

    value: Mapping[str, Any] | None = None
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One resource to ask about: the end of the path of its file, and the arguments of the call.

    `region` is where the resource is, if that is not where the operation that led here was asked.
    """

    name: str
    arguments: Mapping[str, Any]
    region: str = ""


Targets = Callable[[Answer, Where], Iterable[Target]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """That an answer comes in pages. The members are those of botocore's paginator, where it has one.

    `size` is how many entries to ask for at once: some operations stop without a token unless it is given.
    """

    rows: str = ""
    token: str = ""
    after: str = ""
    limit: str = ""
    size: int = 0


ONE_PAGE = None
PAGED = Pages()


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One row of the table.

    `follows` are the operations whose answers tell what to ask about; without one it is asked as it is.
    `region`: the one region that has it, and `partitions` those that have it, empty for all.
    `arguments` are given with each call; `{ACCOUNT}` stands for the account.
    `action` is what IAM calls it, where that does not follow from its name.
    `is_aside`: the answer only tells what to ask about and is no part of the snapshot; where there is none, `blames` is
    the operation in whose place the error stands.
    """

    service: str
    name: str
    scope: Scope = Scope.REGIONAL
    pages: Pages | None = ONE_PAGE
    follows: Mapping[str, Targets] = field(default_factory=dict)
    region: str = ""
    partitions: tuple[str, ...] = ()
    arguments: Mapping[str, Any] = field(default_factory=dict)
    action: str = ""
    is_aside: bool = False
    blames: str = ""

    @property
    def id(self) -> str:
        """Service and operation, as in a path."""
        return f"{self.service}/{self.name}"

    @property
    def method(self) -> str:
        """The method of the client of boto3."""
        return self.name.replace("-", "_")

    @property
    def absent(self) -> frozenset[str]:
        """The error codes that say that there is none."""
        return frozenset(code for code, operations in ABSENT_CODES.items() if self.name in operations)

    def is_answer(self, code: str) -> bool:
        """Whether an error code is an answer: that there is none, or that we may not know."""
        return code in self.absent or code in DENIED_CODES or code in _ALSO_DENIED


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One call: the operation, where, and with which arguments. `region` is whose endpoint is asked."""

    operation: Operation
    where: Where
    region: str
    arguments: Mapping[str, Any]

    @property
    def path(self) -> str:
        """The path of the answer in the snapshot."""
        return self._path(self.operation.name, self.where.name)

    @property
    def path_of_error(self) -> str:
        """The path that an error stands for."""
        return self._path(self.operation.blames, "") if self.operation.blames else self.path

    def _path(self, operation: str, name: str) -> str:
        end = f"/{name}" if name else ""
        return f"{self.where.account}/{self.where.folder}/{self.operation.service}/{operation}{end}.json"
