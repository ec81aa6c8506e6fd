"""Errors as sentences, and pages with nothing on them that say what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st

from contract.wire import ShopclerkError, Unavailable

FLASH, PROBLEM = "flash_message", "flash_problem"


@contextmanager
def shown_errors() -> Iterator[None]:
    """Errors of ours become a sentence on the page; the rest of the page goes on."""
    try:
        yield
    except Unavailable as error:
        st.error(error.message, icon=":material/cloud_off:")
    except ShopclerkError as error:
        st.error(error.message, icon=":material/error:")


def empty(title: str, what_to_do: str, *, icon: str = "inbox") -> None:
    """What stands where there is nothing to show."""
    with st.container(border=True, horizontal_alignment="center"):
        st.markdown(f"#### :material/{icon}: {title}", text_alignment="center")
        st.caption(what_to_do, text_alignment="center")


def flash(message: str) -> None:
    """Says something after the page has been drawn again."""
    st.session_state[FLASH] = message


def attempt(work: Callable[[], object], *, said: str) -> None:
    """Does ``work`` in a widget's callback: ``said`` or the error is shown when the page is drawn."""
    try:
        work()
    except ShopclerkError as error:
        st.session_state[PROBLEM] = error.message
    else:
        if said:
            flash(said)


def show_flash() -> None:
    """What ``flash`` and ``attempt`` have to say, once."""
    problem = st.session_state.pop(PROBLEM, None)
    if problem:
        st.error(problem, icon=":material/error:")
    message = st.session_state.pop(FLASH, None)
    if message:
        st.success(message, icon=":material/check_circle:")
