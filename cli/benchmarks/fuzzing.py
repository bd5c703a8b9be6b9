"""What an execution of the fuzzer goes into: libFuzzer, the harness, the two sides."""

from collections.abc import Mapping

from cli.benchmarks.case import Group, Report, Table, at_most, duration, times
from cli.benchmarks.measure import MeasureError
from fuzz.throughput import Stage, measure

WAYS = {
    "not instrumented": (),
    "impl instrumented": ("--instrumented",),
    "impl instrumented, records by chance": ("--instrumented", "--chance"),
}
"""What is measured, and the options of `fuzz.throughput` that do it."""

QUICK = ("--rounds=1", "--most=6")
MOST_FOR_DECODING = 0.05
MOST_FOR_HARNESS = 0.2


def name_of(stage: Stage, how: str) -> str:
    """What the figure of a stage is called."""
    return f"{stage.value}, {how}"


def measured(quick: bool) -> Mapping[str, float]:
    """Seconds of an execution at each stage, in each way. Raises MeasureError."""
    figures = {}
    for how, options in WAYS.items():
        try:
            stages = measure(*options, *(QUICK if quick else ()))
        except RuntimeError as error:
            raise MeasureError(str(error)) from error
        figures.update({name_of(stage, how): one for stage, one in stages.items()})
    return figures


def report(figures: Mapping[str, float]) -> Report:
    """Ratios to the empty target, executions a second, and the shares of a whole execution."""
    tables, goals = [], []
    for how in WAYS:
        seconds = {stage: figures[name_of(stage, how)] for stage in Stage}
        empty, whole = seconds[Stage.EMPTY], seconds[Stage.STATISTICS]
        decoding = (seconds[Stage.DECODE] - empty) / whole
        harness = (seconds[Stage.HARNESS] - empty + whole - seconds[Stage.ORACLE]) / whole
        for what, share, most in (
            ("decoding", decoding, MOST_FOR_DECODING),
            ("the harness: decoding, the oracle and statistics", harness, MOST_FOR_HARNESS),
        ):
            goals.append(at_most(f"{what}, part of an execution, {how}", share, most))
        rows = tuple(
            (
                stage.value,
                duration(one),
                f"{1 / one:,.0f}",
                times(one / empty),
                f"{one / whole:.1%}",
            )
            for stage, one in seconds.items()
        )
        columns = (how, "execution", "a second", "time, empty = 1", "of an execution")
        tables.append(Table(columns, rows))
    return Report(tuple(tables), tuple(goals), (NOTE,))


NOTE = (
    "The last row is what decoding and the oracle take by themselves: both sides are played back "
    "from what they answered before, which takes time too, so that it is rather too much. What "
    "the row of the oracle takes beyond it is the model and the implementation: their operations, "
    "and the views, sections and look-ups that the oracle asks them for after each. Statistics "
    "are counted in what the harness takes. Coverage steers by the implementation: the model, the "
    "oracle and the codec are never instrumented."
)

GROUP = Group(
    name="fuzzing",
    title="An execution of the fuzzer",
    question=(
        "Inputs are the scenarios of the regression corpus as bytes, each in turn, or as many "
        "records by chance as a fuzzer begins with. An empty target of atheris does nothing with "
        "them; the next decodes; then the operations are carried out on `impl`, and on `model` as "
        "well; then the oracle compares; and with the statistics it is an execution of the "
        "fuzzer. All stages take turns in one process, so that the ratios are of one run; "
        "libFuzzer mutates inputs and looks at coverage meanwhile. Times are medians of nine "
        "rounds."
    ),
    cases=(),
    report=report,
    together=measured,
)
