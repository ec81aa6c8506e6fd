"""Decides about one message: the right intent, its entities, approve, leave out, take back."""

from __future__ import annotations

from typing import Any

import streamlit as st

from admin_ui.components.notices import flash, shown_errors
from admin_ui.components.span_marker import mark_spans
from admin_ui.review.tables import Annotation, Turn
from admin_ui.review.training.labels import Label, Labels
from admin_ui.session import Here


@st.cache_data(ttl=20, show_spinner=False, hash_funcs={Here: lambda here: here.services.settings.data_dir})
def labels(here: Here) -> Labels:
    """The labels that exist, read again every few seconds.

    Raises:
        InvalidInput: a training file cannot be read.
    """
    return here.services.decisions.labels()


def edit_label(here: Here, turn: Turn, decided: Annotation | None, *, same: int = 1) -> None:
    """The form for ``turn``. ``same`` messages say the same and get the same label."""
    known = labels(here)
    if not known.intents:
        st.warning("There is no training data in data/nlu, so there is no intent to choose.", icon=":material/error:")
        return
    intent = _choose_intent(turn, decided, known)
    spans = _choose_spans(turn, decided, known)
    if decided is not None and decided.state == "approved":
        text = here.services.decisions.example_text(decided)
        st.caption(f":material/bolt: {here.services.corrections.says(text)}")
    if same > 1:
        st.caption(f":material/content_copy: {same} messages say the same: all of them get this label.")
    with st.container(horizontal=True):
        if st.button("Approve", type="primary", icon=":material/check:", key=f"approve_{turn.id}", disabled=not intent):
            _approve(here, turn, str(intent), spans)
        if st.button(
            "No example",
            icon=":material/block:",
            key=f"reject_{turn.id}",
            help="The message teaches nothing: it leaves the queue and stays out of the training data.",
        ):
            _withdraw(here, turn, take_back=False)
        if decided is not None and st.button("Take back", icon=":material/undo:", key=f"revoke_{turn.id}"):
            _withdraw(here, turn, take_back=True)


def _choose_intent(turn: Turn, decided: Annotation | None, known: Labels) -> str | None:
    names = list(known.intents)
    guess = decided.intent if decided and decided.state == "approved" else (turn.ranking or [{}])[0].get("name")
    return st.selectbox(
        "Right intent",
        names,
        index=names.index(guess) if guess in names else None,
        format_func=lambda name: _option(known.intents[name]),
        placeholder="Type to search …",
        key=f"intent_{turn.id}",
    )


def _choose_spans(turn: Turn, decided: Annotation | None, known: Labels) -> list[dict[str, Any]]:
    if not known.entities:
        return []
    is_same_text = decided is not None and decided.state == "approved" and decided.text == turn.text
    spans = decided.spans if decided is not None and is_same_text else turn.entities
    kept = [span for span in spans if span["entity"] in known.entities]
    return mark_spans(turn.text, kept, known.entities, key=f"spans_{turn.id}_{len(turn.text)}")


def _option(label: Label) -> str:
    return f"{label.title} – {label.hint}" if label.hint else label.title


def _approve(here: Here, turn: Turn, intent: str, spans: list[dict[str, Any]]) -> None:
    with shown_errors():
        done = here.services.decisions.approve(turn.id, intent=intent, spans=spans, operator=here.account.name)
        here.services.corrections.send_now(done.text)
        many = f" It labels {done.turns} messages." if done.turns > 1 else ""
        flash(
            f"Approved as {intent}: it is in data/nlu/reviewed/{intent}.yml and is learned at the next training.{many} "
            f"{here.services.corrections.says(done.text)}"
        )
        st.rerun()


def _withdraw(here: Here, turn: Turn, *, take_back: bool) -> None:
    with shown_errors():
        decide = here.services.decisions.revoke if take_back else here.services.decisions.reject
        here.services.corrections.send_now(decide(turn.id, operator=here.account.name).text)
        flash("The decision is taken back." if take_back else "Left out: this message is no training example.")
        st.rerun()
