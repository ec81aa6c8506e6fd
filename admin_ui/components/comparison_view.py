"""Two versions on the test set: metrics with their change, and every message that changed sides."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from admin_ui.components.notices import shown_errors
from admin_ui.components.texts import percent
from admin_ui.review.comparison import MetricRow, metric_rows, test_set
from admin_ui.session import Here
from contract.nlu import Comparison, ComparisonItem

DONE = "comparison"
TABS = (("better", "Got better"), ("worse", "Got worse"), ("other", "Wrong before and after, differently"))
HEADLINES = ("intent_accuracy", "intent_macro_f1", "entity_f1")


def draw_comparison(here: Here, old: str, new: str, *, wanted: bool) -> None:
    """Compares where ``wanted``, and shows the last comparison of these two."""
    if wanted:
        with shown_errors():
            examples = test_set(Path(here.services.settings.data_dir))
            with st.spinner(f"Both versions read {len(examples)} messages of the test set …"):
                st.session_state[DONE] = here.services.nlu.compare(old, new, examples)
    found: Comparison | None = st.session_state.get(DONE)
    if found is None or (found.old, found.new) != (old, new):
        st.caption("Both versions are run on data/evaluation/test.yml, which no training sees.")
        return
    rows = metric_rows(found)
    _headlines(rows)
    with st.expander(f"All {len(rows)} metrics"):
        _metrics(rows)
    _changes(found)


def _headlines(rows: list[MetricRow]) -> None:
    chosen = [row for row in rows if row.metric in HEADLINES] or rows[:3]
    for column, row in zip(st.columns(max(1, len(chosen))), chosen, strict=True):
        change = None if row.change is None else f"{row.change * 100:+.2f} points"
        column.metric(_title(row.metric), percent(row.new), change, border=True, help=f"Old: {percent(row.old)}")


def _metrics(rows: list[MetricRow]) -> None:
    st.dataframe(
        [{"Metric": _title(r.metric), "Old": r.old, "New": r.new, "Change": r.change} for r in rows],
        hide_index=True,
        column_config={
            "Old": st.column_config.NumberColumn(format="%.4f"),
            "New": st.column_config.NumberColumn(format="%.4f"),
            "Change": st.column_config.NumberColumn(format="%+.4f"),
        },
    )


def _changes(found: Comparison) -> None:
    if not found.changes:
        st.info("Both versions understand every message of the test set the same way.", icon=":material/balance:")
        return
    by_verdict = {name: [item for item in found.changes if item.verdict == name] for name, _ in TABS}
    for tab, (name, _) in zip(
        st.tabs([f"{title} ({len(by_verdict[name])})" for name, title in TABS]), TABS, strict=True
    ):
        with tab:
            _items(by_verdict[name])


def _items(items: list[ComparisonItem]) -> None:
    if not items:
        st.caption("None.")
        return
    st.dataframe([_cells(item) for item in items], hide_index=True, row_height=36, column_config=_columns())


def _cells(item: ComparisonItem) -> dict[str, Any]:
    return {
        "Message": item.text,
        "Right": item.expected,
        "Old": item.old_intent,
        "Old %": item.old_confidence * 100,
        "New": item.new_intent,
        "New %": item.new_confidence * 100,
    }


def _columns() -> dict[str, Any]:
    share = st.column_config.NumberColumn(format="%.0f", width="small")
    return {"Message": st.column_config.TextColumn(width="large"), "Old %": share, "New %": share}


def _title(metric: str) -> str:
    return metric.replace("_", " ").capitalize().replace(" f1", " F1")
