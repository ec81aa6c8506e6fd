"""The page before all others: log in, or make the first account."""

from __future__ import annotations

import streamlit as st

from admin_ui.components.notices import shown_errors
from admin_ui.components.session_cookie import drop_cookie
from admin_ui.review.accounts import Accounts
from admin_ui.review.passwords import MIN_PASSWORD
from admin_ui.services import Services
from admin_ui.session import TOKEN
from contract.wire import InvalidInput


def show(services: Services) -> None:
    """The form that is needed now."""
    drop_cookie(secure=services.settings.cookie_secure)
    _, middle, _ = st.columns([1, 1.3, 1])
    with middle:
        st.space("large")
        st.markdown(f"# :material/storefront: {services.settings.shop_name}")
        if services.accounts.needs_setup():
            _first_account(services.accounts)
        else:
            _log_in(services.accounts)


def log_out(services: Services) -> None:
    """Ends the session here and in the database."""
    services.accounts.log_out(st.session_state.pop(TOKEN, ""))
    st.session_state.clear()
    st.rerun()


def _log_in(accounts: Accounts) -> None:
    with st.form("log_in"):
        st.subheader("Log in")
        name = st.text_input("Name", autocomplete="username")
        password = st.text_input("Password", type="password", autocomplete="current-password")
        sent = st.form_submit_button("Log in", type="primary", width="stretch")
    if sent:
        with shown_errors():
            _, st.session_state[TOKEN] = accounts.log_in(name, password)
            st.rerun()
    st.caption("Forgotten? An administrator can reset it on the page *Accounts*.")


def _first_account(accounts: Accounts) -> None:
    with st.form("set_up"):
        st.subheader("Make the first account")
        st.caption("It becomes the administrator. The set-up code was printed where the admin UI was started.")
        code = st.text_input("Set-up code", placeholder="xxxx-xxxx-xxxx-xxxx", autocomplete="off")
        name = st.text_input("Name", placeholder="for example: kim", autocomplete="username")
        password = st.text_input(
            "Password", type="password", help=f"At least {MIN_PASSWORD} characters.", autocomplete="new-password"
        )
        again = st.text_input("Password again", type="password", autocomplete="new-password")
        sent = st.form_submit_button("Make the account", type="primary", width="stretch")
    if sent:
        with shown_errors():
            if password != again:
                raise InvalidInput("The two passwords differ.")
            accounts.make_first(code=code, name=name, password=password)
            _, st.session_state[TOKEN] = accounts.log_in(name, password)
            st.rerun()
