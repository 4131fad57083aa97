"""What is cut out of answers: values that may be secrets. Their names stay.

User data of instances, strings of secrets, values of parameters and definitions of tasks are never asked for.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

CUT = "(cut by auditctl collect)"
_SOURCE = "Service.SourceConfiguration"

# By operation: the members whose values are cut. `[]` is each entry of a list, `*` each member of an object.
CUTS: Mapping[str, Sequence[str]] = {
    "apprunner/describe-service": (
        f"{_SOURCE}.CodeRepository.CodeConfiguration.CodeConfigurationValues.RuntimeEnvironmentVariables.*",
        f"{_SOURCE}.ImageRepository.ImageConfiguration.RuntimeEnvironmentVariables.*",
    ),
    "cloudformation/describe-stacks": (
        "Stacks.[].Parameters.[].ParameterValue",
        "Stacks.[].Parameters.[].ResolvedValue",
        "Stacks.[].Outputs.[].OutputValue",
    ),
    "codebuild/batch-get-projects": (
        "projects.[].environment.environmentVariables.[].value",
        "projects.[].source.buildspec",
        "projects.[].secondarySources.[].buildspec",
        "projects.[].webhook.secret",
    ),
    "ec2/describe-launch-template-versions": ("LaunchTemplateVersions.[].LaunchTemplateData.UserData",),
    "ec2/describe-vpn-connections": (
        "VpnConnections.[].CustomerGatewayConfiguration",
        "VpnConnections.[].Options.TunnelOptions.[].PreSharedKey",
    ),
    "elbv2/describe-listeners": ("Listeners.[].DefaultActions.[].AuthenticateOidcConfig.ClientSecret",),
    "elbv2/describe-rules": ("Rules.[].Actions.[].AuthenticateOidcConfig.ClientSecret",),
    "glue/get-dev-endpoints": ("DevEndpoints.[].Arguments.*",),
    "lambda/list-functions": ("Functions.[].Environment.Variables.*",),
    "lambda/list-versions-by-function": ("Versions.[].Environment.Variables.*",),
}


def names_of_cuts() -> list[str]:
    """The cuts as `snapshot.json` names them."""
    return [f"{operation}: {member}" for operation, members in CUTS.items() for member in members]


def cut(operation: str, answer: Mapping[str, Any]) -> None:
    """Cut the answer of an operation, in place."""
    for member in CUTS.get(operation, ()):
        *way, last = member.split(".")
        for holder in _places([answer], way):
            for name in list(holder) if last == "*" else [last]:
                if name in holder:
                    holder[name] = CUT


def _places(found: Sequence[Any], way: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The objects that a way leads to."""
    for step in way:
        if step == "[]":
            found = [entry for entries in found for entry in entries]
        else:
            found = [value[step] for value in found if value.get(step) is not None]
    yield from found
