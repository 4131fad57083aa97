"""S3 buckets: their policy, what their ACLs grant, and which Block Public Access settings are on.

ACLs become documents, one for each grant, so that they are decided as policies are. Amazon S3 user guide,
"Access control list (ACL) overview", "Controlling ownership of objects and disabling ACLs for your bucket" and
"Blocking public access to your Amazon S3 storage".
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from checkers.cloud.patterns import Resources
from checkers.cloud.policy import Document, Origin, Principals, Statement, action_set, parse_document
from checkers.cloud.snapshot import Fact, Snapshot, State, objects, optional_text, tags, text
from checkers.kernel.globs import STAR, GlobSet
from checkers.strict_json import Json, parse_json
from checkers.verdict import Unreadable

IGNORE, RESTRICT = "IgnorePublicAcls", "RestrictPublicBuckets"
_EVERY_FLAG = frozenset({IGNORE, RESTRICT})
_BY_WORD: dict[Json, frozenset[str]] = {"all": _EVERY_FLAG, "none": frozenset()}
ENFORCED = "BucketOwnerEnforced"
WITH_ACLS = ("BucketOwnerPreferred", "ObjectWriter")

# Grantees that are groups ("Amazon S3 predefined groups").
_EVERYONE, _SIGNED = Principals(everyone=True), Principals(signed=True)
_GROUPS = {
    "http://acs.amazonaws.com/groups/global/AllUsers": _EVERYONE,
    "http://acs.amazonaws.com/groups/global/AuthenticatedUsers": _SIGNED,
    "http://acs.amazonaws.com/groups/s3/LogDelivery": Principals(service=("logging.s3.amazonaws.com",)),
}
# What a permission grants ("Mapping of ACL permissions and access policy permissions").
_ON_BUCKET = {
    "READ": ("s3:ListBucket", "s3:ListBucketMultipartUploads", "s3:ListBucketVersions"),
    "WRITE": (),
    "READ_ACP": ("s3:GetBucketAcl",),
    "WRITE_ACP": ("s3:PutBucketAcl",),
}
_ON_OBJECTS_OF_BUCKET = ("s3:PutObject",)
_MAY_DELETE = ("s3:DeleteObject", "s3:DeleteObjectVersion")
_DELETES = "whether WRITE in the ACL of a bucket allows to delete"
_ON_OBJECT = {
    "READ": ("s3:GetObject", "s3:GetObjectTorrent", "s3:GetObjectVersion"),
    "WRITE": (),
    "READ_ACP": ("s3:GetObjectAcl", "s3:GetObjectVersionAcl"),
    "WRITE_ACP": ("s3:PutObjectAcl", "s3:PutObjectVersionAcl"),
}
ALL_PERMISSIONS = "FULL_CONTROL"
# What the ACL of a version of an object decides, which may be another than that of the object.
VERSION_ACTIONS = action_set(("s3:GetObjectVersion", "s3:GetObjectVersionAcl", "s3:PutObjectVersionAcl"))
# What an object's ACL can grant.
OBJECT_ACL_ACTIONS = action_set(tuple(action for actions in _ON_OBJECT.values() for action in actions))
# What a bucket's ACL can grant, on the bucket and on its objects.
BUCKET_ACL_ACTIONS = action_set((
    *(action for actions in _ON_BUCKET.values() for action in actions),
    *_ON_OBJECTS_OF_BUCKET,
    *_MAY_DELETE,
))


@dataclass(frozen=True, slots=True)
class Bucket:
    """One bucket. `policy` is None where there is none; `tags` is None where they are not known.

    `acl` has the grants of the bucket's ACL and of the objects' ACLs that the snapshot has, but those to the
    bucket's owner. `acl_problem` says why the bucket's ACL is not known although it counts,
    `object_acl_problem` why the ACL of an object that is not in `listed_objects` may grant something, and
    `version_acl_problem` the same of older versions of objects. `foreign_objects` belong to other accounts.
    `ignores_public_acls` and `restricts_public` are surely on; where they are not, `ignore_problem` and
    `block_problem` say why they may be.
    """

    arn: str
    name: str
    account: str
    policy: Document | None
    tags: Mapping[str, str] | None
    acl: tuple[Document, ...] = ()
    acl_problem: str = ""
    object_acl_problem: str = ""
    version_acl_problem: str = ""
    listed_objects: tuple[str, ...] = ()
    foreign_objects: tuple[str, ...] = ()
    ignores_public_acls: bool = False
    ignore_problem: str = ""
    restricts_public: bool = False
    block_problem: str = ""


@dataclass(frozen=True, slots=True)
class AccountBuckets:
    """The buckets of one account and the canonical id of their owner."""

    account: str
    buckets: tuple[Bucket, ...] = ()
    owner: str = ""
    problem: str = ""


def buckets_path(account: str) -> str:
    """Where the list of the buckets of an account is in a snapshot."""
    return f"{account}/global/s3/list-buckets.json"


def read_buckets(snapshot: Snapshot, account: str, partition: str) -> AccountBuckets:
    """The buckets of one account."""
    fact = snapshot.fact(buckets_path(account))
    if fact.state is not State.VALUE:
        return AccountBuckets(account, problem=fact.reason)
    if fact.value.get("Prefix"):
        return AccountBuckets(account, problem=f"{fact.path}: only buckets that begin with {fact.value['Prefix']!r}")
    owner = _owner(fact)
    rows = objects(fact.value, "Buckets", fact.path)
    names = [text(row, "Name", fact.path) for row in rows]
    if len(set(names)) != len(names):
        raise Unreadable(f"{fact.path}: a bucket is listed twice")
    reader = _Reader(snapshot, account, partition, owner)
    return AccountBuckets(account, tuple(reader.read(name) for name in names), owner)


class _Reader:
    """Reads the buckets of one account."""

    def __init__(self, snapshot: Snapshot, account: str, partition: str, owner: str) -> None:
        self.snapshot, self.account, self.partition, self.owner = snapshot, account, partition, owner
        self.block = account_block(snapshot, account)
        self.object_acls: dict[str, list[str]] = {}  # the files, by bucket
        folder = f"{account}/global/s3/get-object-acl/"
        for path in sorted(snapshot.under(folder)):
            self.object_acls.setdefault(path.removeprefix(folder).partition("/")[0], []).append(path)

    def read(self, name: str) -> Bucket:
        block = (self.block, _level_of(self._fact("get-public-access-block", name)))
        ignores, ignore_problem = is_on(block, IGNORE)
        restricts, block_problem = is_on(block, RESTRICT)
        acls = self._acls(name, ignores_public=ignores)
        return Bucket(
            arn=self._arn(name),
            name=name,
            account=self.account,
            policy=self._policy(name),
            tags=self._tags(name),
            acl=acls.documents,
            acl_problem=acls.problem,
            object_acl_problem=acls.object_problem,
            version_acl_problem=acls.version_problem,
            listed_objects=acls.listed,
            foreign_objects=acls.foreign,
            ignores_public_acls=ignores,
            ignore_problem=ignore_problem,
            restricts_public=restricts,
            block_problem=block_problem,
        )

    def _arn(self, name: str) -> str:
        return f"arn:{self.partition}:s3:::{name}"

    def _fact(self, operation: str, name: str) -> Fact:
        return self.snapshot.fact(f"{self.account}/global/s3/{operation}/{name}.json")

    def _policy(self, name: str) -> Document | None:
        fact = self._fact("get-bucket-policy", name)
        origin = Origin(fact.path, "$.Policy", f"bucket policy of {name}")
        if fact.state is State.ABSENT:
            return None
        if fact.state is not State.VALUE:
            return Document(origin, problem=fact.reason)
        return parse_document(fact.value.get("Policy"), origin)

    def _tags(self, name: str) -> Mapping[str, str] | None:
        fact = self._fact("get-bucket-tagging", name)
        if fact.state is State.VALUE:
            return tags(objects(fact.value, "TagSet", fact.path), fact.path)
        return {} if fact.state is State.ABSENT else None

    # ACLs.

    def _acls(self, name: str, *, ignores_public: bool) -> "_Acls":
        """What the ACLs of a bucket and of its objects grant: nothing where the owner is enforced.

        Where it is not known whether ACLs count, no grant is read, so that none is taken for sure.
        """
        ownership = self._fact("get-bucket-ownership-controls", name)
        counts, problem = _acls_count(ownership)
        if problem:
            return _Acls(problem=problem, object_problem=problem, version_problem=problem)
        if not counts:
            return _Acls()
        acl = self._fact("get-bucket-acl", name)
        known = acl.state is State.VALUE
        owner = self.owner or (_owner(acl) if known else "")
        arn = self._arn(name)
        left_out = [Principals(canonical=(owner,))] if owner else []
        left_out += [_EVERYONE, _SIGNED] if ignores_public else []
        documents = list(_grants(acl, f"ACL of {name}", arn, left_out, is_object=False)) if known else []
        keys, foreign, problems = [], [], []
        for path in self.object_acls.get(name, ()):
            key = path.split("/", 5)[5].removesuffix(".json")
            fact = self.snapshot.fact(path)
            if fact.state is not State.VALUE:
                problems.append(fact.reason)
                continue
            keys.append(key)
            documents += _grants(fact, f"ACL of {name}/{key}", f"{arn}/{key}", left_out, is_object=True)
            if not owner or _owner(fact) != owner:
                foreign.append(key)
        return _Acls(
            documents=tuple(documents),
            problem="" if known else f"ACLs are in force and not known: {acl.reason}",
            object_problem=next(iter(problems), "") or self._unlisted(name, frozenset(keys)),
            version_problem=self._versions(name),
            listed=tuple(keys),
            foreign=tuple(foreign),
        )

    def _unlisted(self, name: str, known: frozenset[str]) -> str:
        """Why a bucket may have an object whose ACL is not known."""
        fact = self._fact("list-objects-v2", name)
        if fact.state is not State.VALUE:
            return f"object ACLs are in force and the objects are not known: {fact.reason}"
        partial = [m for m in ("Prefix", "Delimiter", "CommonPrefixes", "StartAfter") if fact.value.get(m)]
        if partial:
            return f"{fact.path}: the list of objects is not the whole one: it has {partial[0]}"
        rows = objects(fact.value, "Contents", fact.path) if "Contents" in fact.value else []
        missing = [key for row in rows if (key := text(row, "Key", fact.path)) not in known]
        if missing:
            acl = self.snapshot.fact(f"{self.account}/global/s3/get-object-acl/{name}/{missing[0]}.json")
            return f"object ACLs are in force and {len(missing)} of them not known: {acl.reason}"
        return ""

    def _versions(self, name: str) -> str:
        """Why a bucket may have older versions of objects: nothing says that versioning was never on.

        Amazon S3 API reference, GetBucketVersioning: without `Status`, versioning was never enabled.
        """
        fact = self._fact("get-bucket-versioning", name)
        if fact.state is State.VALUE and not fact.value.get("Status"):
            return ""
        reason = f"{fact.path}: it has Status" if fact.state is State.VALUE else fact.reason
        return f"object ACLs are in force and those of older versions are not in the snapshot: {reason}"


@dataclass(frozen=True, slots=True)
class _Acls:
    """The ACLs of a bucket and of its objects, as the fields of `Bucket` tell."""

    documents: tuple[Document, ...] = ()
    problem: str = ""
    object_problem: str = ""
    version_problem: str = ""
    listed: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()


def _acls_count(ownership: Fact) -> tuple[bool, str]:
    """Whether ACLs are in force, and why it is not known."""
    if ownership.state is State.ABSENT:
        return True, ""
    if ownership.state is not State.VALUE:
        return True, f"whether ACLs are in force is not known: {ownership.reason}"
    controls = ownership.value.get("OwnershipControls")
    rules: Json = controls.get("Rules") if isinstance(controls, dict) else None
    found = [r.get("ObjectOwnership") if isinstance(r, dict) else r for r in rules] if isinstance(rules, list) else []
    if len(found) != 1 or found[0] not in (ENFORCED, *WITH_ACLS):
        return True, f"whether ACLs are in force is not known: {ownership.path} has no one rule of ownership"
    return found[0] != ENFORCED, ""


def _owner(fact: Fact) -> str:
    """The canonical id of the owner that a response names, empty where it names none."""
    owner = fact.value.get("Owner")
    return optional_text(owner, "ID") if isinstance(owner, dict) else ""


def _grants(fact: Fact, name: str, arn: str, left_out: Sequence[Principals], *, is_object: bool) -> Iterator[Document]:
    """The grants of an ACL, each a document, but for those to principals that are left out.

    A grantee that is not known may be anyone, and a permission that is not known may be any; neither surely is.
    """
    for i, grant in enumerate(objects(fact.value, "Grants", fact.path)):
        grantee = grant.get("Grantee")
        if not isinstance(grantee, dict):
            raise Unreadable(f"{fact.path}: a grant without Grantee")
        principals, doubt = _principals(grantee), ""
        if principals in left_out:
            continue
        if principals is None:
            principals, doubt = _EVERYONE, "a grantee that is not known"
        permission = grant.get("Permission")
        permissions = tuple(_ON_BUCKET)
        if isinstance(permission, str) and permission in _ON_BUCKET:
            permissions = (permission,)
        elif permission != ALL_PERMISSIONS:
            doubt = f"the permission {permission!r}, which is not known"
        make = _object_statements if is_object else _bucket_statements
        statements = tuple(make(permissions, arn, principals, doubt))
        yield Document(Origin(fact.path, f"$.Grants[{i}]", name), statements)


def _principals(grantee: Mapping[str, Json]) -> Principals | None:
    """Whom a grantee is. An account that is named by its e-mail address has a canonical id that is not known."""
    if isinstance(grantee.get("URI"), str):
        return _GROUPS.get(grantee["URI"])
    if isinstance(grantee.get("ID"), str):
        return Principals(canonical=(grantee["ID"],))
    if isinstance(grantee.get("EmailAddress"), str):
        return Principals(canonical=(f"email:{grantee['EmailAddress']}",))
    return None


def _bucket_statements(permissions: Sequence[str], arn: str, principals: Principals, doubt: str) -> Iterator[Statement]:
    """What permissions of a bucket's ACL grant.

    Whether WRITE lets the grantee delete is said in several ways: the table of permissions has it for the owners
    of existing objects, the mapping only where the grantee owns the bucket. It may, and does not surely.
    """
    actions = tuple(a for p in permissions for a in _ON_BUCKET[p])
    if actions:
        yield _allow("", actions, principals, GlobSet([arn]), doubt)
    if "WRITE" in permissions:
        everything = GlobSet([f"{arn}/{STAR}"])
        yield _allow("objects", _ON_OBJECTS_OF_BUCKET, principals, everything, doubt)
        yield _allow("objects.delete", _MAY_DELETE, principals, everything, doubt or _DELETES)


def _object_statements(permissions: Sequence[str], arn: str, principals: Principals, doubt: str) -> Iterator[Statement]:
    """What permissions of an object's ACL grant: WRITE grants nothing there."""
    actions = tuple(a for p in permissions for a in _ON_OBJECT[p])
    if actions:
        yield _allow("", actions, principals, GlobSet([arn]), doubt)


def _allow(path: str, actions: Sequence[str], principals: Principals, resources: GlobSet, doubt: str) -> Statement:
    """A statement that allows; with a doubt, not surely."""
    narrow = GlobSet(()) if doubt else resources
    return Statement(
        path,
        "",
        "Allow",
        actions=action_set(tuple(actions)),
        resources=Resources(wide=resources, narrow=narrow, readings=frozenset([doubt] if doubt else [])),
        principals=principals,
    )


# Block Public Access.


@dataclass(frozen=True, slots=True)
class BlockLevel:
    """The Block Public Access settings of one level: those that are on, and those that are off.

    `reason` says why the others are not known.
    """

    on: frozenset[str] = frozenset()
    off: frozenset[str] = _EVERY_FLAG
    reason: str = ""


def is_on(levels: Sequence[BlockLevel], flag: str) -> tuple[bool, str]:
    """Whether a setting is on at one level at least, and else why it may be."""
    if any(flag in level.on for level in levels):
        return True, ""
    return False, next((level.reason for level in levels if flag not in level.off), "")


def block_level(flags: Json, where: str) -> BlockLevel:
    """The settings of a PublicAccessBlockConfiguration."""
    given = flags if isinstance(flags, dict) else {}
    on = frozenset(f for f in _EVERY_FLAG if given.get(f) is True)
    off = frozenset(f for f in _EVERY_FLAG if given.get(f) is False)
    return BlockLevel(on, off, f"{where}: the settings are not all true or false")


def _level_of(fact: Fact) -> BlockLevel:
    if fact.state is State.VALUE:
        return block_level(fact.value.get("PublicAccessBlockConfiguration"), fact.path)
    return BlockLevel() if fact.state is State.ABSENT else BlockLevel(off=frozenset(), reason=fact.reason)


def account_block(snapshot: Snapshot, account: str) -> BlockLevel:
    """The settings in force for an account: those of its organization if it has some, else its own.

    AWS Organizations user guide, "Amazon S3 policies", and S3 user guide, "Configuring block public access settings
    for your account": an organization's policy overrides the account's own settings, all four on or all four off.
    The account inherits them and cannot change them, and `get-public-access-block` of the account shows what is
    in force, so that a snapshot without the organization's policy says the same.
    """
    level = _organization_block(snapshot, account)
    return level or _level_of(snapshot.fact(f"{account}/global/s3control/get-public-access-block.json"))


def _organization_block(snapshot: Snapshot, account: str) -> BlockLevel | None:
    """What the effective S3 policy of an account sets, None where nothing is known of one."""
    found: dict[frozenset[str], str] = {}
    for folder in sorted(a.id for a in snapshot.accounts):
        fact = snapshot.fact(f"{folder}/global/organizations/describe-effective-policy/S3_POLICY/{account}.json")
        word = _effective(fact) if fact.state is State.VALUE else None
        if word is None:
            continue
        if not isinstance(word, str) or word not in _BY_WORD:
            return BlockLevel(off=frozenset(), reason=f"{fact.path}: the S3 policy sets {word!r}")
        found[_BY_WORD[word]] = fact.path
    if len(found) > 1:
        return BlockLevel(off=frozenset(), reason=f"{' and '.join(sorted(found.values()))} differ")
    return next((BlockLevel(on, _EVERY_FLAG - on) for on in found), None)


def _effective(fact: Fact) -> Json:
    """The Block Public Access setting of an effective policy, None where it has none."""
    policy = fact.value.get("EffectivePolicy")
    content: Json = parse_json(text(policy, "PolicyContent", fact.path), fact.path) if isinstance(policy, dict) else {}
    for name in ("s3_attributes", "public_access_block_configuration"):
        if not isinstance(content, dict):
            return content
        content = content.get(name)
    return content
