"""Buckets, with policies that requests bring.

Untrusted.
"""

import json

from auditctl.simulate.errors import OverlayError
from auditctl.simulate.overlay.files import Overlay
from checkers.strict_json import Json


def add_bucket(overlay: Overlay, name: str) -> None:
    """A bucket without a policy, if it is not there."""
    folder = f"{overlay.owner}/global"
    listed = overlay.read(f"{folder}/s3/list-buckets.json", {"Buckets": [], "Owner": {"ID": f"owner-{overlay.owner}"}})
    if not any(row.get("Name") == name for row in listed["Buckets"]):
        listed["Buckets"].append({"Name": name})
        _bucket_defaults(overlay, folder, name)


def add_bucket_policy(overlay: Overlay, name: str, document: Json) -> None:
    """The policy of a bucket, which is made if it is not there. Raises `OverlayError`."""
    if name.startswith(("accesspoint", "arn")) or not name:
        raise OverlayError(f"{overlay.resource} is no bucket; policies of access points cannot be brought along")
    add_bucket(overlay, name)
    path = f"{overlay.owner}/global/s3/get-bucket-policy/{name}.json"
    overlay.put(path, {"Policy": json.dumps(document)})
    overlay.places[path, "$.Policy"] = "resource"


def _bucket_defaults(overlay: Overlay, folder: str, name: str) -> None:
    """What a new bucket has beside its policy: no ACLs, and no Block Public Access, which could hide the policy."""
    rules = {"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}}
    overlay.made[f"{folder}/s3/get-bucket-ownership-controls/{name}.json"] = rules
    block = "NoSuchPublicAccessBlockConfiguration"
    overlay.errors[f"{folder}/s3/get-public-access-block/{name}.json"] = block
    overlay.errors[f"{folder}/s3/get-bucket-policy/{name}.json"] = "NoSuchBucketPolicy"
    account = f"{folder}/s3control/get-public-access-block.json"
    if overlay.base is None or overlay.owner not in {a.id for a in overlay.base.accounts}:
        overlay.errors[account] = block
