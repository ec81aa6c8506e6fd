"""What the review pages compute; no streamlit import here."""
