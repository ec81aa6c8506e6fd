"""``python -m actions.knowledge [WORDS...]``: checks the articles; with words, searches as the bot does."""

from __future__ import annotations

import sys
from pathlib import Path

from actions.db.tools import tool_settings
from actions.knowledge.base import KnowledgeBase
from contract.wire import ShopclerkError


def main(arguments: list[str]) -> int:
    """Returns the exit status: 0, or 1 after a sentence on standard error."""
    try:
        known = KnowledgeBase.load(Path(tool_settings().data_dir) / "knowledge")
    except ShopclerkError as error:
        sys.stderr.write(f"{error.message}\n")
        return 1
    lines = _found(known, " ".join(arguments)) if arguments else _table(known)
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


def _table(known: KnowledgeBase) -> list[str]:
    intents = known.intents()
    return [
        *(f"{intent:<28}{name}" for intent, name in sorted(intents.items())),
        f"{len(intents)} intents, no mistake.",
    ]


def _found(known: KnowledgeBase, text: str) -> list[str]:
    return [f"{hit.score:.2f}  {hit.answer.source.title}" for hit in known.search(text)] or ["Nothing shares a word."]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
