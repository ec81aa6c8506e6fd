"""Parts of pages. Each owns the state of its widgets."""
