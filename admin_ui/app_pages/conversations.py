"""All conversations, with filters."""

from __future__ import annotations

from typing import Any

import streamlit as st

from admin_ui.components.conversation_filter import choose_filter
from admin_ui.components.notices import empty, shown_errors
from admin_ui.components.texts import moment
from admin_ui.review import filters
from admin_ui.review.filters import Filter, Row
from admin_ui.session import Here, here

PER_PAGE = 25


def main() -> None:
    now = here()
    st.title("Conversations")
    with shown_errors():
        wanted = choose_filter(now)
        _table(now, wanted)


def _table(now: Here, wanted: Filter) -> None:
    with now.services.database.session() as session:
        many = filters.count(session, wanted)
        page = _page(many)
        rows = filters.find(session, wanted, limit=PER_PAGE, offset=page * PER_PAGE)
    if not rows:
        _nothing(wanted)
        return
    st.caption(f"{many} conversation{'s' if many != 1 else ''}. Choose a row to read it turn by turn.")
    chosen = st.dataframe(
        [_cells(row) for row in rows],
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        key=f"conversations_{page}",
        row_height=38,
        height="content",
        column_config=_columns(),
    )
    picked = chosen["selection"]["rows"]
    if picked and picked[0] < len(rows):
        st.switch_page("app_pages/conversation.py", query_params={"id": rows[picked[0]].id})


def _page(many: int) -> int:
    pages = max(1, -(-many // PER_PAGE))
    return int(st.pagination(pages, key=f"page_of_{pages}")) - 1 if pages > 1 else 0


def _nothing(wanted: Filter) -> None:
    if wanted == Filter():
        empty(
            "No conversations yet", "Open the web chat and say something: it appears here within seconds.", icon="forum"
        )
    else:
        empty("Nothing fits these filters", "Widen the dates or clear a filter.", icon="filter_alt_off")


def _cells(row: Row) -> dict[str, Any]:
    flags = [("Thumbs down", row.thumbs_down), ("Handed over", row.handoffs), ("Not understood", row.fallbacks)]
    return {
        "Last message": moment(row.last_at),
        "First words": row.opening,
        "Channel": row.channel,
        "Messages": row.messages,
        "Lowest confidence": None if row.lowest_confidence is None else row.lowest_confidence * 100,
        "Look at": [name if many == 1 else f"{name} × {many}" for name, many in flags if many],
    }


def _columns() -> dict[str, Any]:
    return {
        "Last message": st.column_config.DatetimeColumn(format="D MMM YYYY, HH:mm", width=140),
        "First words": st.column_config.TextColumn(width=245),
        "Channel": st.column_config.TextColumn(width=62),
        "Messages": st.column_config.NumberColumn(width=75),
        "Lowest confidence": st.column_config.ProgressColumn(min_value=0, max_value=100, format="%.0f %%", width=120),
        "Look at": st.column_config.ListColumn(width=180),
    }


main()
