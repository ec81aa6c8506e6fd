"""What serves now, and the two questions before that changes."""

from __future__ import annotations

from typing import Any

import streamlit as st

from admin_ui.components.notices import attempt, shown_errors
from admin_ui.review import audit
from admin_ui.session import Here
from contract.deployment import Deployment

STATES: dict[str, tuple[str, Any, str]] = {
    "starting": ("Starting", "blue", "The first model is being loaded."),
    "serving": ("Serving", "green", "Shoppers are answered by this model."),
    "loading": ("Loading", "orange", "The new model is loaded and checked; the old one goes on answering."),
    "failed": ("Failed", "red", "The last attempt failed; the model below goes on answering if there is one."),
}


def draw_deployment(deployment: Deployment) -> None:
    """The state, the archive that serves, the one being loaded, and where a roll back goes."""
    title, color, says = STATES.get(deployment.state, (deployment.state, "gray", ""))
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.badge(title, color=color, icon=":material/circle:")
            st.caption(says, width="content")
        columns = st.columns(3)
        active = deployment.active
        _fact(columns[0], "Serves", active.name if active else "nothing")
        _fact(columns[1], "Transformer version", active.model_version if active else "–")
        if deployment.candidate:
            _fact(columns[2], "Being loaded", deployment.candidate)
        else:
            _fact(columns[2], "A roll back goes to", deployment.previous or "nowhere yet")
        if deployment.error:
            st.error(deployment.error, icon=":material/error:")


@st.dialog("Promote this archive?")
def ask_and_deploy(here: Here, archive: str) -> None:
    """Asks, then begins to load ``archive``."""
    st.markdown(f"**{archive}** is loaded and checked beside the model that serves. Then it takes over.")
    if st.button("Promote", type="primary", key="really_promote", on_click=_deploy, args=(here, archive)):
        st.rerun()


@st.dialog("Roll back?")
def ask_and_roll_back(here: Here) -> None:
    """Asks, then begins to load the archive before this one."""
    with shown_errors():
        previous = here.services.control.deployment().previous
        if not previous:
            st.info("There is no archive before this one, so there is nothing to roll back to.")
            return
        st.markdown(f"**{previous}** is loaded beside the model that serves. Then it takes over again.")
        if st.button("Roll back", type="primary", key="really_roll_back", on_click=_roll_back, args=(here, previous)):
            st.rerun()


def _deploy(here: Here, archive: str) -> None:
    def work() -> None:
        here.services.control.deploy(archive)
        _note(here, "promote", archive)

    attempt(work, said=f"{archive} is being loaded.")


def _roll_back(here: Here, previous: str) -> None:
    def work() -> None:
        here.services.control.roll_back()
        _note(here, "roll back", previous)

    attempt(work, said=f"Rolling back to {previous}.")


def _fact(column: Any, label: str, value: str) -> None:
    with column:
        st.caption(label)
        st.markdown(f"`{value}`" if value not in ("–", "nothing", "nowhere yet") else value)


def _note(here: Here, action: str, about: str) -> None:
    with here.services.database.session() as session:
        audit.note(session, here.account.name, action, about)
