"""A live conversation with a shopper, drawn again every two seconds."""

from __future__ import annotations

import streamlit as st

from admin_ui.components.notices import flash, shown_errors
from admin_ui.components.texts import answer, moment, plain, when
from admin_ui.review import audit
from admin_ui.review.clients.gateway import Chat, GatewayClient, Line, Note
from admin_ui.session import Here
from contract.wire import ShopclerkError

LIVE_S = 2.0
TEXT, NOTE_TEXT, NOT_SENT = "operator_text", "note_text", "not_sent"
REPLY, NOTE = "Reply", "Internal note"
HEIGHT, PHOTO_WIDTH = 460, 320
AVATARS = {"shopper": ":material/person:", "bot": ":material/smart_toy:", "agent": ":material/support_agent:"}


@st.fragment(run_every=LIVE_S)
def draw_chat(here: Here, conversation_id: str) -> None:
    """The conversation and what the operator can do in it."""
    with shown_errors():
        chat = here.services.gateway.chat(conversation_id)
        _head(here, conversation_id, chat)
        with st.container(height=HEIGHT, border=True, autoscroll=True, key="live_lines"):
            for entry in _in_order(chat):
                _note_line(entry) if isinstance(entry, Note) else _line(here, entry)
        problem = st.session_state.pop(NOT_SENT, None)
        if problem:
            st.error(plain(problem), icon=":material/error:")
        _write(here, conversation_id, may_reply=chat.handoff and chat.operator == here.account.name)


def _head(here: Here, conversation_id: str, chat: Chat) -> None:
    mine = chat.operator == here.account.name
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(_holder(chat, mine=mine), width="stretch")
        if not mine and st.button("Take over", type="primary", icon=":material/front_hand:", key="take"):
            here.services.gateway.take(conversation_id, operator=here.account.name)
            _note(here, "take over", conversation_id)
            st.rerun()
        if mine and chat.handoff and st.button("Give back to the bot", icon=":material/smart_toy:", key="release"):
            here.services.gateway.release(conversation_id, operator=here.account.name)
            _note(here, "give back", conversation_id)
            st.session_state.pop("handoff", None)
            flash("The bot has the conversation again.")
            st.rerun()


def _holder(chat: Chat, *, mine: bool) -> str:
    if not chat.handoff:
        return "The bot has this conversation."
    if mine:
        return "**You** have this conversation. The bot only listens."
    return (
        f"**{plain(chat.operator)}** has this conversation."
        if chat.operator
        else "This conversation **waits for a person**."
    )


def _in_order(chat: Chat) -> list[Line | Note]:
    return sorted([*chat.items, *chat.notes], key=lambda entry: moment(entry.at))


def _note_line(note: Note) -> None:
    said = f"{plain(note.text)}  \n:small[Internal note · {when(note.at)} · {plain(note.operator)}]"
    st.warning(said, icon=":material/lock:")


def _line(here: Here, line: Line) -> None:
    if line.author == "system":
        st.caption(answer(line.text or ""), text_alignment="center")
        return
    with st.chat_message("user" if line.author == "shopper" else "assistant", avatar=AVATARS.get(line.author)):
        if line.image_url:
            _photo(here, line.image_url)
        if line.text or not line.image_url:
            said = line.text or "no words"
            st.markdown(answer(said) if line.author == "bot" else plain(said))
        for card in line.cards or []:
            st.markdown(f":material/crop_landscape: {plain(str(card.get('title') or ''))}")
        if line.buttons:
            st.caption("Buttons: " + " · ".join(plain(str(button.get("title") or "")) for button in line.buttons))
        st.caption(when(line.at) + (f" · {plain(line.agent_name)}" if line.agent_name else ""))


def _photo(here: Here, image_url: str) -> None:
    try:
        st.image(_fetched(here.services.gateway, image_url), width=PHOTO_WIDTH)
    except ShopclerkError as error:
        st.caption(plain(error.message))


@st.cache_data(max_entries=20, ttl=600, show_spinner=False)
def _fetched(_gateway: GatewayClient, image_url: str) -> bytes:
    """Once, and not every two seconds."""
    return _gateway.photo(image_url)


def _write(here: Here, conversation_id: str, *, may_reply: bool) -> None:
    """One field, to the shopper or to other operators: which one it is stands on it."""
    kind = NOTE
    if may_reply:
        kind = st.segmented_control(
            "Write", [REPLY, NOTE], default=REPLY, required=True, key="write_as", label_visibility="collapsed"
        )
    st.chat_input(
        "Write to the shopper" if kind == REPLY else "Write an internal note (the shopper never sees it)",
        key=TEXT if kind == REPLY else NOTE_TEXT,
        max_chars=here.services.settings.max_text_length,
        on_submit=_send,
        args=(here, conversation_id, kind),
    )


def _send(here: Here, conversation_id: str, kind: str) -> None:
    text = str(st.session_state.get(TEXT if kind == REPLY else NOTE_TEXT) or "").strip()
    if not text:
        return
    gateway = here.services.gateway
    send = gateway.say if kind == REPLY else gateway.note
    try:
        send(conversation_id, operator=here.account.name, text=text)
    except ShopclerkError as error:
        st.session_state[NOT_SENT] = f"Not sent: “{text}”. {error.message}"


def _note(here: Here, action: str, about: str) -> None:
    with here.services.database.session() as session:
        audit.note(session, here.account.name, action, about)
