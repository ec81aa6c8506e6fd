"""The Streamlit program: login first, then the pages."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from admin_ui import session
from admin_ui.components import login
from admin_ui.components.notices import shown_errors
from admin_ui.components.session_cookie import keep_cookie
from admin_ui.review.accounts import Account

PAGES = Path(__file__).parent / "app_pages"
ICON = str(Path(__file__).with_name("icon.svg"))  # a named icon would be fetched from another site
SECTIONS = {
    "": [("overview", "Overview", "monitoring"), ("handoffs", "Live handoffs", "support_agent")],
    "Learn from conversations": [
        ("conversations", "Conversations", "forum"),
        ("review_queue", "Review queue", "inbox"),
    ],
    "Model": [("train", "Train", "model_training"), ("models", "Models", "deployed_code")],
    "Administration": [("accounts", "Accounts", "group")],
}


def main() -> None:
    """One run of the script."""
    st.set_page_config(page_title="Shopclerk admin", page_icon=ICON, layout="wide")
    with shown_errors():
        account = session.account()
        if account is None:
            login.show(session.services())
        else:
            _pages(account)


def _pages(account: Account) -> None:
    keep_cookie(st.session_state[session.TOKEN], secure=session.services().settings.cookie_secure)
    sections = {
        title: [_page(name, label, icon, is_first=name == "overview") for name, label, icon in pages]
        for title, pages in SECTIONS.items()
    }
    # One conversation has its own address and no place in the menu.
    hidden = st.Page(PAGES / "conversation.py", title="Conversation", url_path="conversation", visibility="hidden")
    chosen = st.navigation({**sections, "Learn from conversations": [*sections["Learn from conversations"], hidden]})
    with st.sidebar:
        _who(account)
    session.bring_up_to_date()
    chosen.run()


def _page(name: str, title: str, icon: str, *, is_first: bool) -> st.Page:
    path = PAGES / f"{name}.py"
    return st.Page(path, title=title, icon=f":material/{icon}:", url_path=name, default=is_first)


def _who(account: Account) -> None:
    with st.container(border=True):
        st.markdown(f":material/account_circle: **{account.name}**  \n{account.role.capitalize()}")
        if st.button("Log out", icon=":material/logout:", width="stretch"):
            login.log_out(session.services())


main()
