"""The resource of a request, with the policy that the request brings.

Untrusted.
"""

import json
from operator import itemgetter
from typing import Any

from auditctl.controls.errors import quote
from auditctl.simulate.arn import Arn, arn_of
from auditctl.simulate.errors import OverlayError
from auditctl.simulate.overlay.bucket import add_bucket_policy
from auditctl.simulate.overlay.files import Overlay
from auditctl.simulate.overlay.principal import add_trust
from checkers.cloud.resource_policies import ROWS, Listing, Row
from checkers.strict_json import Json

REGION = "us-east-1"


def add_resource(overlay: Overlay, document: Json) -> None:
    """The policy of the resource, of whichever kind that is."""
    arn = arn_of(overlay.resource)
    if arn is None:
        raise OverlayError(f"resource {overlay.resource!r} is no ARN, and has no policy")
    if arn.service == "s3":
        add_bucket_policy(overlay, arn.resource.partition("/")[0], document)
    elif arn.service == "iam" and arn.resource.startswith("role/"):
        add_trust(overlay, document)
    else:
        row, name = _row_of(overlay.resource, arn)
        folder = f"{overlay.owner}/{arn.region or row.region or REGION}"
        if row.listing is not None and row.listing.policy:
            _add_listed(overlay, row.listing, folder, name, document)
        else:
            _add_answer(overlay, row, folder, name, document)


def _add_answer(overlay: Overlay, row: Row, folder: str, name: str, document: Json) -> None:
    """A policy that an operation answers with."""
    place = "" if row.is_regional else f"/{name}"
    path = f"{folder}/{row.service}/{row.operation}{place}.json"
    answer: Any = json.dumps(document)
    for member in reversed(row.policy):
        answer = {member: answer}
    if row.is_texts:
        answer = {row.policy[0]: {"request": json.dumps(document)}}
    if row.ending:
        answer |= {"ARN": overlay.resource, "Name": name}
    overlay.put(path, answer)
    at = ".".join(("$", *row.policy))
    overlay.places[path, f'{at}["request"]' if row.is_texts else at] = "resource"
    if row.kind == "key":
        overlay.read(f"{folder}/kms/list-grants/{name}.json", {"Grants": []})
        described = {"KeyMetadata": {"Arn": overlay.resource, "KeyManager": "CUSTOMER"}}
        overlay.read(f"{folder}/kms/describe-key/{name}.json", described)


def _add_listed(overlay: Overlay, listing: Listing, folder: str, name: str, document: Json) -> None:
    """A policy that stands in the list of the resources."""
    path = f"{folder}/{listing.service}/{listing.operation}.json"
    rows = overlay.read(path, {listing.rows: []})[listing.rows]
    index = next((i for i, one in enumerate(rows) if all(one.get(m) == name for m in listing.name)), None)
    if index is None:
        index = len(rows)
        rows.append({**dict.fromkeys(listing.name, name), **({listing.arn: overlay.resource} if listing.arn else {})})
        if listing.operation == "get-rest-apis":
            overlay.read(f"{folder}/apigateway/get-authorizers/{name}.json", {"items": []})
    rows[index][listing.policy] = json.dumps(document)
    overlay.places[path, f"$.{listing.rows}[{index}].{listing.policy}"] = "resource"


def _row_of(text: str, arn: Arn) -> tuple[Row, str]:
    """The kind of a resource by its ARN, and the name that its files have."""
    found = []
    for row in ROWS:
        values = {"partition": arn.partition, "region": arn.region, "account": arn.account, "name": "\0"}
        start, _, _ = row.arn.format(**values).partition("\0")
        if text.startswith(start):
            name = text.removeprefix(start)
            is_stream = row.kind == "table-stream" and "/stream/" in name
            found.append(((len(start), is_stream), row, name))
    if not found:
        raise OverlayError(f"resources of {quote(arn.service)} have no policy that is modelled: {text}")
    _, row, name = max(found, key=itemgetter(0))
    if row.ending:
        name = name[: -len(row.ending)] if len(name) > len(row.ending) else name
    elif row.kind == "function":
        name = name.partition(":")[0]
    elif row.files == "[^/]+" or row.kind == "stream":
        name = name.partition("/")[0]
    return row, name.replace(row.separator, "/") if row.separator != "/" else name
