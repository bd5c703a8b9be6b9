"""Exports: exactly what the proofs rest on, each file whole, and nobody's files in their way."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
import z3

from proofs.export import (
    CONTENTS,
    ExportError,
    check_place,
    read_contents,
    read_question,
    record,
    whole_folder,
    write_all,
    write_contents,
    write_theorem,
)
from proofs.proof import Limits, Proof, Verdict
from proofs.questions import answer
from proofs.runner import prove
from proofs.symbolic import SymBool
from proofs.theorem import Obligation, Package, Theorem
from proofs.theorems import THEOREMS
from proofs.theorems.clipping import THEOREMS as CLIPPING
from proofs.theorems.splitting import SPLIT

(CLIP,) = CLIPPING


def theorem_about(body: object) -> Theorem:
    return replace(THEOREMS[0], obligations=(Obligation("all of it", body),))  # type: ignore[arg-type]


def test_what_is_exported_is_what_is_proved(tmp_path: Path) -> None:
    """The digest of all that Z3 was told and asked is the same as that of the proof alone."""
    import model

    exported = write_theorem(CLIP.name, tmp_path)
    proof = prove(CLIP, model)
    assert exported.verdict is proof.verdict is Verdict.PROVED
    assert exported.formulas == proof.formulas
    claims = [script.queries for script in exported.scripts if "the claim" in script.about]
    assert sum(claims) == proof.effort.claims, "each claim that was made is in some file"
    assert {script.obligation for script in exported.scripts} == {
        obligation.name for obligation in CLIP.obligations
    }


def test_each_file_can_be_read_alone_and_has_no_solution(tmp_path: Path) -> None:
    exported = write_theorem(SPLIT.name, tmp_path)
    assert exported.scripts
    for script in exported.scripts:
        text = (tmp_path / script.file).read_text()
        assert text.startswith(f"; Theorem: {SPLIT.name}\n; Rules: ")
        solver = z3.Solver(ctx=z3.Context())
        solver.from_string(read_question(tmp_path / script.file))
        assert solver.check() == z3.unsat, script.file


def test_claims_branches_and_what_is_simplified_are_all_taken_down() -> None:
    def body(package: Package, proof: Proof) -> None:
        number = proof.integer("number", 3)
        if number > 2:
            proof.claim("it is positive", number > 0)
        if number == number + 1:
            raise AssertionError

    recorder, exported = record(theorem_about(body))
    assert exported.verdict is Verdict.PROVED
    assert [(note.about, note.queries) for note in recorder.notes.values()] == [
        ("a way that no values take", 1),
        ("that the claim 'it is positive' fails", 1),
        ("a way that no values take", 1),
    ]
    branch, claim, simplified = recorder.notes
    assert branch.count("assert") == 2
    assert claim.count("assert") == 3
    assert simplified.count("assert") == 1


def test_what_an_answer_is_simplified_to_is_taken_down() -> None:
    """An answer goes into later formulas in Z3's simpler form, whose meaning is a question too."""

    def body(package: Package, proof: Proof) -> None:
        number = proof.integer("number", 3)
        answered = answer(proof, lambda: number > 2 or number + 1 > 2)
        proof.claim("one of them", answered)

    recorder, _ = record(theorem_about(body))
    about = Counter(note.about for note in recorder.notes.values())
    assert about.pop("that the claim 'one of them' fails") == 1
    assert about.pop("that Z3's simpler form differs") >= 1
    assert not about
    for question in recorder.notes:
        solver = z3.Solver(ctx=z3.Context())
        solver.from_string(question)
        assert solver.check() == z3.unsat


def test_the_same_question_is_written_once_and_counted() -> None:
    def body(package: Package, proof: Proof) -> None:
        number = proof.integer("number", 3)
        for _ in range(4):
            proof.claim("it is positive", number > 0)

    recorder, exported = record(theorem_about(body))
    assert len(exported.scripts) == 1
    (note,) = recorder.notes.values()
    assert note.queries == 4


def test_a_theorem_that_is_not_proved_exports_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    poor = replace(SPLIT, limits=Limits(1, 1))
    monkeypatch.setattr("proofs.export.theorem_named", lambda name: poor)
    exported = write_theorem(SPLIT.name, tmp_path)
    assert exported.verdict is Verdict.INCONCLUSIVE
    assert exported.reason
    assert exported.scripts == ()
    assert list(tmp_path.iterdir()) == []


def export_to(folder: Path, theorem: Theorem) -> None:
    with whole_folder(folder) as new:
        write_contents(new, list(write_all([theorem], new, processes=1)))


def test_a_folder_says_what_is_in_it_and_is_the_same_each_time(tmp_path: Path) -> None:
    one, two = tmp_path / "deep" / "one", tmp_path / "two"
    export_to(one, SPLIT)
    export_to(two, SPLIT)
    (exported,) = read_contents(one)
    assert exported.theorem == SPLIT.name
    files = {str(path.relative_to(one)) for path in one.rglob("*") if path.is_file()}
    assert files == {script.file for script in exported.scripts} | {CONTENTS}
    for file in files:
        assert (one / file).read_bytes() == (two / file).read_bytes()


def test_an_earlier_export_is_replaced_as_a_whole(tmp_path: Path) -> None:
    folder = tmp_path / "export"
    folder.mkdir()
    export_to(folder, SPLIT)
    export_to(folder, CLIP)
    assert [exported.theorem for exported in read_contents(folder)] == [CLIP.name]
    assert not (folder / SPLIT.name).exists()
    assert list(tmp_path.iterdir()) == [folder]


def test_nothing_is_left_of_an_export_that_breaks_off(tmp_path: Path) -> None:
    folder = tmp_path / "export"

    def break_off() -> None:
        with whole_folder(folder) as new:
            (new / "half").write_text("a file")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        break_off()
    assert list(tmp_path.iterdir()) == []
    export_to(folder, CLIP)
    with pytest.raises(KeyboardInterrupt):
        break_off()
    assert [exported.theorem for exported in read_contents(folder)] == [CLIP.name]


def test_a_folder_with_files_of_others_is_refused_and_kept(tmp_path: Path) -> None:
    mine = tmp_path / "notes.txt"
    mine.write_text("of mine")
    with pytest.raises(ExportError, match="is no export"):
        check_place(tmp_path)
    folder = tmp_path / "export"
    export_to(folder, CLIP)
    check_place(folder)
    (folder / "notes.txt").write_text("of mine")
    with pytest.raises(ExportError, match=r"files of others, as notes\.txt"), whole_folder(folder):
        pass
    assert (folder / "notes.txt").read_text() == "of mine"
    with pytest.raises(ExportError, match="cannot write"), whole_folder(mine / "below"):
        pass


def test_a_file_without_a_question_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "0001.smt2"
    with pytest.raises(ExportError, match="0001"):
        read_question(file)
    file.write_text("(check-sat)")
    with pytest.raises(ExportError, match="set-logic"):
        read_question(file)


def test_no_stand_in_is_left_in_what_a_claim_says() -> None:
    """A claim's negation is a formula of the path that it is made on."""

    def body(package: Package, proof: Proof) -> None:
        flag = proof.boolean("flag")
        assert isinstance(flag, SymBool)
        proof.claim("one of them", flag | (flag == False))  # noqa: E712

    recorder, _ = record(theorem_about(body))
    (question,) = recorder.notes
    assert "declare-fun flag () Bool" in question
