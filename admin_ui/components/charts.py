"""Charts in the colours of the theme."""

from __future__ import annotations

import altair as alt
import pandas as pd
import streamlit as st

HEIGHT = 220


def bars(data: pd.DataFrame, *, x: str, y: str, lying: bool = False) -> None:
    """One bar a row; lying bars are sorted by length."""
    if lying:
        category = alt.Y(f"{x}:N", sort="-x", title=None, axis=alt.Axis(labelLimit=220, labelOverlap=False))
        chart = (
            alt.Chart(data).mark_bar(cornerRadiusEnd=3).encode(y=category, x=alt.X(f"{y}:Q", title=None, axis=_whole()))
        )
    else:
        day = alt.X(f"{x}:T", title=None, axis=_days())
        chart = alt.Chart(data).mark_bar(cornerRadiusEnd=3).encode(x=day, y=alt.Y(f"{y}:Q", title=None, axis=_whole()))
    st.altair_chart(chart.encode(tooltip=[x, y]).properties(height=HEIGHT))


def lines(data: pd.DataFrame, *, x: str) -> None:
    """One line for every column but ``x``."""
    long = data.melt(id_vars=[x], var_name="what", value_name="value").dropna()
    colour = alt.Color(
        "what:N", title=None, sort=list(data.columns[1:]), legend=alt.Legend(orient="top", offset=2, padding=0)
    )
    chart = (
        alt.Chart(long)
        .mark_line(point=True)
        .encode(
            x=alt.X(f"{x}:T", title=None, axis=_days()),
            y=alt.Y("value:Q", title=None, scale=alt.Scale(zero=True), axis=alt.Axis(format="~g")),
            color=colour if len(data.columns) > 2 else alt.Undefined,
            tooltip=[f"{x}:T", "what", "value"],
        )
    )
    st.altair_chart(chart.properties(height=HEIGHT))


def _days() -> alt.Axis:
    return alt.Axis(format="%-d %b", labelOverlap=True, grid=False, tickCount=6)


def _whole() -> alt.Axis:
    return alt.Axis(tickMinStep=1, format="d")
