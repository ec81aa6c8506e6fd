"""Keeps the login over a reload: the session's token in a cookie of this site only."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import streamlit as st

NAME = "shopclerk_admin"
MAX_AGE_S = 12 * 3600
JS = """
export default function ({ data }) {
  const secure = data.secure ? "; Secure" : "";
  document.cookie = `${data.name}=${data.token}; Path=/; SameSite=Strict; Max-Age=${data.maxAge}${secure}`;
}
"""


@lru_cache(maxsize=1)
def _component() -> Any:
    return st.components.v2.component("shopclerk_session_cookie", js=JS)


def keep_cookie(token: str, *, secure: bool) -> None:
    """Sets the cookie in the browser."""
    _component()(key="session_cookie", data=_data(token, MAX_AGE_S, secure=secure), height="content")


def drop_cookie(*, secure: bool) -> None:
    """Removes the cookie from the browser."""
    _component()(key="no_session_cookie", data=_data("", 0, secure=secure), height="content")


def _data(token: str, max_age: int, *, secure: bool) -> dict[str, Any]:
    return {"name": NAME, "token": token, "maxAge": max_age, "secure": secure}
