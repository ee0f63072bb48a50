"""The table of what cannot be imported: it fits a terminal, and names stay whole."""

from hwgen.model.importers import Problem
from hwgen.report.problem_table import problem_lines

LONG = "/features/features.3/act_quant/export_handler/Quant_with_a_name_of_its_own_and_more"


def problem(node, reason="is odd", remedy="make it even", found="1 x 3, 4 bits signed"):
    return Problem(node, "Conv", found, reason, remedy)


def test_nodes_of_one_reason_stand_together_with_the_reason_once():
    problems = [problem("a"), problem("b", "is wide", "", ""), problem("/long/c")]
    assert problem_lines(problems) == [
        "  node     operator  found",
        "  a        Conv      1 x 3, 4 bits signed",
        "  /long/c  Conv      1 x 3, 4 bits signed",
        "    why     is odd",
        "    change  make it even",
        "  b        Conv",
        "    why     is wide",
    ]


def test_a_problem_of_the_whole_file_says_so():
    (_, row, *_) = problem_lines([Problem("", "", "float32", "is a float network", "")])
    assert row == "  (the whole file)            float32"


def test_no_line_is_wider_than_a_terminal_and_long_names_stay_whole():
    text = "many words that say why " * 20
    lines = problem_lines([problem(LONG[:70], text, text, text), problem(LONG, text, text, text)])
    assert all(len(line) <= 80 for line in lines if LONG not in line)
    assert f"  {LONG}" in lines
    assert f"  {LONG[:70]}" in lines
    assert (
        text.split() * 2
        == " ".join(
            line.replace("change", "").replace("why  ", "") for line in lines[-30:]
        ).split()[-200:]
    )


def test_names_of_many_lines_are_written_on_one():
    assert problem_lines([problem("a\nb")])[1].startswith(r"  a\nb  Conv")


def test_no_problems_are_no_lines():
    assert problem_lines([]) == []
