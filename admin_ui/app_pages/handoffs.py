"""Conversations that wait for a person: take one over, talk, give it back."""

from __future__ import annotations

import streamlit as st

from admin_ui.components.live_chat import draw_chat
from admin_ui.components.notices import empty, show_flash, shown_errors
from admin_ui.components.texts import plain, when
from admin_ui.review.clients.gateway import Handoff
from admin_ui.session import Here, here

CHOSEN = "handoff"
LIVE_S = 2.0


def main() -> None:
    now = here()
    st.title("Live handoffs")
    show_flash()
    waiting, chat = st.columns([1, 1.7], gap="medium")
    with waiting:
        _waiting(now)
    with chat:
        _chat(now)


@st.fragment(run_every=LIVE_S)
def _waiting(now: Here) -> None:
    with shown_errors():
        found = now.services.gateway.handoffs()
        if not found:
            empty("Nobody waits", "A conversation appears here when a shopper asks for a person.", icon="support_agent")
        for handoff in found:
            _card(now, handoff)


def _card(now: Here, handoff: Handoff) -> None:
    is_chosen = st.session_state.get(CHOSEN) == handoff.conversation_id
    with st.container(border=True, key=f"handoff_{handoff.conversation_id}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            if handoff.operator is None:
                st.badge("Waits", color="red", icon=":material/hourglass_top:")
            else:
                mine = handoff.operator == now.account.name
                st.badge("Yours" if mine else plain(handoff.operator), color="green" if mine else "gray")
            st.caption(f"since {when(handoff.since)}" if handoff.since else "", width="content")
        last = next(
            (line.text for line in reversed(handoff.last_lines) if line.author == "shopper" and line.text), None
        )
        st.markdown(f"“{plain(last)}”" if last else "*no words yet*")
        st.caption(" · ".join(plain(part) for part in (handoff.ticket_id, handoff.reason) if part))
        label = "Open" if not is_chosen else "Is open"
        if st.button(label, key=f"open_{handoff.conversation_id}", disabled=is_chosen, width="stretch"):
            st.session_state[CHOSEN] = handoff.conversation_id
            st.rerun()


def _chat(now: Here) -> None:
    conversation_id = st.session_state.get(CHOSEN)
    if not conversation_id:
        empty("No conversation open", "Open one on the left to read it and take it over.", icon="chat")
        return
    draw_chat(now, conversation_id)


main()
