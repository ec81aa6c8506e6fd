"""The operators' Streamlit UI: pages draw, components own their widget state, review computes."""
