"""Who uses this browser tab, and the services that its pages work with."""

from __future__ import annotations

import time
from dataclasses import dataclass

import streamlit as st

from admin_ui import services as parts
from admin_ui.review.accounts import Account
from admin_ui.services import Services
from contract.settings import Settings, load
from contract.wire import ShopclerkError

TOKEN = "login_token"  # noqa: S105 - the name of a key
COOKIE = "shopclerk_admin"
PROJECT_EVERY_S = 5.0


@dataclass(frozen=True)
class Here:
    """What a page gets."""

    services: Services
    account: Account


def services() -> Services:
    """The services of these settings, made once for all tabs."""
    return _built(load())


@st.cache_resource(max_entries=4, show_spinner="Opening the review store …", hash_funcs={Settings: repr})
def _built(settings: Settings) -> Services:
    return parts.build(settings)


@dataclass
class _Projection:
    """When events were last projected, by the monotonic clock, and what went wrong then."""

    at: float = float("-inf")
    problem: str | None = None


@st.cache_resource(max_entries=4, hash_funcs={Settings: repr}, show_spinner=False)
def _projection(settings: Settings) -> _Projection:
    del settings  # one for each installation
    return _Projection()


def account() -> Account | None:
    """Who is logged in here, None where nobody is."""
    token = st.session_state.get(TOKEN) or st.context.cookies.get(COOKIE)
    found = services().accounts.of_token(token) if isinstance(token, str) else None
    if found is None:
        st.session_state.pop(TOKEN, None)
    else:
        st.session_state[TOKEN] = token
    return found


def here() -> Here:
    """The services and who is logged in. Stops the page where nobody is."""
    found = account()
    if found is None:
        st.warning("You are logged out. Reload the page to log in again.", icon=":material/lock:")
        st.stop()
    return Here(services(), found)


def bring_up_to_date() -> None:
    """Projects new events and sends approved labels that are not in force yet, at most every few seconds for all tabs
    together. A fault is shown, never raised."""
    made = services()
    last = _projection(made.settings)
    if time.monotonic() - last.at >= PROJECT_EVERY_S:
        last.at, last.problem = time.monotonic(), None
        try:
            made.projector.run()
        except ShopclerkError as error:
            last.problem = error.message
        made.corrections.keep_up()
    if last.problem:
        st.warning(f"What you see may be old. {last.problem}", icon=":material/sync_problem:")
