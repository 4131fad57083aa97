"""A world of the differential tests as a snapshot: the raw responses that AWS would give (docs/snapshot.md).

A principal's documents are spread over inline, managed and (users) group
policies, a bucket's owner has full control in its ACL, and the organization is
exported by the management account if it is in the world.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence

from naive import REGION, Guarded, Json, Organization, World, account_of, bucket_of

CREATED = "2026-01-01T00:00:00Z"
Files = dict[str, Json]


def snapshot(where: World) -> Files:
    """A world as a snapshot: path to JSON content, `snapshot.json` included."""
    files: Files = {}
    errors: list[Json] = []
    exporter = exporter_of(where)
    for account in sorted(where.accounts):
        base = f"{account}/global"
        files[f"{base}/iam/get-account-authorization-details.json"] = iam_details(where, account)
        owned = sorted(name for name, (owner, _) in where.buckets.items() if owner == account)
        files[f"{base}/s3/list-buckets.json"] = {
            "Buckets": [{"Name": name, "CreationDate": CREATED} for name in owned],
            "Owner": {"ID": owner_id(account)},
        }
        for name in owned:
            add_bucket(files, errors, where, name)
        add_block(files, errors, where, account, f"{base}/s3control/get-public-access-block.json")
        add_organization(files, errors, where, account, exports=account == exporter)
    add_resources(files, errors, where)
    add_endpoints(files, where)
    files["snapshot.json"] = {
        "format": "auditctl-snapshot/1",
        "time": "2026-11-02T09:00:00Z",
        "tool": "aws-cli/2.31.0",
        "accounts": [
            {"id": account, "name": f"account-{account}", "partition": "aws"} for account in sorted(where.accounts)
        ],
        "errors": errors,
    }
    return files


def failure(path: str, code: str) -> Json:
    """An entry of the errors that were met while exporting."""
    return {"path": path, "code": code, "message": code}


# --- S3 -------------------------------------------------------------------


def owner_id(account: str) -> str:
    """A made-up canonical id of an account."""
    return account * 5 + "abcd"


def add_bucket(files: Files, errors: list[Json], where: World, name: str) -> None:
    """The answers about one bucket and its objects."""
    account, document = where.buckets[name]
    base = f"{account}/global/s3"
    arn = f"arn:aws:s3:::{name}"
    rule = {"ObjectOwnership": where.ownership.get(name, "BucketOwnerEnforced")}
    files[f"{base}/get-bucket-acl/{name}.json"] = acl(owner_id(account), where.acls.get(arn, ()))
    files[f"{base}/get-bucket-ownership-controls/{name}.json"] = {"OwnershipControls": {"Rules": [rule]}}
    objects = sorted(one for one in where.acls if bucket_of(one) == name and one != arn)
    keys = [one.removeprefix(arn + "/") for one in objects]
    files[f"{base}/list-objects-v2/{name}.json"] = {"Contents": [{"Key": key} for key in keys], "IsTruncated": False}
    for key, one in zip(keys, objects, strict=True):
        owner = where.object_owners.get(one, owner_id(account))
        files[f"{base}/get-object-acl/{name}/{key}.json"] = acl(owner, where.acls[one])
    add_block(files, errors, where, name, f"{base}/get-public-access-block/{name}.json")
    errors.append(failure(f"{base}/get-bucket-tagging/{name}.json", "NoSuchTagSet"))
    if document is None:
        errors.append(failure(f"{base}/get-bucket-policy/{name}.json", "NoSuchBucketPolicy"))
    else:
        files[f"{base}/get-bucket-policy/{name}.json"] = {"Policy": json.dumps(document)}


def acl(whose: str, grants: Sequence[Json]) -> Json:
    """An access control list with full control for its owner, a canonical id."""
    owner = {"ID": whose}
    own = {"Grantee": {**owner, "Type": "CanonicalUser"}, "Permission": "FULL_CONTROL"}
    return {"Owner": owner, "Grants": [own, *grants]}


FLAGS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


def add_block(files: Files, errors: list[Json], where: World, whose: str, path: str) -> None:
    """The Block Public Access configuration of a bucket or account, or that there is none."""
    if whose not in where.blocks:
        errors.append(failure(path, "NoSuchPublicAccessBlockConfiguration"))
        return
    flags = {flag: flag in where.blocks[whose] for flag in FLAGS}
    files[path] = {"PublicAccessBlockConfiguration": flags}


# --- other resources ------------------------------------------------------

# Kind of resource: the list, how it lists one, the policy, how it wraps the text, the code of its absence.
Row = tuple[str, Callable[[str, str], tuple[str, Json]], str, Callable[[str, str, str | None], Json], str]


def name_of(arn: str) -> str:
    """The name of a resource in the paths of a snapshot."""
    last = arn.split(":", 5)[5]
    if last.startswith("secret:"):
        return last.removeprefix("secret:").rpartition("-")[0]
    return last.removeprefix("function:").removeprefix("key/").removeprefix("repository/").removeprefix("table/")


ROWS: dict[str, Row] = {
    "key": (
        "kms/list-keys",
        lambda arn, name: ("Keys", {"KeyId": name, "KeyArn": arn}),
        "kms/get-key-policy",
        lambda _arn, _name, text: {"Policy": text},
        "NotFoundException",
    ),
    "queue": (
        "sqs/list-queues",
        lambda arn, name: ("QueueUrls", f"https://sqs.{REGION}.amazonaws.com/{account_of(arn)}/{name}"),
        "sqs/get-queue-attributes",
        lambda arn, _name, text: {
            "Attributes": {"QueueArn": arn, "VisibilityTimeout": "30", **({"Policy": text} if text else {})}
        },
        "",
    ),
    "topic": (
        "sns/list-topics",
        lambda arn, _name: ("Topics", {"TopicArn": arn}),
        "sns/get-topic-attributes",
        lambda arn, _name, text: {"Attributes": {"TopicArn": arn, **({"Policy": text} if text else {})}},
        "",
    ),
    "secret": (
        "secretsmanager/list-secrets",
        lambda arn, name: ("SecretList", {"ARN": arn, "Name": name}),
        "secretsmanager/get-resource-policy",
        lambda arn, name, text: {"ARN": arn, "Name": name, **({"ResourcePolicy": text} if text else {})},
        "",
    ),
    "function": (
        "lambda/list-functions",
        lambda arn, name: ("Functions", {"FunctionName": name, "FunctionArn": arn, "Role": ""}),
        "lambda/get-policy",
        lambda _arn, _name, text: {"Policy": text},
        "ResourceNotFoundException",
    ),
    "repository": (
        "ecr/describe-repositories",
        lambda arn, name: ("repositories", {"repositoryName": name, "repositoryArn": arn}),
        "ecr/get-repository-policy",
        lambda _arn, name, text: {"repositoryName": name, "policyText": text},
        "RepositoryPolicyNotFoundException",
    ),
    "table": (
        "dynamodb/list-tables",
        lambda _arn, name: ("TableNames", name),
        "dynamodb/get-resource-policy",
        lambda _arn, _name, text: {"Policy": text},
        "PolicyNotFoundException",
    ),
}


def add_resources(files: Files, errors: list[Json], where: World) -> None:
    """The lists and policies of everything that is neither bucket nor role."""
    for arn, guarded in sorted(where.resources.items()):
        listing, entry, operation, wrap, absent = ROWS[guarded.kind]
        base, name = f"{guarded.account}/{REGION}", name_of(arn)
        member, row = entry(arn, name)
        files.setdefault(f"{base}/{listing}.json", {member: []})[member].append(row)
        text = json.dumps(guarded.documents[0]) if guarded.documents else None
        path = f"{base}/{operation}/{name}.json"
        if text is None and absent:
            errors.append(failure(path, absent))
        else:
            files[path] = wrap(arn, name, text)
        if guarded.kind == "key":
            add_key(files, where, arn, guarded)


def add_key(files: Files, where: World, arn: str, guarded: Guarded) -> None:
    """Who manages a key, and its grants."""
    base, name = f"{guarded.account}/{REGION}/kms", name_of(arn)
    manager = "AWS" if guarded.aws_managed else "CUSTOMER"
    files[f"{base}/describe-key/{name}.json"] = {"KeyMetadata": {"KeyId": name, "Arn": arn, "KeyManager": manager}}
    rows = [
        {"KeyId": arn, "GrantId": f"grant{index}", "CreationDate": CREATED, **grant}
        for index, grant in enumerate(where.grants.get(arn, ()))
    ]
    files[f"{base}/list-grants/{name}.json"] = {"Grants": rows, "Truncated": False}


def add_endpoints(files: Files, where: World) -> None:
    """The VPC endpoints, all in the first account."""
    rows = [
        {
            "VpcEndpointId": name,
            "VpcEndpointType": endpoint.type,
            "VpcId": "vpc-1",
            "ServiceName": f"com.amazonaws.{REGION}.{endpoint.service}",
            "State": "available",
            "PolicyDocument": json.dumps(endpoint.document),
        }
        for name, endpoint in sorted(where.endpoints.items())
    ]
    if rows:
        files[f"{min(where.accounts)}/{REGION}/ec2/describe-vpc-endpoints.json"] = {"VpcEndpoints": rows}


# --- the organization -----------------------------------------------------

TYPES = ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY")


def exporter_of(where: World) -> str:
    """The account that exported the organization: the management account, else some member."""
    organization = where.organization
    if organization is None:
        return ""
    members = sorted(where.accounts & set(organization.parents))
    return organization.management if organization.management in members else members[0]


def add_organization(files: Files, errors: list[Json], where: World, account: str, *, exports: bool) -> None:
    """What an account says of its organization; all of it where the account may export it."""
    base, organization = f"{account}/global/organizations", where.organization
    if organization is None or account not in organization.parents:
        names = ("describe-organization", "list-accounts", *(f"list-policies/{kind}" for kind in TYPES))
        errors += [failure(f"{base}/{name}.json", "AWSOrganizationsNotInUseException") for name in names]
        return
    described = {"Id": organization.id, "MasterAccountId": organization.management, "FeatureSet": "ALL"}
    files[f"{base}/describe-organization.json"] = {"Organization": described}
    if exports:
        files.update({f"{base}/{name}.json": content for name, content in organization_files(organization)})
        for member in members_of(organization):
            path = f"{base}/describe-effective-policy/S3_POLICY/{member}.json"
            if member in where.block_policies:
                files[path] = effective(where.block_policies[member], member)
            else:
                errors.append(failure(path, "EffectivePolicyNotFoundException"))


def members_of(organization: Organization) -> list[str]:
    """The accounts of an organization, the management account among them."""
    return sorted(child for child in organization.parents if child.isdigit())


def effective(decided: str, member: str) -> Json:
    """What the organization decides on Block Public Access of an account."""
    content = {"s3_attributes": {"public_access_block_configuration": decided}}
    policy = {"PolicyContent": json.dumps(content), "TargetId": member, "PolicyType": "S3_POLICY"}
    return {"EffectivePolicy": policy}


def organization_files(organization: Organization) -> Iterator[tuple[str, Json]]:
    """The tree and the policies of an organization, by operation and resource."""
    (root,) = {parent for parent in organization.parents.values() if parent not in organization.parents}
    enabled = [TYPES[0]] if organization.scps is not None else []
    enabled += [TYPES[1]] if organization.rcps else []
    types = [{"Type": kind, "Status": "ENABLED"} for kind in enabled]
    yield "list-accounts", {"Accounts": [{"Id": one, "Status": "ACTIVE"} for one in members_of(organization)]}
    yield "list-roots", {"Roots": [{"Id": root, "PolicyTypes": types}]}
    for child, parent in organization.parents.items():
        kind = "ROOT" if parent == root else "ORGANIZATIONAL_UNIT"
        yield f"list-parents/{child}", {"Parents": [{"Id": parent, "Type": kind}]}
    for kind, attached in zip(TYPES, (organization.scps or {}, organization.rcps), strict=True):
        yield from policy_files(kind, attached)


def policy_files(kind: str, attached: Mapping[str, Sequence[Json]]) -> Iterator[tuple[str, Json]]:
    """The policies of one type, one for each different document, with their targets."""
    targets: dict[str, list[str]] = {}
    for target, documents in attached.items():
        for document in documents:
            targets.setdefault(json.dumps(document), []).append(target)
    ids = {text: f"p-{kind[0].lower()}{index:07}" for index, text in enumerate(targets)}
    yield f"list-policies/{kind}", {"Policies": [{"Id": one, "Name": one, "Type": kind} for one in ids.values()]}
    for text, one in ids.items():
        summary = {"Id": one, "Name": one, "Type": kind, "AwsManaged": False}
        yield f"describe-policy/{one}", {"Policy": {"PolicySummary": summary, "Content": text}}
        rows = [{"TargetId": target, "Type": type_of(target)} for target in targets[text]]
        yield f"list-targets-for-policy/{one}", {"Targets": rows}


def type_of(target: str) -> str:
    """What sort of thing an organization policy is attached to."""
    if target.isdigit():
        return "ACCOUNT"
    return "ROOT" if target.startswith("r-") else "ORGANIZATIONAL_UNIT"


# --- IAM ------------------------------------------------------------------


def unique_id(arn: str) -> str:
    """A made-up unique id, 21 characters, different for each ARN used here."""
    prefix = "AIDA" if ":user/" in arn else "AROA"
    letters = "".join(char for char in arn.upper() if char in "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
    return prefix + letters[-17:].rjust(17, "A")


def iam_details(where: World, account: str) -> Json:
    """The answer of get-account-authorization-details for one account."""
    made: dict[str, list[Json]] = {
        "UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [], "Policies": [],
    }  # fmt: skip
    ids = {arn: unique for unique, arn in where.unique_ids.items()}
    for arn in sorted(where.principals):
        if account_of(arn) == account:
            add_principal(made, where, arn, ids.get(arn, unique_id(arn)))
    return {**made, "IsTruncated": False}


def add_principal(made: dict[str, list[Json]], where: World, arn: str, unique: str) -> None:
    """One user or role with its documents: inline, managed, by group, and round again."""
    kind = "User" if ":user/" in arn else "Role"
    middle, _, name = arn.split(":", 5)[5].partition("/")[2].rpartition("/")
    path = f"/{middle}/" if middle else "/"
    spread: list[list[Json]] = [[], [], []]
    for index, document in enumerate(where.principals[arn]):
        spread[index % (3 if kind == "User" else 2)].append(document)
    entry: dict[str, Json] = {
        "Path": path,
        f"{kind}Name": name,
        f"{kind}Id": unique,
        "Arn": arn,
        "CreateDate": CREATED,
        f"{kind}PolicyList": inline(spread[0]),
        "AttachedManagedPolicies": [attach(made, arn, one) for one in spread[1]],
        "Tags": [],
    }
    if arn in where.boundaries:
        boundary = attach(made, arn, where.boundaries[arn])["PolicyArn"]
        entry["PermissionsBoundary"] = {
            "PermissionsBoundaryType": "PermissionsBoundaryPolicy",
            "PermissionsBoundaryArn": boundary,
        }
    if kind == "User":
        entry["GroupList"] = [add_group(made, arn, name, spread[2])] if spread[2] else []
    else:
        entry["AssumeRolePolicyDocument"] = where.roles[arn]
        entry["InstanceProfileList"] = []
    made[f"{kind}DetailList"].append(entry)


def inline(documents: Sequence[Json]) -> list[Json]:
    """Inline policies."""
    return [{"PolicyName": f"inline{index}", "PolicyDocument": document} for index, document in enumerate(documents)]


def attach(made: dict[str, list[Json]], arn: str, document: Json) -> Json:
    """Add a managed policy, with an older version that grants everything, and attach it."""
    name = f"managed{len(made['Policies'])}"
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    old = {"Version": "2012-10-17", "Statement": everything}
    policy_arn = f"arn:aws:iam::{account_of(arn)}:policy/{name}"
    versions = [
        {"VersionId": "v2", "IsDefaultVersion": True, "CreateDate": CREATED, "Document": document},
        {"VersionId": "v1", "IsDefaultVersion": False, "CreateDate": CREATED, "Document": old},
    ]
    made["Policies"].append({
        "PolicyName": name,
        "PolicyId": f"ANPA{name.upper().rjust(17, 'A')}",
        "Arn": policy_arn,
        "Path": "/",
        "DefaultVersionId": "v2",
        "AttachmentCount": 1,
        "PermissionsBoundaryUsageCount": 0,
        "IsAttachable": True,
        "CreateDate": CREATED,
        "UpdateDate": CREATED,
        "PolicyVersionList": versions,
    })
    return {"PolicyName": name, "PolicyArn": policy_arn}


def add_group(made: dict[str, list[Json]], arn: str, user: str, documents: Sequence[Json]) -> str:
    """Add a group with inline policies and return its name."""
    name = f"group-{user}"
    made["GroupDetailList"].append({
        "Path": "/",
        "GroupName": name,
        "GroupId": "AGPA" + unique_id(arn)[4:],
        "Arn": f"arn:aws:iam::{account_of(arn)}:group/{name}",
        "CreateDate": CREATED,
        "GroupPolicyList": inline(documents),
        "AttachedManagedPolicies": [],
    })
    return name
