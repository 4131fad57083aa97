"""What the project promises about itself: directions of imports, lists in documents, the package."""

import ast
import json
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path

import pytest

import auditctl
from auditctl import exit_codes
from auditctl.controls import load_controls, schema
from auditctl.controls.flow_schema import FLOW
from auditctl.controls.iam_words import PRINCIPAL_SELECTORS
from auditctl.controls.parameters import TYPES
from checkers import __main__ as checker
from checkers import limits
from checkers.cloud import access_point, control, holders, inventory, resource_policies, snapshot
from checkers.cloud.network.flow_control import ENTRY_NAMES, ENTRY_TAGS, WORDS
from checkers.kernel.refutation import RULES

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"


def sources(*packages: str) -> list[Path]:
    """The Python files of packages, relative to the root."""
    return sorted(p.relative_to(ROOT) for package in packages for p in (ROOT / package).rglob("*.py"))


def tree_of(path: Path) -> ast.Module:
    """The syntax of a file of the project."""
    return ast.parse((ROOT / path).read_text(encoding="utf-8"), path.as_posix())


def imported(tree: ast.AST) -> Iterator[str]:
    """The top-level names that a module imports, anywhere in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module.partition(".")[0] if node.module and not node.level else "a relative name"


def rows(document: str, heading: str) -> list[list[str]]:
    """The cells of the first table below a heading of a document."""
    text = (ROOT / document).read_text(encoding="utf-8")
    assert f"\n{heading}\n" in text, f"{document} has no heading {heading!r}"
    lines = text.split(f"\n{heading}\n", 1)[1].split("\n#", 1)[0].splitlines()
    first = next(i for i, line in enumerate(lines) if line.startswith("|"))
    table = []
    for line in lines[first + 2 :]:
        if not line.startswith("|"):
            break
        table.append([cell.strip() for cell in line.strip().strip("|").split(" | ")])
    assert table, f"{document} has no table below {heading!r}"
    return table


def column(document: str, heading: str) -> list[str]:
    """The words in code type of the first cells of a table."""
    return [word for cells in rows(document, heading) for word in re.findall(r"`([^`]+)`", cells[0])]


# Trust.


@pytest.mark.parametrize("path", sources("checkers"), ids=str)
def test_the_checker_imports_the_standard_library_and_itself(path: Path) -> None:
    assert set(imported(tree_of(path))) <= {*sys.stdlib_module_names, "checkers"}


@pytest.mark.parametrize("path", sources("auditctl"), ids=str)
def test_what_ships_imports_no_tests(path: Path) -> None:
    tests = {p.stem for p in (ROOT / "tests").glob("*.py")} | {"tests", "pytest", "hypothesis", "moto"}
    assert not set(imported(tree_of(path))) & tests


@pytest.mark.parametrize("path", sources("checkers", "auditctl"), ids=str)
def test_no_check_is_an_assert(path: Path) -> None:
    assert not [n.lineno for n in ast.walk(tree_of(path)) if isinstance(n, ast.Assert)], "python -O drops asserts"


@pytest.mark.parametrize("path", sources("checkers", "auditctl"), ids=str)
def test_only_main_catches_everything(path: Path) -> None:
    handlers = [n for n in ast.walk(tree_of(path)) if isinstance(n, ast.ExceptHandler)]
    broad = [h.lineno for h in handlers if h.type is None or {"Exception", "BaseException"} & names_in(h.type)]
    assert not broad or path.name == "__main__.py"
    assert len(broad) <= 1


def names_in(tree: ast.AST) -> set[str]:
    """The names that an expression mentions."""
    return {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}


def test_the_checker_runs_isolated_without_site_and_optimized() -> None:
    run = subprocess.run(
        [sys.executable, "-I", "-S", "-O", "-B", ROOT / "checkers"], capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr == "usage: python -m checkers BUNDLE\n"


# Limits.


def test_every_limit_is_documented_with_its_value() -> None:
    text = (ROOT / "checkers/README.md").read_text(encoding="utf-8")
    values = {name: value for name, value in vars(limits).items() if name.startswith("MAX_")}
    assert [name for name in values if f"`{name}`" not in text] == []
    assert set(re.findall(r"`(MAX_\w+)`", text)) <= values.keys()


# Lists in documents.


def reading_ids() -> set[str]:
    """The ids of open readings in the checker: the constant texts that are noted as readings."""
    found: set[str] = set()
    trees = [tree_of(path) for path in sources("checkers/cloud")]
    constants = {name: value for tree in trees for name, value in constants_of(tree).items()}
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and is_note(node.func):
                argument = node.args[0]
                if isinstance(argument, ast.Constant):
                    found.add(str(argument.value))
                elif isinstance(argument, ast.Name) and argument.id in constants:
                    found.add(constants[argument.id])
    return found


def constants_of(tree: ast.Module) -> dict[str, str]:
    """The texts that a module gives a name to."""
    return {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def is_note(function: ast.expr) -> bool:
    """Whether a call is `depends_on(...)` or `readings.add(...)`."""
    if not isinstance(function, ast.Attribute):
        return False
    return function.attr == "depends_on" or (function.attr == "add" and names_in(function.value) == {"readings"})


def test_the_readings_of_the_code_are_those_of_the_document() -> None:
    ids = reading_ids()
    assert {"star-crosses-colon", "federated-user", "scalar-on-set"} <= ids, "the code is not read as it should be"
    assert sorted(column("docs/divergences.md", "## Open readings")) == sorted(ids)


def test_every_reading_has_both_sides_and_a_source() -> None:
    assert all(len(cells) == 5 and all(cells) for cells in rows("docs/divergences.md", "## Open readings"))


@pytest.mark.parametrize(
    ("heading", "meanings"),
    [
        ("## auditctl check", exit_codes.CHECK),
        ("## auditctl verify", exit_codes.VERIFY),
        ("## auditctl controls test", exit_codes.TEST),
        ("## auditctl snapshot verify", exit_codes.SNAPSHOT_VERIFY),
        ("## auditctl snapshot diff", exit_codes.SNAPSHOT_DIFF),
    ],
)
def test_the_exit_codes_of_the_tool_are_documented(heading: str, meanings: dict[int, str]) -> None:
    documented = [(int(code), meaning) for code, meaning in rows("docs/exit-codes.md", heading)]
    assert documented == [(int(code), meaning) for code, meaning in meanings.items()]


def test_the_precedence_of_exit_codes_is_documented() -> None:
    codes = ", ".join(str(int(code)) for code in exit_codes.PRECEDENCE)
    assert f"the first of {codes} counts" in (DOCS / "exit-codes.md").read_text(encoding="utf-8")


def test_the_exit_codes_of_the_checker_are_documented() -> None:
    documented = {int(code): meaning for code, meaning in rows("docs/exit-codes.md", "## python -m checkers")}
    codes = {checker.EXIT_USAGE, checker.EXIT_UNREADABLE, checker.EXIT_BUG, *checker.EXIT_OF.values()}
    assert documented.keys() == codes
    assert all(documented[code].startswith(verdict.value) for verdict, code in checker.EXIT_OF.items())


def test_the_controls_that_ship_are_documented() -> None:
    documents = [c.document for c in load_controls([ROOT / "policies"])]
    listed = rows("docs/controls.md", "## Controls that come with auditctl")
    assert listed == [[f"`{d['id']}`", d["title"], d["for_each"], d["severity"]] for d in documents]


def test_the_changelog_counts_the_controls() -> None:
    count = len(list((ROOT / "policies").glob("*.yaml")))
    assert f" {count} controls " in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


REQUEST = list(schema.control_schema()["properties"]["require"]["properties"]["request"]["properties"])


@pytest.mark.parametrize(
    ("heading", "words"),
    [
        ("## Keys", [f.name for f in schema.CONTROL.fields]),
        ("## request", REQUEST),
        ("## flow", [f.name for f in FLOW.fields]),
        ("### Entries of a flow", [*WORDS, *ENTRY_NAMES, *ENTRY_TAGS, "cidr"]),
        ("## assume", control.FACTS),
        ("## tests", [f.name for f in schema.CASE.fields]),
    ],
)
def test_the_words_of_a_control_are_documented(heading: str, words: list[str]) -> None:
    assert sorted(column("docs/controls.md", heading)) == sorted(words)


def test_the_principals_of_a_control_are_documented() -> None:
    text = (DOCS / "controls.md").read_text(encoding="utf-8")
    assert [w for w in PRINCIPAL_SELECTORS if f"\n| `{w}` | " not in text] == []


def test_the_types_of_parameters_are_documented() -> None:
    listed = ", ".join(f"`{name}`" for name in TYPES)
    assert f"Types of parameters: {listed}." in (DOCS / "controls.md").read_text(encoding="utf-8")


def test_the_operations_that_are_read_are_documented() -> None:
    paths = [
        cells[0].strip("`").removesuffix(".json").split("/")
        for cells in rows("docs/snapshot.md", "## Operations that are read")
    ]
    bucket = {"Buckets": [{"Name": "b"}], "Owner": {"ID": "c"}}
    files = {"snapshot.json": SMALLEST, "111122223333/global/s3/list-buckets.json": json.dumps(bucket)}
    read = inventory.Inventory(snapshot.Snapshot({k: v.encode for k, v in files.items()})).read_paths()
    always = {tuple(p.removesuffix(".json").split("/")[2:4]) for p in read}
    assert {(p[2], p[3]) for p in paths} == always | WHERE_LISTED | resource_policies.OPERATIONS | holders.OPERATIONS


# What is read where something else says that it is there.
WHERE_LISTED = {
    ("ec2", "describe-vpc-endpoints"),
    *[
        ("organizations", o)
        for o in (
            "describe-effective-policy",
            "describe-policy",
            "list-accounts",
            "list-parents",
            "list-policies",
            "list-roots",
            "list-targets-for-policy",
        )
    ],
    ("s3", "get-object-acl"),
    *[
        ("s3control", o)
        for o in (
            *access_point.OPERATIONS,
            access_point.LIST_SEVERAL,
            access_point.GET_POLICY_SEVERAL,
        )
    ],
}


SMALLEST = json.dumps({"format": "auditctl-snapshot/1", "accounts": [{"id": "111122223333"}]})


def test_the_codes_of_facts_are_documented() -> None:
    table = {cells[0]: cells[1] for cells in rows("docs/snapshot.md", "## Facts")}
    assert set(re.findall(r"`(\w+)`", table["absent"])) == set(snapshot.ABSENT_CODES)
    assert set(re.findall(r"`(\w+)`", table["denied"])) == snapshot.DENIED_CODES


def test_the_lemma_rules_are_documented() -> None:
    assert sorted(column("docs/certificates.md", "## Two kinds of certificate")) == sorted(RULES)


def test_the_module_map_is_complete() -> None:
    listed = set(column("docs/architecture.md", "## checkers, in the order of reading"))
    assert listed == {p.relative_to("checkers").as_posix() for p in sources("checkers") if p.name != "__init__.py"}
    packages = {f"{p.parent.name}/" for p in (ROOT / "auditctl").glob("*/__init__.py")}
    modules = {p.name for p in (ROOT / "auditctl").glob("*.py") if p.name != "__init__.py"}
    assert set(column("docs/architecture.md", "## auditctl")) == packages | modules


def test_the_decisions_are_listed_and_say_what_they_cost() -> None:
    pages = sorted(p.name for p in (DOCS / "adr").glob("0*.md"))
    index = (DOCS / "adr/README.md").read_text(encoding="utf-8")
    assert re.findall(r"\((0\d{3}-[a-z-]+\.md)\)", index) == pages
    assert [p for p in pages if "## What it costs" not in (DOCS / "adr" / p).read_text(encoding="utf-8")] == []


def documents() -> list[Path]:
    """Every Markdown file of the project."""
    own = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")]
    return sorted([*own, ROOT / "checkers/README.md"])


@pytest.mark.parametrize("path", documents(), ids=lambda p: p.relative_to(ROOT).as_posix())
def test_links_within_the_project_lead_somewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    links = [link.partition("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in link]
    assert [link for link in links if link and not (path.parent / link).exists()] == []


# The package.


def test_pyproject_has_the_build_system_and_nothing_else() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        assert tomllib.load(file).keys() == {"build-system"}


def test_every_dependency_has_its_reason() -> None:
    metadata = ConfigParser()
    metadata.read(ROOT / "setup.cfg", encoding="utf-8")
    text = (DOCS / "adr/0002-dependencies.md").read_text(encoding="utf-8").lower()
    lines = (
        metadata["options"]["install_requires"].splitlines() + metadata["options.extras_require"]["cvc5"].splitlines()
    )
    names = [re.split(r"[<>=]", line)[0] for line in lines if line and not line.startswith("#")]
    assert names
    assert [name for name in names if name not in text] == []


def test_the_wheel_has_both_packages_and_their_data(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    copy.mkdir()
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    for path in shipped():
        (copy / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, copy / path)
    options = ["--no-deps", "--no-build-isolation", "--quiet", "--wheel-dir", tmp_path]
    run = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", *options, copy], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    (wheel,) = tmp_path.glob("auditctl-*.whl")
    assert f"-{auditctl.__version__}-py3-none-any" in wheel.name
    with zipfile.ZipFile(wheel) as archive:
        names = {n for n in archive.namelist() if not n.startswith(f"auditctl-{auditctl.__version__}.dist-info/")}
    assert names == {p.as_posix() for p in shipped()}


def shipped() -> Iterator[Path]:
    """The files that belong into the wheel."""
    for package in ("auditctl", "checkers"):
        for path in (ROOT / package).rglob("*"):
            if path.suffix in {".py", ".typed", ".json", ".yaml"} or path == ROOT / "checkers/README.md":
                yield path.relative_to(ROOT)
