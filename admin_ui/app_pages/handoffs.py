"""Conversations that wait for a person: take one over, talk, give it back."""

from __future__ import annotations

import streamlit as st

from admin_ui.components.live_chat import draw_chat
from admin_ui.components.notices import empty, flash, show_flash, shown_errors
from admin_ui.components.packet_view import draw_packet
from admin_ui.components.texts import ago, plain, when
from admin_ui.review.clients.gateway import Handoff, OpenTicket
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
        desk = now.services.gateway.desk()
        if not desk.handoffs:
            empty("Nobody waits", "A conversation appears here when a shopper asks for a person.", icon="support_agent")
        for handoff in desk.handoffs:
            _card(now, handoff)
        if desk.unanswered:
            st.subheader("Tickets that nobody answered", help="The shopper was told that an answer comes by e-mail.")
        for ticket in desk.unanswered:
            _ticket(now, ticket)


def _card(now: Here, handoff: Handoff) -> None:
    with st.container(border=True, key=f"handoff_{handoff.conversation_id}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            if handoff.operator is None:
                waited = f"Waits {ago(handoff.since)}" if handoff.since else "Waits"
                st.badge(waited, color="red", icon=":material/hourglass_top:")
            else:
                mine = handoff.operator == now.account.name
                st.badge("Yours" if mine else plain(handoff.operator), color="green" if mine else "gray")
            st.caption(f"since {when(handoff.since)}" if handoff.since else "", width="content")
        last = next(
            (line.text for line in reversed(handoff.last_lines) if line.author == "shopper" and line.text), None
        )
        st.markdown(f"“{plain(last)}”" if last else "*no words yet*")
        st.caption(" · ".join(plain(part) for part in (handoff.ticket_id, handoff.reason) if part))
        _open(handoff.conversation_id, key=f"open_{handoff.conversation_id}")


def _ticket(now: Here, ticket: OpenTicket) -> None:
    key = f"{ticket.conversation_id}_{ticket.since}"
    with st.container(border=True, key=f"ticket_{key}"):
        st.markdown(f"**{plain(ticket.ticket_id)}** · {plain(ticket.reason)}")
        st.caption(f"asked {when(ticket.since)} · {plain(ticket.ended_as)}")
        _open(ticket.conversation_id, key=f"read_{key}")
        help_text = "You wrote to the shopper by e-mail, or nothing is left to do."
        if st.button("Is answered", icon=":material/task_alt:", key=f"answered_{key}", help=help_text, width="stretch"):
            now.services.gateway.answered(ticket.conversation_id, operator=now.account.name)
            flash(f"Ticket {ticket.ticket_id} is answered.")
            st.rerun()


def _open(conversation_id: str, *, key: str) -> None:
    is_chosen = st.session_state.get(CHOSEN) == conversation_id
    if st.button("Is open" if is_chosen else "Open", key=key, disabled=is_chosen, width="stretch"):
        st.session_state[CHOSEN] = conversation_id
        st.rerun()


def _chat(now: Here) -> None:
    conversation_id = st.session_state.get(CHOSEN)
    if not conversation_id:
        empty("No conversation open", "Open one on the left to read it and take it over.", icon="chat")
        return
    draw_packet(now, conversation_id)
    draw_chat(now, conversation_id)


main()
