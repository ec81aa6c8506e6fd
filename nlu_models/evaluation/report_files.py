"""The report of a version in its folder: as JSON, as text, and the confusion matrix as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from contract.nlu import Example
from contract.wire import dumps
from nlu_models.evaluation import confusion
from nlu_models.evaluation.comparing import predict
from nlu_models.evaluation.report import Report, as_markdown, evaluate
from nlu_models.inference.parser import Parser

REPORT_JSON, REPORT_TEXT, PICTURE = "report.json", "report.md", "confusion.png"


def write_report(
    folder: Path, validation: Sequence[Example], test: Sequence[Example], *, warnings: Sequence[str] = ()
) -> Report:
    """What the version in ``folder`` is worth on the test set, or on validation where there is none."""
    part, examples = ("test", test) if test else ("validation", validation)
    results = predict(Parser(folder, version="new"), examples)
    report = evaluate(examples, results, part=part, warnings=warnings)
    (folder / REPORT_JSON).write_text(dumps(report), encoding="utf-8")
    (folder / REPORT_TEXT).write_text(as_markdown(report), encoding="utf-8")
    confusion.draw([e.intent for e in examples], [r.intent.name for r in results], folder / PICTURE)
    return report
