"""From the bytes of a template to nodes. Untrusted."""

from auditctl.planned.cloudformation.json_text import parse_json_text
from auditctl.planned.cloudformation.nodes import Node, Table
from auditctl.planned.cloudformation.yaml_text import parse_yaml_text
from checkers.verdict import Unreadable

# What CloudFormation takes of a template in S3 (user guide, "Understand CloudFormation quotas").
MAX_BYTES = 1_048_576
# Deepest list or mapping. Templates that the CDK makes need about 20.
MAX_DEPTH = 60


def parse_text(data: bytes, file: str) -> Table:
    """The mapping that a template is. What begins with a brace is JSON, as in CloudFormation; anything else YAML."""
    if len(data) > MAX_BYTES:
        raise Unreadable(f"{file} has {len(data)} bytes, and CloudFormation takes templates of {MAX_BYTES}")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(f"byte {error.start} of {file} is not UTF-8") from None
    node: Node
    if text.lstrip(" \t\r\n").startswith("{"):
        node = parse_json_text(text, file, MAX_DEPTH)
    else:
        node = parse_yaml_text(text, file, MAX_DEPTH)
    if not isinstance(node, Table):
        raise Unreadable(f"{file} is no mapping, expected a template with `Resources`")
    return node
