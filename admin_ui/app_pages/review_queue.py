"""Messages that deserve a look, those that say the same as one row."""

from __future__ import annotations

import streamlit as st

from admin_ui.components.label_editor import edit_label
from admin_ui.components.notices import empty, show_flash, shown_errors
from admin_ui.components.texts import when
from admin_ui.components.turn_card import draw_understanding, draw_words
from admin_ui.review import dialogue, queue
from admin_ui.review.queue import Group
from admin_ui.review.reasons import BY_NAME
from admin_ui.session import Here, here

PER_PAGE = 10


def main() -> None:
    now = here()
    st.title("Review queue")
    st.caption("Messages with a reason to look at them. One decision labels all that say the same.")
    show_flash()
    with shown_errors():
        _queue(now)


def _queue(now: Here) -> None:
    titles = {name: reason.title for name, reason in BY_NAME.items()}
    names = st.pills("Reasons", list(titles), format_func=titles.__getitem__, selection_mode="multi", key="q_reasons")
    wanted = tuple(names or ())
    with now.services.database.session() as session:
        many = queue.waiting(session, reasons=wanted)
        pages = max(1, -(-many // PER_PAGE))
        page = int(st.pagination(pages, key=f"q_page_{pages}")) - 1 if pages > 1 else 0
        groups = queue.groups(session, reasons=wanted, limit=PER_PAGE, offset=page * PER_PAGE)
    if not groups:
        empty(
            "Nothing waits",
            "New messages appear here when the bot was unsure or a shopper was not happy.",
            icon="done_all",
        )
        return
    st.caption(f"{many} decision{'s' if many != 1 else ''} to make, the most frequent first.")
    for group in groups:
        _row(now, group)


def _row(now: Here, group: Group) -> None:
    turn = group.turn
    with st.container(border=True, key=f"group_{turn.id}"):
        words, many = st.columns([5, 1], vertical_alignment="center")
        with words:
            draw_words(turn)
            draw_understanding(turn)
        many.metric("Messages", group.count)
        for reason in group.reasons:
            if reason.holds(turn):
                st.caption(f"{reason.says(turn)} {when(turn.at)}")
        with st.container(horizontal=True, vertical_alignment="center"):
            is_open = st.toggle("Decide", key=f"decide_{turn.id}")
            if st.button("Read the conversation", icon=":material/forum:", key=f"read_{turn.id}", type="tertiary"):
                st.switch_page("app_pages/conversation.py", query_params={"id": turn.conversation_id})
        if is_open:
            with shown_errors():
                with now.services.database.session() as session:
                    same = dialogue.same_count(session, turn)
                edit_label(now, turn, None, same=same)


main()
