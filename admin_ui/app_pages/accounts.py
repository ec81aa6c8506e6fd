"""Who may work here."""

from __future__ import annotations

import streamlit as st

from admin_ui.components.notices import flash, show_flash, shown_errors
from admin_ui.components.texts import when
from admin_ui.review import audit
from admin_ui.review.accounts import ADMINISTRATOR, OPERATOR, Account
from admin_ui.review.passwords import MIN_PASSWORD
from admin_ui.session import TOKEN, Here, here
from contract.wire import InvalidInput

LENGTH = f"At least {MIN_PASSWORD} characters."


def main() -> None:
    now = here()
    st.title("Accounts")
    show_flash()
    people, password, log = st.tabs(["Accounts", "Your password", "Audit log"])
    with people, shown_errors():
        _people(now)
    with password, shown_errors():
        _password(now)
    with log, shown_errors():
        _log(now)


def _people(now: Here) -> None:
    for account in now.services.accounts.every():
        _person(now, account)
    if now.account.is_administrator:
        _add(now)
    else:
        st.caption("Only an administrator can add or close accounts, or reset a forgotten password.")


def _person(now: Here, account: Account) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        you = " (you)" if account.id == now.account.id else ""
        st.markdown(f":material/account_circle: **{account.name}**{you}", width="content")
        st.badge(account.role.capitalize(), color="violet" if account.is_administrator else "blue")
        if not account.is_active:
            st.badge("Closed", color="red")
        st.caption(f"since {when(account.created_at)}", width="stretch")
        if now.account.is_administrator and not you:
            _reset(now, account)
            label = "Close" if account.is_active else "Open again"
            if st.button(label, key=f"active_{account.id}", type="secondary"):
                now.services.accounts.set_active(account.name, active=not account.is_active, by=now.account)
                flash(f"The account {account.name} is {'closed' if account.is_active else 'open again'}.")
                st.rerun()


def _reset(now: Here, account: Account) -> None:
    with st.popover("Reset password"), st.form(f"reset_{account.id}", border=False):
        st.caption(f"For {account.name}, who has forgotten it and is then logged out everywhere.")
        password = st.text_input("A password to begin with", type="password", help=LENGTH, autocomplete="new-password")
        if st.form_submit_button("Reset", type="primary"):
            with shown_errors():
                now.services.accounts.reset_password(account.name, password=password, by=now.account)
                flash(f"{account.name} has a new password, and should change it after logging in.")
                st.rerun()


def _add(now: Here) -> None:
    with st.form("add_account", clear_on_submit=False):
        st.subheader("Add an account")
        name, role, password = st.columns(3)
        new_name = name.text_input("Name", autocomplete="off")
        new_role = role.selectbox("Role", [OPERATOR, ADMINISTRATOR], format_func=str.capitalize)
        new_password = password.text_input("First password", type="password", help=LENGTH, autocomplete="new-password")
        if st.form_submit_button("Add", type="primary", icon=":material/person_add:"):
            with shown_errors():
                now.services.accounts.add(name=new_name, password=new_password, role=str(new_role), by=now.account)
                flash(f"The account {new_name.strip().lower()} is made. Its owner should change the password.")
                st.rerun()


def _password(now: Here) -> None:
    with st.form("change_password", clear_on_submit=True):
        old = st.text_input("Your password now", type="password", autocomplete="current-password")
        new = st.text_input("New password", type="password", autocomplete="new-password")
        again = st.text_input("New password again", type="password", autocomplete="new-password")
        if st.form_submit_button("Change", type="primary"):
            with shown_errors():
                if new != again:
                    raise InvalidInput("The two new passwords differ.")
                now.services.accounts.change_password(now.account, old=old, new=new, keep=st.session_state[TOKEN])
                flash("Your password is changed, and you are logged out everywhere else.")
                st.rerun()


def _log(now: Here) -> None:
    with now.services.database.session() as session:
        rows = audit.latest(session)
    st.caption("Who did what, the newest first. Nothing here can be changed.")
    st.dataframe(
        [
            {
                "When": when(row.at),
                "Who": row.operator,
                "What": row.action,
                "About": row.about,
                "Details": ", ".join(f"{name} {value}" for name, value in row.detail.items()),
            }
            for row in rows
        ],
        hide_index=True,
    )


main()
