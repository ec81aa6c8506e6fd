"""What the shop says about its rules, from ``data/knowledge``, always with its source."""

from actions.knowledge.base import SURE, Hit, KnowledgeBase
from actions.knowledge.meaning import Meaning
from actions.knowledge.passages import Answer

__all__ = ["SURE", "Answer", "Hit", "KnowledgeBase", "Meaning"]
