"""Questions about packets: whether one gets from here to there, by what, or where it stops."""

from auditctl.trace.answer import FORMAT, Answer, TraceAnswer, Verdict
from auditctl.trace.question import Question, QuestionError
from auditctl.trace.run import Options, trace

__all__ = ["FORMAT", "Answer", "Options", "Question", "QuestionError", "TraceAnswer", "Verdict", "trace"]
