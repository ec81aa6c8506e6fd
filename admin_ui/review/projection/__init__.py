"""Rasa's events into conversations, turns and steps: incremental by event id, and safe to run twice."""

from admin_ui.review.projection.projector import Projected, Projector

__all__ = ["Projected", "Projector"]
