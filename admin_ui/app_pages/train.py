"""Trains a new model from the training data and the approved examples, with live progress."""

from __future__ import annotations

import streamlit as st

from admin_ui.components.notices import empty, shown_errors
from admin_ui.components.texts import percent, when
from admin_ui.review import audit
from admin_ui.session import Here, here
from contract.deployment import TrainingRun
from contract.wire import NotFound, Unavailable

STATES = {"running": ("Running", "blue"), "succeeded": ("Succeeded", "green"), "failed": ("Failed", "red")}
LIVE_S = 1.5


def main() -> None:
    now = here()
    st.title("Train")
    with shown_errors():
        examples = now.services.decisions.files.examples()
        many = len(examples)
        st.caption(
            f"{many} approved example{'s' if many != 1 else ''} in {len({e.intent for e in examples})} intents "
            "will be learned with the other training data. The bot goes on answering meanwhile, and the new model "
            "serves only after you promote it. "
            f"{now.services.corrections.standing.in_force} of them are in force already, without a training."
        )
    _live(now)


@st.fragment(run_every=LIVE_S)
def _live(now: Here) -> None:
    with shown_errors():
        runs = now.services.control.trainings()
        is_running = bool(runs) and runs[0].state == "running"
        if st.button(
            "Train now", type="primary", icon=":material/model_training:", disabled=is_running, key="train_now"
        ):
            _start(now)
            runs = now.services.control.trainings()
        if not runs:
            empty("No training yet", "Approve a few messages, then train.", icon="model_training")
            return
        _newest(now, runs[0])
        _earlier(runs[1:])


def _start(now: Here) -> None:
    run = now.services.control.train()
    with now.services.database.session() as session:
        audit.note(session, now.account.name, "train", run.run_id)


def _newest(now: Here, run: TrainingRun) -> None:
    with st.container(border=True):
        title, color = STATES.get(run.state, (run.state, "gray"))
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**Training of {when(run.started_at)}**", width="content")
            st.badge(title, color=color)  # type: ignore[arg-type]
        if run.state == "running":
            st.progress(min(max(run.progress, 0.0), 1.0), text=f"{run.stage} · {percent(run.progress)}")
        elif run.state == "failed":
            st.error(run.error or "The training failed without saying why.", icon=":material/error:")
        else:
            _result(now, run)
        if run.log_tail:
            with st.expander("Log", expanded=run.state == "failed"):
                st.code("\n".join(run.log_tail), language=None, height=220)


def _result(now: Here, run: TrainingRun) -> None:
    st.success(f"Made {run.archive or 'an archive'} with the transformer version {run.model_version or 'unknown'}.")
    try:
        metrics = now.services.nlu.model(run.model_version).metrics if run.model_version else {}
    except (NotFound, Unavailable) as error:
        st.caption(f"Its metrics cannot be shown: {error.message}")
        metrics = {}
    if metrics:
        with st.container(horizontal=True):
            for name, value in list(metrics.items())[:6]:
                st.metric(name.replace("_", " ").capitalize(), f"{value:.3f}", width="content")
    st.page_link("app_pages/models.py", label="Compare and promote it", icon=":material/deployed_code:")


def _earlier(runs: list[TrainingRun]) -> None:
    if not runs:
        return
    st.subheader("Earlier trainings")
    st.dataframe(
        [
            {
                "Started": when(run.started_at),
                "State": STATES.get(run.state, (run.state,))[0],
                "Archive": run.archive or "–",
                "Transformer version": run.model_version or "–",
                "Problem": run.error or "",
            }
            for run in runs
        ],
        hide_index=True,
    )


main()
