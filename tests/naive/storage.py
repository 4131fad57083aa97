"""What decides access to S3 besides policies: access control lists, Block Public Access, what public means.

S3 user guide: "Access control list (ACL) overview", "Controlling ownership of objects", "Blocking public
access to your Amazon S3 storage".
"""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING

from naive.conditions import network_of, texts_of
from naive.documents import Level, account_named, best, canonical_level, is_readable, may_be, principal_entries
from naive.reading import Json, Scene, account_of, fold, is_aws, statements_of
from naive.world import S3, World, bucket_of

if TYPE_CHECKING:
    from collections.abc import Iterator

# "Mapping of ACL permissions and access policy permissions".
ON_BUCKET = {
    "READ": {"s3:listbucket", "s3:listbucketversions", "s3:listbucketmultipartuploads"},
    "READ_ACP": {"s3:getbucketacl"},
    "WRITE_ACP": {"s3:putbucketacl"},
}
ON_OBJECT = {
    "READ": {"s3:getobject", "s3:getobjectversion", "s3:getobjecttorrent"},
    "READ_ACP": {"s3:getobjectacl", "s3:getobjectversionacl"},
    "WRITE_ACP": {"s3:putobjectacl", "s3:putobjectversionacl"},
}
WRITE_SURELY = {"s3:putobject"}
WRITE_PERHAPS = {"s3:deleteobject"}  # the guide has named it at times; owners of objects may always
GROUPS = "http://acs.amazonaws.com/groups/"
PUBLIC_GROUPS = (GROUPS + "global/AllUsers", GROUPS + "global/AuthenticatedUsers")


def acl_level(world: World, name: str, scene: Scene) -> Level:
    """The strongest level at which the ACLs of a bucket and its objects grant the request."""
    if world.ownership.get(name, "BucketOwnerEnforced") == "BucketOwnerEnforced":
        return "none"
    ignores_public = "IgnorePublicAcls" in flags_of(world, name)
    return best(
        grantee_level(grant["Grantee"], scene)
        for grant in applicable_grants(world, name, scene)
        if not (ignores_public and grant["Grantee"].get("URI") in PUBLIC_GROUPS)
    )


def applicable_grants(world: World, name: str, scene: Scene) -> Iterator[Json]:
    """The ACL grants whose permission has the action on the resource of the request."""
    action, resource = fold(scene.request["action"]), scene.request["resource"]
    write = WRITE_SURELY | WRITE_PERHAPS if scene.wide else WRITE_SURELY
    if resource == S3 + name:
        for grant in world.acls.get(resource, ()):
            if action in permitted(ON_BUCKET, grant["Permission"]):
                yield grant
        return
    for grant in world.acls.get(S3 + name, ()):
        if grant["Permission"] in ("WRITE", "FULL_CONTROL") and action in write:
            yield grant
    owner = {"Grantee": {"ID": world.object_owners.get(resource)}, "Permission": "FULL_CONTROL"}
    for grant in (*world.acls.get(resource, ()), *([owner] if resource in world.object_owners else [])):
        if action in permitted(ON_OBJECT, grant["Permission"]):
            yield grant


def permitted(table: dict[str, set[str]], permission: str) -> set[str]:
    """The actions of a permission."""
    return set().union(*table.values()) if permission == "FULL_CONTROL" else table.get(permission, set())


def grantee_level(grantee: Json, scene: Scene) -> Level:
    """How a grantee of an ACL reaches the caller."""
    principal = scene.request["principal"]
    uri = grantee.get("URI")
    if uri == GROUPS + "global/AllUsers":
        return "direct"
    if uri == GROUPS + "global/AuthenticatedUsers":
        if not is_aws(principal):
            return "none"
        return "direct" if scene.wide else "limited"
    if uri == GROUPS + "s3/LogDelivery":
        return "direct" if principal == "service:logging.s3.amazonaws.com" else "none"
    id_or_address = grantee.get("ID", "")  # of an e-mail address the canonical id is not known
    if is_aws(principal):
        return canonical_level(id_or_address, scene)
    return "direct" if id_or_address and principal == "canonical:" + id_or_address else "none"


def is_owned_elsewhere(world: World, resource: str) -> bool:
    """Whether an object belongs to another account than its bucket, as it can where ACLs are in force."""
    enforced = world.ownership.get(bucket_of(resource), "BucketOwnerEnforced") == "BucketOwnerEnforced"
    return resource in world.object_owners and not enforced


# --- Block Public Access --------------------------------------------------

ALL_FLAGS = frozenset({"BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"})


def flags_of(world: World, name: str) -> frozenset[str]:
    """The flags that are on for a bucket: its own, and its account's or those of the organization.

    AWS Organizations user guide, "Amazon S3 policies": what the organization
    sets overrides the account's setting.
    """
    account = world.buckets[name][0]
    own = world.blocks.get(name, frozenset())
    decided = world.block_policies.get(account)
    if decided is not None:
        return own | (ALL_FLAGS if decided == "all" else frozenset())
    return own | world.blocks.get(account, frozenset())


def is_restricted(world: World, name: str, principal: str, *, upper: bool) -> bool:
    """RestrictPublicBuckets: a bucket with a public policy is for services and its own account only."""
    account, policy = world.buckets[name]
    if "RestrictPublicBuckets" not in flags_of(world, name) or policy is None:
        return False
    spared = principal.startswith("service:") or (is_aws(principal) and account_of(principal) == account)
    return not spared and is_public(policy, wide=not upper)


# "The meaning of public", bucket policies.
LIMITING = {
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalisawsservice",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceip",
    "aws:sourceowner",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:userid",
    "aws:vpceaccount",
    "aws:vpceorgid",
    "s3:dataaccesspointaccount",
    "s3:dataaccesspointarn",
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
}
WITH_FIXED_ACCOUNT = {"aws:principalarn", "s3:dataaccesspointarn"}
LIMITING_OPERATORS = {
    "StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike", "IpAddress", "Bool",
}  # fmt: skip
Doubt = bool | None  # None: the documentation does not tell


def is_public(policy: Json, *, wide: bool) -> bool:
    """Whether a bucket policy is public; every doubt counts as public read wide, as not public read narrow."""
    statements = statements_of(policy)
    if statements is None:
        return wide
    version = policy.get("Version")
    found = [is_public_statement(one, version) for one in statements if may_be(one, "Allow")]
    return any(wide if one is None else one for one in found)


def is_plainly_public(policy: Json) -> bool:
    """Whether nobody can doubt that a policy is public: it allows everyone without condition and denies nothing."""
    statements = statements_of(policy) or []
    return all(is_readable(one, "bucket") and one["Effect"] == "Allow" for one in statements) and any(
        "Condition" not in one and "Action" in one and "Resource" in one and is_public_statement(one, None)
        for one in statements
    )


def is_public_statement(statement: Json, version: str | None) -> Doubt:
    """Whether an Allow reaches more than fixed principals without a condition that limits it to fixed values."""
    if version not in (None, "2008-10-17", "2012-10-17") or not is_readable(statement, "bucket"):
        return None
    if "Principal" in statement:
        if ("AWS", "*") not in principal_entries(statement["Principal"]):
            return False
    elif "NotPrincipal" not in statement:
        return False  # such a statement never applies
    found = [
        limits(name, fold(key), value, variables=version == "2012-10-17")
        for name, block in statement.get("Condition", {}).items()
        for key, value in block.items()
    ]
    if True in found:
        return False
    return None if None in found else True


def limits(name: str, key: str, value: Json, *, variables: bool) -> Doubt:
    """Whether one operator and key of a condition limits a statement to fixed values."""
    qualifier, _, base = name.rpartition(":")
    if key not in LIMITING:
        return False
    texts = texts_of(value)
    if base not in LIMITING_OPERATORS or qualifier not in ("", "ForAnyValue") or not texts:
        return None if texts is None and name != "Null" else False
    judged = [is_fixed(base, key, text, variables=variables) for text in texts]
    if False in judged:
        return False
    return None if None in judged else True


def is_fixed(base: str, key: str, text: str, *, variables: bool) -> Doubt:
    """Whether a value names fixed callers: no wildcard and no variable, a block that is not too large."""
    if key == "aws:sourceip":
        return is_narrow(text) if base == "IpAddress" else None
    if base == "IpAddress" or (base == "Bool") != (key == "aws:principalisawsservice"):
        return None
    if key == "aws:principalisawsservice":
        return fold(text) == "true"
    if not set("*?$") & set(text):
        return True
    if variables and re.search(r"\$\{[^*?$}]", text) and key not in WITH_FIXED_ACCOUNT:
        return False
    wild = set("*?") & set(re.sub(r"\$\{[*?$]\}", "", text) if variables else text)
    if base in ("StringEquals", "StringEqualsIgnoreCase") or not wild or key == "aws:userid":
        return None
    if key in WITH_FIXED_ACCOUNT:
        return None if account_part(text) is None else account_named(account_part(text) or "") is not None
    return False


def account_part(text: str) -> str | None:
    """The fifth part of an ARN pattern, None where there is none."""
    parts = text.split(":", 5)
    return parts[4] if len(parts) == 6 else None


def is_narrow(text: str) -> Doubt:
    """Whether a block of addresses is not a large part of the internet."""
    network = network_of(text)
    if network is None:
        return None
    least = 8 if isinstance(network, ipaddress.IPv4Network) else 32
    return network.prefixlen >= least or network.is_private
