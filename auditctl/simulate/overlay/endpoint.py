"""The VPC endpoint that a request goes through, with the policy that the request brings.

Untrusted.
"""

import json

from auditctl.simulate.overlay.files import Overlay
from auditctl.simulate.overlay.resource import REGION
from checkers.strict_json import Json


def add_endpoint(overlay: Overlay, document: Json, kind: str, service: str, name: str) -> None:
    """The policy of the VPC endpoint that the request goes through."""
    path = f"{overlay.account}/{REGION}/ec2/describe-vpc-endpoints.json"
    rows = overlay.read(path, {"VpcEndpoints": []})["VpcEndpoints"]
    rows[:] = [row for row in rows if row.get("VpcEndpointId") != name]
    rows.append({
        "VpcEndpointId": name,
        "VpcEndpointType": kind,
        "ServiceName": f"com.amazonaws.{REGION}.{service}",
        "State": "available",
        "PolicyDocument": json.dumps(document),
    })
    overlay.places[path, f"$.VpcEndpoints[{len(rows) - 1}].PolicyDocument"] = "endpoint"
