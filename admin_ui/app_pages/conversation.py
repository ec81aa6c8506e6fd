"""One conversation, turn by turn, with the chance to correct each message."""

from __future__ import annotations

import streamlit as st

from admin_ui.components.label_editor import edit_label
from admin_ui.components.notices import empty, show_flash, shown_errors
from admin_ui.components.texts import plain, when
from admin_ui.components.turn_card import draw_answers, draw_details, draw_understanding, draw_words
from admin_ui.review import dialogue
from admin_ui.review.decisions import newest_annotation
from admin_ui.review.dialogue import Exchange
from admin_ui.review.revealing import reveal
from admin_ui.review.tables import Turn
from admin_ui.session import Here, here


def main() -> None:
    conversation_id = st.query_params.get("id", "")
    st.page_link("app_pages/conversations.py", label="All conversations", icon=":material/arrow_back:")
    if not conversation_id:
        empty("No conversation chosen", "Go to all conversations and choose one.", icon="forum")
        return
    with shown_errors():
        _show(here(), conversation_id)


def _show(now: Here, conversation_id: str) -> None:
    with now.services.database.session() as session:
        conversation, exchanges = dialogue.load(session, conversation_id)
    st.title(f"Conversation of {when(conversation.started_at)}")
    holder = "a person has it" if conversation.with_person else "the bot has it"
    st.caption(
        f"Channel {conversation.channel} · last message {when(conversation.last_at)} · {holder} · "
        "personal data is replaced by stand-ins"
    )
    show_flash()
    for exchange in exchanges:
        _exchange(now, exchange)


def _exchange(now: Here, exchange: Exchange) -> None:
    turn = exchange.turn
    if turn is not None:
        with st.container(border=True, key=f"turn_{turn.id}"):
            with st.chat_message("user", avatar=":material/person:"):
                draw_words(turn)
                draw_understanding(turn)
            _reveal(now, turn)
            draw_details(exchange)
            if turn.kind != "button":
                _correct(now, turn)
    draw_answers(exchange)


def _reveal(now: Here, turn: Turn) -> None:
    if not turn.masked or not now.account.is_administrator:
        return
    is_wanted = st.button(
        "Show the personal data",
        icon=":material/visibility:",
        key=f"reveal_{turn.id}",
        type="tertiary",
        help="The audit log says who looked.",
    )
    if is_wanted:
        with shown_errors():
            words = reveal(now.services.database, now.services.tracker, turn.id, by=now.account)
            st.info(plain(words), icon=":material/visibility:")


def _correct(now: Here, turn: Turn) -> None:
    if not st.toggle("Correct or approve", key=f"edit_{turn.id}"):
        return
    with shown_errors():
        with now.services.database.session() as session:
            decided = newest_annotation(session, turn.id)
            same = dialogue.same_count(session, turn)
        edit_label(now, turn, decided, same=same)


main()
