"""The formats of the report: pages, the JSON form and its schema."""

import json
from dataclasses import fields, replace
from pathlib import Path

import jsonschema
import pytest

from auditctl.report import FORMATS, Report, Surface, json_text, rich_text
from auditctl.report.json_schema import report_schema, report_schema_text
from auditctl.report.json_text import to_json
from auditctl.report.model import (
    FORMAT,
    Account,
    Assumption,
    ClaimReport,
    ControlReport,
    Counts,
    CrossCheck,
    Disagreement,
    LedgerEntry,
    Line,
    Outcome,
    Requirements,
    SecondOpinion,
    Severity,
    SnapshotInfo,
    Waiver,
    count,
)
from auditctl.report.page import MAX_LINES, Page, printable
from auditctl.report.rich_text import MAX_DETAILED, MAX_NAMED, MAX_OPEN_CLAIMS


def claim(outcome: Outcome, number: int = 0, **changes: object) -> ClaimReport:
    plain = ClaimReport(
        target=f"arn:aws:s3:::b{number}",
        kind="bucket",
        name=f"b{number}",
        account="111122223333",
        words="some request is allowed",
        outcome=outcome,
        decided=Outcome.VIOLATED if outcome is Outcome.WAIVED else outcome,
        waiver=Waiver(owner="web", reason="a website", expires="2027-01-01") if outcome is Outcome.WAIVED else None,
        reasons=("it is not known",) if outcome is Outcome.INCONCLUSIVE else (),
        witness=None,
        causes=None,
        path=(),
        flow=None,
        hosts=(),
        explanation=(),
        assumptions=(),
        refused="",
    )
    return replace(plain, **changes)  # type: ignore[arg-type]  # the fields of a claim


def control(name: str, *claims: ClaimReport, severity: Severity = Severity.HIGH) -> ControlReport:
    return ControlReport(
        id=name,
        title=f"Title of {name}",
        severity=severity,
        rationale="It matters.",
        remediation="Mend it.",
        requirements=(Requirements(framework="cis", ids=("1.1", "1.2")),),
        counts=count(c.outcome for c in claims),
        claims=claims,
    )


def report(*controls: ControlReport, **changes: object) -> Report:
    plain = Report(
        format=FORMAT,
        tool="auditctl 0",
        snapshot=SnapshotInfo(time="2026-11-02T09:00:00Z", accounts=(Account(id="111122223333", name="acme"),)),
        partial=False,
        not_asked=(),
        exit_code=0,
        counts=count(c.outcome for one in controls for c in one.claims),
        controls=controls,
        ledger=(),
        assumptions=(),
        cross_check=None,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]  # the fields of a report


EVERYTHING = report(
    control("a", *[claim(o, i) for i, o in enumerate(Outcome)]),
    partial=True,
    ledger=(LedgerEntry(where="f.json", reason="not modelled", may="allow"),),
    assumptions=(Assumption(id="export", words="it is true", claims=4),),
    cross_check=CrossCheck(
        solvers=(SecondOpinion(solver="z3", agreed=3, unknown=1, disagreed=1),),
        not_compared=2,
        disagreements=(
            Disagreement(control="a", target="t", side="wide", ours="unsat", solver="z3", theirs="sat", file="x.smt2"),
        ),
    ),
)


# JSON.


def test_the_schema_file_is_the_schema() -> None:
    file = Path(__file__).parent.parent / "auditctl/report/report.schema.json"
    assert file.read_text(encoding="utf-8") == report_schema_text()


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(report_schema())


def test_a_report_fits_the_schema_and_has_every_member() -> None:
    found = json.loads(json_text(EVERYTHING, Surface()))
    jsonschema.Draft202012Validator(report_schema()).validate(found)
    assert list(found) == [f.name for f in fields(Report)]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda r: r.pop("counts"),
        lambda r: r.update(format="auditctl-report/3"),
        lambda r: r["controls"][0].update(severity="huge"),
        lambda r: r["controls"][0]["claims"][0].update(outcome="fine"),
        lambda r: r["controls"][0]["claims"][0].update(reasons="none"),
    ],
)
def test_what_is_no_report_does_not_fit_the_schema(spoil: object) -> None:
    found = json.loads(json_text(EVERYTHING, Surface()))
    spoil(found)  # type: ignore[operator]  # a function of the table
    assert not jsonschema.Draft202012Validator(report_schema()).is_valid(found)


def test_the_json_is_ascii_and_the_same_again() -> None:
    text = json_text(report(control("a", claim(Outcome.HOLDS, words="\u00e4\U0001f600"))), Surface())
    assert text.isascii()
    assert text == json_text(report(control("a", claim(Outcome.HOLDS, words="\u00e4\U0001f600"))), Surface())


def test_what_is_no_part_of_a_report_is_refused() -> None:
    with pytest.raises(TypeError, match="set is no part of a report"):
        to_json(set())


# Text.


@pytest.mark.parametrize("width", [60, 80, 109, 110, 120])
def test_the_text_is_ascii_and_keeps_to_the_width(width: int) -> None:
    text = rich_text(EVERYTHING, Surface(width=width))
    assert text.isascii()
    assert not [line for line in text.splitlines() if line != line.rstrip()]
    assert max(map(len, text.splitlines())) <= max(width, 76)


def test_colours_only_where_the_surface_has_them() -> None:
    assert "\x1b[" not in rich_text(EVERYTHING, Surface())
    assert "\x1b[1;31m" in rich_text(EVERYTHING, Surface(colours="standard"))


def test_the_parts_of_the_text() -> None:
    text = rich_text(EVERYTHING, Surface())
    for part in (
        "auditctl 0: 1 account exported at 2026-11-02T09:00:00Z\n111122223333 (acme)\n",
        "4 claims: 1 violated, 1 inconclusive, 1 waived, 1 holds\nInterrupted: this report is partial.\n",
        " 1        1       1      1\n         cis 1.1, 1.2\n",
        "VIOLATED  Title of a\na, high, 1 target; cis 1.1, 1.2\n\n  It matters.\n\n  arn:aws:s3:::b1\n",
        "    no request is allowed.\n",
        "  Remediation: Mend it.\n",
        "INCONCLUSIVE  What could not be settled, and the claims that hang on it\n\n  it is not known.\n",
        "WAIVED  Somebody answers for these\n\n  a on arn:aws:s3:::b3: violated\n    a website (web, until 2027-01-01)\n",
        "Second opinions\n  z3: 3 agree, 1 unknown, 1 disagree\n  2 questions not compared: our own search gave up\n",
        "  DISAGREEMENT a on t, wide side\n    ours: unsat; z3: sat; question: x.smt2\n",
        "- it is true (4 claims).\n- 1 part of the snapshot is not modelled;",
    ):
        assert part in text


def test_the_worst_control_comes_first() -> None:
    controls = [
        control("open", claim(Outcome.INCONCLUSIVE), severity=Severity.CRITICAL),
        control("fine", claim(Outcome.HOLDS), severity=Severity.CRITICAL),
        control("low", claim(Outcome.VIOLATED), severity=Severity.LOW),
        control("one", claim(Outcome.VIOLATED)),
        control("two", claim(Outcome.VIOLATED), claim(Outcome.VIOLATED, 1)),
        control("none", severity=Severity.LOW),
    ]
    text = rich_text(report(*controls), Surface())
    places = [text.index(f"Title of {name}") for name in ("two", "one", "low", "open", "fine", "none")]
    assert places == sorted(places)
    assert "Title of none (no target)" in text


def test_claims_that_hang_on_one_reason_are_grouped_and_of_many_a_few_are_named() -> None:
    text = rich_text(report(control("a", *[claim(Outcome.INCONCLUSIVE, i) for i in range(30)])), Surface())
    assert text.count("it is not known") == 1
    assert text.count("      a on arn:aws:s3:::b") == MAX_OPEN_CLAIMS
    assert f"      and {30 - MAX_OPEN_CLAIMS} claims more\n" in text


def test_violations_with_one_explanation_share_it() -> None:
    claims = [claim(Outcome.VIOLATED, i, explanation=("nothing allows it",)) for i in range(3)]
    text = rich_text(report(control("a", *claims)), Surface())
    assert text.count("- nothing allows it.") == 1


def test_markup_and_control_sequences_of_the_input_are_text() -> None:
    evil = "[red]x[/red] :smile: \x1b[2J\u202e\r\n"
    text = rich_text(report(control("a", claim(Outcome.INCONCLUSIVE, reasons=(evil,)))), Surface())
    assert "[red]x[/red] :smile: \\x1b[2J\\u202e\\r" in text


def test_printable_reaches_every_part() -> None:
    found = printable(EVERYTHING)
    assert found == EVERYTHING
    changed = printable(report(control("\x07", claim(Outcome.HOLDS, target="\x08"))))
    assert changed.controls[0].id == "\\x07"
    assert changed.controls[0].claims[0].target == "\\x08"


def lines(number: int, deciding: set[int]) -> list[Line]:
    return [Line(number=i, text=f"line {i}", deciding=i in deciding) for i in range(1, number + 1)]


def test_a_short_statement_is_shown_in_full() -> None:
    page = Page(Surface())
    page.code(lines(MAX_LINES, {3}), indent=2)
    shown = page.text.splitlines()
    assert len(shown) == MAX_LINES
    assert shown[2] == "  >  3 | line 3"
    assert shown[3] == "     4 | line 4"


def test_a_long_statement_is_shown_by_its_deciding_lines() -> None:
    page = Page(Surface())
    page.code(lines(40, {20}), indent=0)
    assert page.text.splitlines() == [
        "   1 | line 1",
        "   2 | line 2",
        "   3 | line 3",
        "       ... 15 more lines",
        "  19 | line 19",
        "> 20 | line 20",
        "  21 | line 21",
        "       ... 18 more lines",
        "  40 | line 40",
    ]


def test_names_are_never_broken() -> None:
    page = Page(Surface(width=40))
    name = "arn:aws:iam::111122223333:role/" + "x" * 60
    page.paragraph(f"the role {name} is too long", indent=4)
    assert name in page.text


def test_the_formats() -> None:
    assert dict(FORMATS) == {"rich": rich_text, "json": json_text}
    assert count([Outcome.HOLDS, Outcome.WAIVED, Outcome.HOLDS]) == Counts(holds=2, waived=1)
    assert Counts(holds=2, waived=1).total == 3


def test_of_many_violations_some_are_explained_and_the_rest_named() -> None:
    claims = [claim(Outcome.VIOLATED, i, explanation=(f"reason {i}",)) for i in range(MAX_DETAILED + MAX_NAMED + 5)]
    text = rich_text(report(control("a", *claims)), Surface())
    assert text.count("- reason") == MAX_DETAILED
    assert f"  And {MAX_NAMED + 5} more targets:\n    arn:aws:s3:::b{MAX_DETAILED}\n" in text
    assert "    and 5 targets more\n" in text
