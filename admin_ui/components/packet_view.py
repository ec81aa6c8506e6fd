"""The packet for the person: who the shopper is, what they wanted, what the bot tried, how it ended."""

from __future__ import annotations

import streamlit as st

from admin_ui.components.notices import shown_errors
from admin_ui.components.texts import plain, when
from admin_ui.review import packet
from admin_ui.review.clients.gateway import Chat
from admin_ui.review.packet import Packet
from admin_ui.review.revealing import reveal
from admin_ui.session import Here

COLOURS = {
    packet.ANSWERED: "green",
    packet.NOT_UNDERSTOOD: "orange",
    packet.NOTHING: "orange",
}


@st.fragment
def draw_packet(here: Here, conversation_id: str) -> None:
    """Drawn when the conversation is opened, not every two seconds: what was revealed stays until then."""
    with shown_errors(), st.container(border=True, key="packet"):
        chat = here.services.gateway.chat(conversation_id)
        with here.services.database.session() as session:
            found = packet.load(session, conversation_id)
        _who(chat)
        _why(chat, found)
        for wish in found.wishes:
            _wish(wish)
        if found.wishes:
            st.caption("In these words personal data is replaced by stand-ins.")
        if found.entities:
            named = " · ".join(f"{packet.title(kind)}: {plain(value)}" for kind, value in found.entities)
            st.caption(f"Named: {named}")
        _reveal(here, found)


def _who(chat: Chat) -> None:
    shopper = chat.shopper
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if shopper.customer_id and shopper.verified_at:
            st.badge("Verified", icon=":material/verified_user:", color="green")
            st.caption(f"customer {plain(shopper.customer_id)} since {when(shopper.verified_at)}", width="content")
        elif shopper.identified_orders:
            st.badge("Order details matched", icon=":material/badge:", color="blue")
        else:
            st.badge("Not verified", icon=":material/no_accounts:", color="gray")
        for order in shopper.identified_orders:
            st.badge(plain(order), icon=":material/package_2:", color="violet", help="The shopper proved this order.")


def _why(chat: Chat, found: Packet) -> None:
    parts = [f"Ticket **{plain(chat.ticket_id)}**"] if chat.ticket_id else []
    parts += [f"reason: {plain(chat.reason)}"] if chat.reason else []
    st.markdown(" · ".join([*parts, plain(found.ended)]))
    if found.orders and not chat.shopper.identified_orders:
        st.caption(f"Order spoken of last: {plain(found.orders[-1])} (a stand-in)")


def _wish(wish: packet.Wish) -> None:
    colour = COLOURS.get(wish.outcome, "red")
    tried = f" :gray[tried: {' · '.join(plain(name) for name in wish.tried)}]" if wish.tried else ""
    st.markdown(f":{colour}-badge[{wish.outcome.capitalize()}] **{plain(wish.title)}** “{plain(wish.words)}”{tried}")


def _reveal(here: Here, found: Packet) -> None:
    if not found.wishes or not here.account.is_administrator:
        return
    is_wanted = st.button(
        "Show the personal data",
        icon=":material/visibility:",
        key="reveal_packet",
        type="tertiary",
        help="The audit log says who looked.",
    )
    if is_wanted:
        for turn_id in (turn_id for wish in found.wishes for turn_id in wish.turn_ids):
            with shown_errors():
                words = reveal(here.services.database, here.services.tracker, turn_id, by=here.account)
                st.info(plain(words), icon=":material/visibility:")
