"""S3 access points of a plan. Untrusted."""

import json
from collections.abc import Sequence

from auditctl.planned.access_s3 import FLAGS
from auditctl.planned.draft import KNOWN_AFTER_APPLY, Draft
from auditctl.planned.marks import after_apply, open_attribute
from auditctl.planned.things import AccessPoint, Thing

_LIST, _POINT, _POLICY = (
    f"s3control/{o}" for o in ("list-access-points", "get-access-point", "get-access-point-policy")
)


def write_points(draft: Draft, things: Sequence[Thing]) -> None:
    """Write the access points with their settings and policies."""
    for point in (t for t in things if isinstance(t, AccessPoint)):
        _point(draft, point)


def _point(draft: Draft, point: AccessPoint) -> None:
    arn = f"arn:{draft.accounts.get(point.account, 'aws')}:s3:{point.region}:{point.account}:accesspoint/{point.name}"
    network = {"NetworkOrigin": "VPC", "VpcConfiguration": {"VpcId": point.vpc}} if point.vpc else {}
    row = {
        "Name": point.name,
        "NetworkOrigin": "Internet",
        **network,
        "Bucket": point.bucket,
        "BucketAccountId": point.owner,
        "AccessPointArn": arn,
    }
    block = dict.fromkeys(FLAGS, True) if point.block is None else dict(point.block)
    unknown = open_attribute(draft, [row, block])
    place = (point.account, point.region, _POINT, point.name)
    if unknown:
        row = {"Name": point.name}
        settings = draft.fail(*place, KNOWN_AFTER_APPLY, after_apply(unknown))
    else:
        flags = {flag: block.get(flag, False) for flag in FLAGS}
        settings = draft.put(*place, {**row, "PublicAccessBlockConfiguration": flags})
    path, within = draft.add(point.account, point.region, _LIST, "AccessPointList", row)
    draft.came_from(point.origin, thing=arn, path=path, within=within)
    draft.came_from(point.origin, path=settings)
    _policy(draft, point)


def _policy(draft: Draft, point: AccessPoint) -> None:
    place, policy = (point.account, point.region, _POLICY, point.name), point.policy
    if policy is None:
        path = draft.fail(*place, "NoSuchAccessPointPolicy", "The specified accesspoint policy does not exist")
    elif policy.document is None:
        path = draft.fail(*place, KNOWN_AFTER_APPLY, after_apply(policy.unknown))
    else:
        path = draft.put(*place, {"Policy": json.dumps(policy.document, ensure_ascii=False)})
    draft.came_from(point.origin, path=path)
    if policy is not None:
        draft.came_from(policy.origin, path=path, within="$.Policy")
