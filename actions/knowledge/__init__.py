"""What the shop says about its rules, from ``data/knowledge``, always with its source."""

from actions.knowledge.base import Answer, Hit, KnowledgeBase

__all__ = ["Answer", "Hit", "KnowledgeBase"]
