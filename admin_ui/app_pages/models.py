"""What serves, which archives there are, old and new side by side, promote and roll back."""

from __future__ import annotations

import streamlit as st

from admin_ui.components.comparison_view import draw_comparison
from admin_ui.components.deployment_view import ask_and_deploy, ask_and_roll_back, draw_deployment
from admin_ui.components.notices import empty, show_flash, shown_errors
from admin_ui.components.texts import size, when
from admin_ui.session import Here, here
from contract.deployment import ArchiveInfo
from contract.wire import NotFound

LIVE_S = 2.0
SERVES = "archive_that_serves"


def main() -> None:
    now = here()
    st.title("Models")
    show_flash()
    _live(now)
    with shown_errors():
        archives = now.services.control.archives()
        if not archives:
            empty("No archive yet", "Train a model first: an archive of Rasa appears here.", icon="deployed_code")
            return
        _archives(now, archives)
        _compare(now, archives)
        _confusion(now, archives)


@st.fragment(run_every=LIVE_S)
def _live(now: Here) -> None:
    with shown_errors():
        deployment = now.services.control.deployment()
        draw_deployment(deployment)
        serves = deployment.active.name if deployment.active else ""
        seen = st.session_state.get(SERVES, serves)
        st.session_state[SERVES] = serves
        if seen != serves:  # the rest of the page shows which archive serves
            st.rerun()


def _archives(now: Here, archives: list[ArchiveInfo]) -> None:
    st.subheader("Archives")
    chosen = st.dataframe(
        [
            {
                "": "● serves" if archive.is_active else "",
                "Archive": archive.name,
                "Transformer version": archive.model_version,
                "Made": when(archive.created_at),
                "Size": size(archive.size_bytes),
            }
            for archive in archives
        ],
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        key="archives",
    )
    rows = chosen["selection"]["rows"]
    picked = archives[rows[0]] if rows and rows[0] < len(archives) else None
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(
            f"Promote {picked.name}" if picked else "Promote",
            type="primary",
            icon=":material/rocket_launch:",
            disabled=picked is None or picked.is_active,
            key="promote",
        ):
            ask_and_deploy(now, picked.name if picked else "")
        if st.button("Roll back", icon=":material/undo:", key="roll_back"):
            ask_and_roll_back(now)
        if picked is None:
            st.caption("Choose a row to promote it.", width="content")


def _compare(now: Here, archives: list[ArchiveInfo]) -> None:
    st.subheader("Old and new side by side")
    versions = list(dict.fromkeys(archive.model_version for archive in archives))
    if len(versions) < 2:
        empty("Only one transformer version", "Approve labels and train again, then compare the two.", icon="compare")
        return
    active = next((a.model_version for a in archives if a.is_active), versions[-1])
    newest = next(version for version in versions if version != active)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        old = st.selectbox("Old", versions, index=versions.index(active), key="old_version")
        new = st.selectbox("New", versions, index=versions.index(newest), key="new_version")
        wanted = st.button("Compare", icon=":material/compare:", key="compare", disabled=old == new)
    draw_comparison(now, str(old), str(new), wanted=wanted)


def _confusion(now: Here, archives: list[ArchiveInfo]) -> None:
    st.subheader("What is taken for what")
    versions = list(dict.fromkeys(archive.model_version for archive in archives))
    version = st.selectbox("Transformer version", versions, key="confusion_version")
    if not st.toggle("Show the confusion matrix", key="show_confusion"):
        return
    try:
        picture = now.services.nlu.confusion_picture(str(version))
    except NotFound as error:
        st.info(f"There is no picture for this version. {error.message}", icon=":material/image_not_supported:")
        return
    st.image(picture, caption=f"Rows are the right intents, columns what {version} understood, on the test set.")


main()
