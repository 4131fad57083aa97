"""Controls: strict YAML, parameters, waivers and the tests that a control carries."""

from auditctl.controls.cases import Case, CaseError, write_case
from auditctl.controls.errors import (
    ControlError,
    ParameterError,
    WaiverError,
    YamlError,
)
from auditctl.controls.load import Control, load_control, load_controls
from auditctl.controls.parameters import (
    Overrides,
    make_overrides,
    parse_assignments,
    read_parameters,
)
from auditctl.controls.schema import control_schema, control_schema_text
from auditctl.controls.waivers import Waiver, Waivers, read_waivers

__all__ = [
    "Case",
    "CaseError",
    "Control",
    "ControlError",
    "Overrides",
    "ParameterError",
    "Waiver",
    "WaiverError",
    "Waivers",
    "YamlError",
    "control_schema",
    "control_schema_text",
    "load_control",
    "load_controls",
    "make_overrides",
    "parse_assignments",
    "read_parameters",
    "read_waivers",
    "write_case",
]
