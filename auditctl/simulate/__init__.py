"""Concrete requests decided, with what decides each of them."""

from auditctl.simulate.answer import FORMAT, SimulateAnswer, Verdict
from auditctl.simulate.lines import Line
from auditctl.simulate.run import Options, simulate
from auditctl.simulate.simulator import Simulator

__all__ = ["FORMAT", "Line", "Options", "SimulateAnswer", "Simulator", "Verdict", "simulate"]
