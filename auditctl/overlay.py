"""Policies that a request brings with it, put into a snapshot as if they were exported.

Untrusted. What a request brings replaces what the snapshot has of that kind for its caller, its resource or its
account; without a snapshot there is nothing but what the request brings.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from itertools import pairwise
from operator import itemgetter
from typing import Any

from auditctl.controls.errors import quote, suggest
from checkers.cloud.organization import MAX_LEVELS, RCP, SCP
from checkers.cloud.resource_policies import ROWS, Row
from checkers.cloud.snapshot import FORMAT, Snapshot
from checkers.cloud.vocabulary import account_of
from checkers.strict_json import Json, parse_json
from checkers.verdict import Unreadable

KINDS = ("identity", "boundary", "session", "resource", "scp", "rcp", "endpoint")
ENDPOINT_TYPES = ("Interface", "Gateway")
NOBODY = "000000000000"
REGION = "us-east-1"
ENDPOINT = "vpce-00000000000000000"
_FULL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
_NOTHING = {"Version": "2012-10-17", "Statement": []}
_MANAGEMENT = "999999999999"
_ROOT = "r-0000"
_ARN_PARTS = 6


class OverlayError(Exception):
    """The policies of a request do not fit it. The message says what was found and expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inline:
    """The policies of a request, by kind; None where it brings none of the kind."""

    identity: tuple[Json, ...] | None = None
    boundary: Json = None
    session: tuple[Json, ...] | None = None
    resource: Json = None
    scp: tuple[tuple[Json, ...], ...] | None = None
    rcp: tuple[tuple[Json, ...], ...] | None = None
    endpoint: Json = None
    endpoint_type: str = "Interface"

    @property
    def is_nothing(self) -> bool:
        """Whether no policy but those of the session is here; these do not stand in a snapshot."""
        given = (self.identity, self.boundary, self.resource, self.scp, self.rcp, self.endpoint)
        return all(one is None for one in given)


def parse_inline(value: Json) -> Inline:
    """The policies of a request. Raises `OverlayError`."""
    if not isinstance(value, dict):
        raise OverlayError("policies is not an object")
    for name in value:
        if name not in (*KINDS, "endpoint_type"):
            raise OverlayError(f"unknown kind of policy {quote(name)}{suggest(name, KINDS)}")
    if value.get("endpoint_type", "Interface") not in ENDPOINT_TYPES:
        raise OverlayError(f"endpoint_type is {value['endpoint_type']!r}, not one of {', '.join(ENDPOINT_TYPES)}")
    return Inline(
        identity=_many(value.get("identity"), "identity"),
        boundary=_one(value.get("boundary"), "boundary"),
        session=_many(value.get("session"), "session"),
        resource=_one(value.get("resource"), "resource"),
        scp=_levels(value.get("scp"), "scp"),
        rcp=_levels(value.get("rcp"), "rcp"),
        endpoint=_one(value.get("endpoint"), "endpoint"),
        endpoint_type=value.get("endpoint_type", "Interface"),
    )


def _one(value: Json, name: str) -> Json:
    """One policy document; also as text."""
    if isinstance(value, str):
        try:
            value = parse_json(value, f"policies.{name}")
        except Unreadable as error:
            raise OverlayError(str(error)) from None
    if value is not None and not isinstance(value, dict):
        raise OverlayError(f"policies.{name} is not a policy document")
    return value


def _many(value: Json, name: str) -> tuple[Json, ...] | None:
    if value is None:
        return None
    rows = value if isinstance(value, list) else [value]
    return tuple(_one(row, f"{name}[{i}]") for i, row in enumerate(rows))


def _levels(value: Json, name: str) -> tuple[tuple[Json, ...], ...] | None:
    """The policies of each level of the organization, from the root down to the account."""
    if value is None:
        return None
    if not isinstance(value, list) or not value or not all(isinstance(level, list) for level in value):
        raise OverlayError(f"policies.{name} is not a list of levels, each a list of policy documents")
    return tuple(_many(level, f"{name}[{i}]") or () for i, level in enumerate(value))


Files = Mapping[str, Callable[[], bytes]]


@dataclass(slots=True)
class Overlay:
    """A snapshot with the policies of a request. `places` tell where in the request a document stands."""

    base: Snapshot | None
    files: Files
    principal: str
    resource: str
    owner: str
    made: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    places: dict[tuple[str, str], str] = field(default_factory=dict)

    @property
    def account(self) -> str:
        """The caller's account; the resource's where the caller has none."""
        return account_of(self.principal) or self.owner

    def snapshot(self) -> tuple[Snapshot, Files]:
        """The snapshot as it has become."""
        manifest = self._manifest()
        left_out = {*self.errors, *self.gone}
        kept = {path: read for path, read in self.files.items() if path not in left_out}
        made = {path: json.dumps(value).encode for path, value in {**self.made, "snapshot.json": manifest}.items()}
        files = {**kept, **made}
        return Snapshot(files), files

    def _manifest(self) -> Json:
        if self.base is None:
            manifest: Json = {"format": FORMAT, "accounts": [], "errors": []}
        else:
            manifest = deepcopy(parse_json(self.files["snapshot.json"](), "snapshot.json"))
        accounts = {row["id"] for row in manifest["accounts"]}
        needed = {p.split("/")[0] for p in self.made} | {p.split("/")[0] for p in self.errors}
        needed = needed or ({self.account} if not accounts else set())
        manifest["accounts"] += [{"id": a} for a in sorted(needed - accounts) if a != "snapshot.json"]
        replaced = {*self.made, *self.errors, *self.gone}
        manifest["errors"] = [row for row in manifest.get("errors", []) if row["path"] not in replaced]
        manifest["errors"] += [{"path": p, "code": c, "message": ""} for p, c in sorted(self.errors.items())]
        return manifest

    def read(self, path: str, default: Json) -> Json:
        """The content of a file, to be changed; the default where there is none."""
        if path not in self.made:
            there = path in self.files and path not in self.errors
            self.made[path] = deepcopy(parse_json(self.files[path](), path)) if there else default
        return self.made[path]

    # Callers.

    def _iam(self, account: str) -> tuple[str, Json]:
        path = f"{account}/global/iam/get-account-authorization-details.json"
        lists = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")
        return path, self.read(path, {name: [] for name in lists})

    def caller(self) -> tuple[str, Json, str]:
        """The row of the caller, made if it is not there: its file, itself, and where it is."""
        kind, name = self._caller_kind()
        account = account_of(self.principal)
        path, details = self._iam(account)
        rows = details[f"{kind}DetailList"]
        index = next((i for i, row in enumerate(rows) if row.get("Arn") == self.principal), None)
        if index is None:
            index = len(rows)
            rows.append(self._row(kind, name, self.principal))
        return path, rows[index], f"$.{kind}DetailList[{index}]"

    def _caller_kind(self) -> tuple[str, str]:
        rest = self.principal.split(":", _ARN_PARTS - 1)[-1]
        for kind in ("Role", "User"):
            if self.principal.startswith("arn:") and rest.startswith(f"{kind.lower()}/"):
                return kind, rest.rpartition("/")[2]
        raise OverlayError(f"{self.principal} is neither a user nor a role, and has no policies of its own")

    @staticmethod
    def _row(kind: str, name: str, arn: str) -> Json:
        path = arn.split(":", _ARN_PARTS - 1)[-1].partition("/")[2].removesuffix(name)
        row: dict[str, Any] = {f"{kind}Name": name, "Arn": arn, "Path": f"/{path}", f"{kind}PolicyList": []}
        if kind == "Role":
            row["AssumeRolePolicyDocument"] = {"Version": "2012-10-17", "Statement": []}
        return row | {"AttachedManagedPolicies": [], **({"GroupList": []} if kind == "User" else {})}

    def add_identity(self, documents: Sequence[Json]) -> None:
        """The identity policies of the caller, instead of those that it has."""
        kind, _ = self._caller_kind()
        path, row, at = self.caller()
        row["AttachedManagedPolicies"] = []
        row[f"{kind}PolicyList"] = [
            {"PolicyName": f"identity[{i}]", "PolicyDocument": document} for i, document in enumerate(documents)
        ]
        if kind == "User":
            row["GroupList"] = []
        for i in range(len(documents)):
            self.places[path, f"{at}.{kind}PolicyList[{i}].PolicyDocument"] = f"identity[{i}]"

    def add_boundary(self, document: Json) -> None:
        """The permissions boundary of the caller."""
        path, row, _ = self.caller()
        policies = self.made[path]["Policies"]
        arn = f"arn:aws:iam::{account_of(self.principal)}:policy/request/boundary"
        policies.append({
            "PolicyName": "boundary",
            "Arn": arn,
            "Path": "/request/",
            "PolicyVersionList": [{"VersionId": "v1", "IsDefaultVersion": True, "Document": document}],
        })
        row["PermissionsBoundary"] = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn}
        self.places[path, f"$.Policies[{len(policies) - 1}].PolicyVersionList[0].Document"] = "boundary"

    # Resources.

    def add_resource(self, document: Json) -> None:
        """The policy of the resource, of whichever kind that is."""
        parts = self.resource.split(":", _ARN_PARTS - 1)
        if len(parts) != _ARN_PARTS:
            raise OverlayError(f"resource {self.resource!r} is no ARN, and has no policy")
        service, rest = parts[2], parts[5]
        if service == "s3":
            self._add_bucket_policy(rest.partition("/")[0], document)
        elif service == "iam" and rest.startswith("role/"):
            self._add_trust(document)
        else:
            self._add_row(*_row_of(self.resource), document)

    def add_bucket(self, name: str) -> None:
        """A bucket without a policy, if it is not there."""
        folder = f"{self.owner}/global"
        listed = self.read(f"{folder}/s3/list-buckets.json", {"Buckets": [], "Owner": {"ID": f"owner-{self.owner}"}})
        if not any(row.get("Name") == name for row in listed["Buckets"]):
            listed["Buckets"].append({"Name": name})
            self._bucket_defaults(folder, name)

    def _add_bucket_policy(self, name: str, document: Json) -> None:
        if name.startswith(("accesspoint", "arn")) or not name:
            raise OverlayError(f"{self.resource} is no bucket; policies of access points cannot be brought along")
        self.add_bucket(name)
        path = f"{self.owner}/global/s3/get-bucket-policy/{name}.json"
        self._put(path, {"Policy": json.dumps(document)})
        self.places[path, "$.Policy"] = "resource"

    def _bucket_defaults(self, folder: str, name: str) -> None:
        """What a new bucket has beside its policy: no ACLs, and no Block Public Access, which could hide the policy."""
        rules = {"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}}
        self.made[f"{folder}/s3/get-bucket-ownership-controls/{name}.json"] = rules
        block = "NoSuchPublicAccessBlockConfiguration"
        self.errors[f"{folder}/s3/get-public-access-block/{name}.json"] = block
        self.errors[f"{folder}/s3/get-bucket-policy/{name}.json"] = "NoSuchBucketPolicy"
        account = f"{folder}/s3control/get-public-access-block.json"
        if self.base is None or self.owner not in {a.id for a in self.base.accounts}:
            self.errors[account] = block

    def _add_trust(self, document: Json) -> None:
        path, details = self._iam(account_of(self.resource))
        rows = details["RoleDetailList"]
        index = next((i for i, row in enumerate(rows) if row.get("Arn") == self.resource), None)
        if index is None:
            index = len(rows)
            rows.append(self._row("Role", self.resource.rpartition("/")[2], self.resource))
        rows[index]["AssumeRolePolicyDocument"] = document
        self.places[path, f"$.RoleDetailList[{index}].AssumeRolePolicyDocument"] = "resource"

    def _add_row(self, row: Row, name: str, document: Json) -> None:
        parts = self.resource.split(":", _ARN_PARTS - 1)
        folder = f"{self.owner}/{parts[3] or row.region or REGION}"
        listing = row.listing
        if listing is not None and listing.policy:
            self._add_listed(row, folder, name, document)
            return
        place = "" if row.is_regional else f"/{name}"
        path = f"{folder}/{row.service}/{row.operation}{place}.json"
        answer: Any = json.dumps(document)
        for member in reversed(row.policy):
            answer = {member: answer}
        if row.is_texts:
            answer = {row.policy[0]: {"request": json.dumps(document)}}
        if row.ending:
            answer |= {"ARN": self.resource, "Name": name}
        self.made[path] = answer
        self.errors.pop(path, None)
        at = ".".join(("$", *row.policy))
        self.places[path, f'{at}["request"]' if row.is_texts else at] = "resource"
        if row.kind == "key":
            self.read(f"{folder}/kms/list-grants/{name}.json", {"Grants": []})
            described = {"KeyMetadata": {"Arn": self.resource, "KeyManager": "CUSTOMER"}}
            self.read(f"{folder}/kms/describe-key/{name}.json", described)

    def _add_listed(self, row: Row, folder: str, name: str, document: Json) -> None:
        """A policy that stands in the list of the resources."""
        listing = row.listing
        if listing is None:
            return
        path = f"{folder}/{listing.service}/{listing.operation}.json"
        rows = self.read(path, {listing.rows: []})[listing.rows]
        index = next((i for i, one in enumerate(rows) if all(one.get(m) == name for m in listing.name)), None)
        if index is None:
            index = len(rows)
            rows.append({**dict.fromkeys(listing.name, name), **({listing.arn: self.resource} if listing.arn else {})})
            if row.kind == "rest-api":
                self.read(f"{folder}/apigateway/get-authorizers/{name}.json", {"items": []})
        rows[index][listing.policy] = json.dumps(document)
        self.places[path, f"$.{listing.rows}[{index}].{listing.policy}"] = "resource"

    # The organization and the network.

    def add_levels(self, levels: Sequence[Sequence[Json]], kind: str, account: str) -> None:
        """Organization policies of one kind, from the root down to the account.

        There are as many levels as are given, or as the account has. Of resource control policies only what
        they deny counts, wherever it stands.
        """
        folder = self._organization(account)
        name = "scp" if kind == SCP else "rcp"
        above = self._above(folder, account)
        while kind == SCP and len(above) + 1 < len(levels):
            above.append(f"ou-0000-request{len(above)}")
        targets = [*above, account]
        attached: dict[str, list[tuple[str, Json]]] = {target: [] for target in targets}
        for i, level in enumerate([level or ([_NOTHING] if kind == SCP else []) for level in levels]):
            target = targets[i] if i + 1 < len(levels) and i < len(targets) else account
            attached[target] += [(f"{name}[{i}][{j}]", document) for j, document in enumerate(level)]
        for target in targets[len(levels) - 1 : -1] if kind == SCP else ():
            attached[target] = [("FullAWSAccess", _FULL)]
        self._attach(folder, kind, attached)
        for parent, child in pairwise(targets):
            of = "ROOT" if parent.startswith("r-") else "ORGANIZATIONAL_UNIT"
            self._put(f"{folder}/list-parents/{child}.json", {"Parents": [{"Id": parent, "Type": of}]})

    def _above(self, folder: str, account: str) -> list[str]:
        """What the account is in, from the root down."""
        found: list[str] = []
        target = account
        while not target.startswith("r-") and len(found) < MAX_LEVELS:
            path = f"{folder}/list-parents/{target}.json"
            if path not in self.made and path not in self.files:
                roots = self.read(f"{folder}/list-roots.json", {"Roots": []})["Roots"]
                return [roots[0]["Id"] if roots else _ROOT, *found]
            target = self.read(path, {})["Parents"][0]["Id"]
            found.insert(0, target)
        return found

    def _organization(self, account: str) -> str:
        """The folder with the organization of an account; one is made if the snapshot has none."""
        there = next(
            (p for p in (*self.made, *self.files) if p.endswith("/organizations/describe-organization.json")), ""
        )
        folder = there.rpartition("/")[0] or f"{self.account}/global/organizations"
        if not there:
            described = {"Organization": {"Id": "o-0000000000", "MasterAccountId": _MANAGEMENT}}
            self._put(f"{folder}/describe-organization.json", described)
        listed = self.read(f"{folder}/list-accounts.json", {"Accounts": [{"Id": _MANAGEMENT}]})
        if not any(row.get("Id") == account for row in listed["Accounts"]):
            listed["Accounts"].append({"Id": account})
        types = [{"Type": kind, "Status": "ENABLED"} for kind in (SCP, RCP)]
        roots = self.read(f"{folder}/list-roots.json", {"Roots": [{"Id": _ROOT, "PolicyTypes": types}]})
        for root in roots["Roots"]:
            root["PolicyTypes"] = types
        for kind in (SCP, RCP):
            self.read(f"{folder}/list-policies/{kind}.json", {"Policies": []})
        return folder

    def _put(self, path: str, value: Json) -> None:
        self.made[path] = value
        self.errors.pop(path, None)

    def _attach(self, folder: str, kind: str, attached: Mapping[str, Sequence[tuple[str, Json]]]) -> None:
        """These policies instead of all of their kind."""
        self._remove(folder, kind)
        targets: dict[str, tuple[Json, list[str]]] = {}
        for target, documents in attached.items():
            for name, document in documents:
                policy = "p-" + "".join(c if c.isalnum() else "-" for c in name).strip("-").lower()
                targets.setdefault(policy, (document, []))[1].append(target)
                self.places[f"{folder}/describe-policy/{policy}.json", "$.Policy.Content"] = name
        self._put(f"{folder}/list-policies/{kind}.json", {"Policies": [{"Id": policy} for policy in targets]})
        for policy, (document, named) in targets.items():
            self._put(f"{folder}/describe-policy/{policy}.json", _described(policy, kind, document))
            rows = [{"TargetId": target, "Type": "TARGET"} for target in named]
            self._put(f"{folder}/list-targets-for-policy/{policy}.json", {"Targets": rows})

    def _remove(self, folder: str, kind: str) -> None:
        """Leave out what the snapshot has of the policies of a kind."""
        for row in self.read(f"{folder}/list-policies/{kind}.json", {"Policies": []})["Policies"]:
            for operation in ("describe-policy", "list-targets-for-policy"):
                path = f"{folder}/{operation}/{row['Id']}.json"
                self.made.pop(path, None)
                self.gone.add(path)

    def add_endpoint(self, document: Json, kind: str, service: str, name: str) -> None:
        """The policy of the VPC endpoint that the request goes through."""
        path = f"{self.account}/{REGION}/ec2/describe-vpc-endpoints.json"
        rows = self.read(path, {"VpcEndpoints": []})["VpcEndpoints"]
        rows[:] = [row for row in rows if row.get("VpcEndpointId") != name]
        rows.append({
            "VpcEndpointId": name,
            "VpcEndpointType": kind,
            "ServiceName": f"com.amazonaws.{REGION}.{service}",
            "State": "available",
            "PolicyDocument": json.dumps(document),
        })
        self.places[path, f"$.VpcEndpoints[{len(rows) - 1}].PolicyDocument"] = "endpoint"


def _described(policy: str, kind: str, document: Json) -> Json:
    return {
        "Policy": {
            "PolicySummary": {"Id": policy, "Name": policy, "Type": kind},
            "Content": json.dumps(document),
        }
    }


def _row_of(arn: str) -> tuple[Row, str]:
    """The kind of a resource by its ARN, and the name that its files have."""
    found = []
    for row in ROWS:
        parts = arn.split(":", _ARN_PARTS - 1)
        values = {"partition": parts[1], "region": parts[3], "account": parts[4], "name": "\0"}
        start, _, _ = row.arn.format(**values).partition("\0")
        if arn.startswith(start):
            name = arn.removeprefix(start)
            is_stream = row.kind == "table-stream" and "/stream/" in name
            found.append(((len(start), is_stream), row, name))
    if not found:
        service = arn.split(":")[2]
        raise OverlayError(f"resources of {quote(service)} have no policy that is modelled: {arn}")
    _, row, name = max(found, key=itemgetter(0))
    if row.ending:
        name = name[: -len(row.ending)] if len(name) > len(row.ending) else name
    elif row.kind == "function":
        name = name.partition(":")[0]
    elif row.files == "[^/]+" or row.kind == "stream":
        name = name.partition("/")[0]
    return row, name.replace(row.separator, "/") if row.separator != "/" else name
