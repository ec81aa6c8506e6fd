"""Personal data out, natural stand-ins in: what leaves here may be read, labelled and trained on."""

from admin_ui.review.masking.masker import Edit, Hint, Masked, Masker

__all__ = ["Edit", "Hint", "Masked", "Masker"]
