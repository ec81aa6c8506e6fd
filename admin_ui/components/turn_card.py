"""One exchange of a conversation: what the shopper wrote, what the bot understood and did, and its answer."""

from __future__ import annotations

import html
from typing import Any

import streamlit as st

from admin_ui.components.colours import colour_of
from admin_ui.components.texts import answer, percent, plain, when
from admin_ui.review.dialogue import Exchange
from admin_ui.review.reasons import reasons_of
from admin_ui.review.tables import Step, Turn

BY = {
    "transformer": "transformer",
    "local": "local fallback",
    "button": "a button",
    "nobody": "nobody: a person had it",
}
STEP_ICONS = {"action": "bolt", "slot": "label", "form": "assignment", "handoff": "support_agent", "session": "flag"}


def draw_words(turn: Turn) -> None:
    """The shopper's words with the entities that were understood."""
    st.html(f'<div style="font-size:1.08rem;line-height:1.9">{_marked(turn.text, turn.entities)}</div>')


def draw_understanding(turn: Turn) -> None:
    """Intent, confidence, who understood it, and why it should be looked at."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if turn.intent:
            st.badge(turn.intent, icon=":material/psychology:", color="orange" if turn.is_fallback else "green")
            st.caption(
                f"**{percent(turn.confidence)}** by {BY.get(turn.understood_by or '', 'unknown')}", width="content"
            )
        else:
            st.badge("said to a person", icon=":material/support_agent:", color="blue")
        for reason in reasons_of(turn):
            st.badge(reason.title, icon=":material/flag:", color="red", help=reason.says(turn))
        if turn.feedback == 1:
            st.badge("Thumbs up", icon=":material/thumb_up:", color="blue")
        if turn.label:
            st.badge(turn.label.capitalize(), icon=":material/done_all:", color="violet")


def draw_details(exchange: Exchange) -> None:
    """The ranking, the entities, and what was done; folded away."""
    turn = exchange.turn
    if turn is None or not (turn.ranking or exchange.doings):
        return
    many = len(exchange.doings)
    with st.expander(f"What the bot understood and did ({many} step{'' if many == 1 else 's'})"):
        left, right = st.columns(2)
        with left:
            _ranking(turn)
        with right:
            _doings(exchange.doings)
        st.caption(f"Model version {turn.model_version or 'unknown'} · message {turn.id} · {when(turn.at)}")


def draw_answers(exchange: Exchange) -> None:
    """What the bot or a person said."""
    for step in exchange.answers:
        is_person = step.kind == "operator"
        avatar = ":material/support_agent:" if is_person else ":material/smart_toy:"
        with st.chat_message("assistant", avatar=avatar):
            if is_person and step.detail.get("operator"):
                st.caption(plain(str(step.detail["operator"])))
            if step.text:
                st.markdown(plain(step.text) if is_person else answer(step.text))
            for card in step.detail.get("cards", []):
                st.markdown(f":material/crop_landscape: {plain(card)}")
            if step.detail.get("buttons"):
                st.caption("Buttons: " + " · ".join(plain(title) for title in step.detail["buttons"]))
            if step.detail.get("source"):
                st.caption(f"Source: {plain(step.detail['source'])}")


def _ranking(turn: Turn) -> None:
    if not turn.ranking:
        return
    st.markdown("**Intents**")
    for row in turn.ranking[:4]:
        share = min(max(float(row["confidence"]), 0.0), 1.0)
        st.progress(share, text=f"{row['name']} · {percent(share)}")
    if turn.out_of_scope_score is not None:
        st.caption(f"Out-of-scope score {turn.out_of_scope_score:.2f}")
    if turn.entities:
        st.markdown("**Entities**")
        st.dataframe(
            [{"Entity": e["entity"], "Words": e["text"], "Value": str(e["value"])} for e in turn.entities],
            hide_index=True,
        )


def _doings(steps: list[Step]) -> None:
    st.markdown("**Steps**")
    if not steps:
        st.caption("None.")
    for step in steps:
        st.markdown(f":material/{STEP_ICONS.get(step.kind, 'circle')}: {_sentence(step)}")


def _sentence(step: Step) -> str:
    name = f"`{step.text.replace('`', '')}`"
    if step.kind == "action":
        return f"Action {name} **failed**" if step.detail.get("failed") else f"Action {name}"
    if step.kind == "slot":
        value = step.detail.get("value")
        return f"Slot {name} emptied" if value is None else f"Slot {name} = {plain(str(value))}"
    if step.kind == "form":
        return f"Form {name} begins" if step.text else "The form ends"
    if step.kind == "handoff":
        return "The bot has the conversation again"
    return "A new session begins"


def _marked(text: str, entities: list[dict[str, Any]]) -> str:
    """HTML of the text with its entities; everything from outside is escaped."""
    parts, place = [], 0
    for entity in sorted(entities, key=lambda e: e["start"]):
        if entity["start"] < place:
            continue
        parts.append(html.escape(text[place : entity["start"]]))
        colour = colour_of(entity["entity"])
        parts.append(
            f'<mark style="background:{colour};color:#1b2733;padding:.15rem .3rem;border-radius:.3rem">'
            f"{html.escape(text[entity['start'] : entity['end']])} "
            f'<small style="opacity:.7">{html.escape(entity["entity"])}</small></mark>'
        )
        place = entity["end"]
    return "".join([*parts, html.escape(text[place:])]) or "<i>no words</i>"
