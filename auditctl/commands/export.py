"""`auditctl export`: proofs for other checkers."""

from pathlib import Path

import click

from auditctl.commands.options import FILE


@click.command("export")
@click.argument("bundle", type=FILE)
@click.argument("directory", type=FILE)
def command(bundle: Path, directory: Path) -> int:
    r"""Write the proofs of a BUNDLE into a new DIRECTORY, for other checkers.

    \b
    proof.cnf, proof.lrat  lrat-check proof.cnf proof.lrat; cake_lpr proof.cnf proof.lrat
    lemma-N.smt2           a counterexample to lemma clause N: z3 or cvc5 answer unsat
    question.smt2          the whole question
    index.json             each claim with its outcome, its folder and what each file is expected to give
    """
    from auditctl.exporting import export, make_folder
    from auditctl.output import say
    from auditctl.progress import progress
    from auditctl.subject import open_bundle

    subject, answers = open_bundle(bundle)
    make_folder(directory)
    with progress("exporting", len(subject.claims)) as advance:
        count = export(subject, answers, directory, advance)
    say(f"{count} claims: {directory / 'index.json'}")
    return 0
