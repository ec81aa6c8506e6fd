"""How it goes: figures of the last days, and what to do next."""

from __future__ import annotations

import time

import pandas as pd
import streamlit as st

from admin_ui.components.charts import bars, lines
from admin_ui.components.notices import empty, shown_errors
from admin_ui.components.texts import percent
from admin_ui.review import queue
from admin_ui.review.clients.gateway import Ratings
from admin_ui.review.clients.health import Health, programs
from admin_ui.review.figures import Figures, figures
from admin_ui.session import Here, here
from contract.settings import Settings
from contract.wire import ShopclerkError

SPANS = {"7 days": 7, "30 days": 30, "90 days": 90}


def main() -> None:
    now = here()
    head, choice = st.columns([2.4, 1], vertical_alignment="bottom")
    head.title("Overview")
    days = SPANS[
        choice.segmented_control("Time", list(SPANS), default="30 days", required=True, key="o_days") or "30 days"
    ]
    with shown_errors():
        with now.services.database.session() as session:
            found = figures(session, days=days, now=time.time())
            waiting = queue.waiting(session)
        _numbers(found, waiting)
        _satisfaction(now, days)
        if found.messages:
            _charts(found)
        else:
            empty(
                "No messages in this time",
                "Open the web chat and say something, or choose a longer time.",
                icon="forum",
            )
    _programs(now)


def _numbers(found: Figures, waiting: int) -> None:
    columns = st.columns(6)
    columns[0].metric("Conversations", found.conversations, border=True)
    columns[1].metric("Messages", found.messages, border=True, help="Typed by shoppers and understood by the bot.")
    columns[2].metric(
        "Fallbacks",
        percent(found.fallback_rate),
        border=True,
        help="Share of the messages that the bot did not understand.",
    )
    rated = found.thumbs_up + found.thumbs_down
    up = f"{found.thumbs_up} / {rated}" if rated else "–"
    columns[3].metric("Thumbs up", up, border=True, help="Of all answers that shoppers rated.")
    columns[4].metric("Handed over", found.handoffs, border=True)
    columns[5].metric("Approved", found.approved, border=True, help="Messages that operators gave a label.")
    with st.container(horizontal=True, vertical_alignment="center"):
        if waiting:
            who = "1 decision waits" if waiting == 1 else f"{waiting} decisions wait"
            st.page_link("app_pages/review_queue.py", label=f"{who} in the review queue", icon=":material/inbox:")
        if found.faults:
            st.caption(
                f":material/warning: {found.faults} events of the tracker store could not be read and were skipped."
            )


def _satisfaction(now: Here, days: int) -> None:
    """What shoppers answered when they were asked; nothing where nobody answered, or the gateway does not."""
    try:
        found = now.services.gateway.satisfaction(days=days)
    except ShopclerkError:
        return  # which program does not answer stands below
    rated = [(title, each) for title, each in (("the bot", found.bot), ("a person", found.person)) if each.count]
    for column, (title, ratings) in zip(st.columns(len(rated)) if rated else [], rated, strict=True):
        answers = f"{ratings.count} {'answer' if ratings.count == 1 else 'answers'}"
        column.metric(
            f"Satisfied with {title}",
            f"{ratings.mean:.1f} of 5",
            answers,
            delta_color="off",
            delta_arrow="off",
            border=True,
            help=_distribution(ratings),
        )


def _distribution(ratings: Ratings) -> str:
    titles = ("Very bad", "Bad", "Okay", "Good", "Very good")
    counts = [f"{title}: {ratings.distribution.get(str(value), 0)}" for value, title in enumerate(titles, 1)]
    return "From 1 to 5. " + ", ".join(counts) + "."


def _charts(found: Figures) -> None:
    days = [pd.Timestamp(day.day) for day in found.days]
    left, right = st.columns(2)
    with left.container(border=True):
        st.markdown("**Messages a day**")
        bars(pd.DataFrame({"day": days, "Messages": [day.messages for day in found.days]}), x="day", y="Messages")
    with right.container(border=True):
        st.markdown("**Not understood, % of messages**")
        rates = [100 * day.fallbacks / day.messages if day.messages else None for day in found.days]
        lines(pd.DataFrame({"day": days, "Not understood": rates}), x="day")
    left, right = st.columns(2)
    with left.container(border=True):
        st.markdown("**Thumbs and handoffs a day**")
        counts = {
            "Thumbs up": [day.thumbs_up for day in found.days],
            "Thumbs down": [day.thumbs_down for day in found.days],
            "Handed over": [day.handoffs for day in found.days],
        }
        lines(pd.DataFrame({"day": days, **counts}), x="day")
    with right.container(border=True):
        st.markdown("**What shoppers want most**")
        names, numbers = zip(*found.intents, strict=True) if found.intents else ((), ())
        bars(pd.DataFrame({"intent": names, "Messages": numbers}), x="intent", y="Messages", lying=True)


@st.cache_data(ttl=10, show_spinner=False, hash_funcs={Settings: repr})
def _health(settings: Settings) -> list[Health]:
    return programs(settings)


def _programs(now: Here) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption("Programs", width="content")
        for program in _health(now.services.settings):
            state = "answers" if program.is_up else "does not answer"
            icon = ":material/check_circle:" if program.is_up else ":material/cloud_off:"
            color = "green" if program.is_up else "red"
            st.badge(f"{program.name} {state}", icon=icon, color=color, help=program.url)  # type: ignore[arg-type]


main()
