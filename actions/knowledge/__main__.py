"""``python -m actions.knowledge [WORDS...]``: checks the articles; with words, searches as the bot does.

The first search makes the encoder ready, which takes half a minute."""

from __future__ import annotations

import sys
from pathlib import Path

from actions.db.tools import tool_settings
from actions.knowledge.base import SURE, KnowledgeBase
from actions.knowledge.meaning import Meaning
from contract.wire import ShopclerkError


def main(arguments: list[str]) -> int:
    """Returns the exit status: 0, or 1 after a sentence on standard error."""
    try:
        settings = tool_settings()
        known = KnowledgeBase.load(Path(settings.data_dir) / "knowledge", Meaning.of(settings))
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
    known.prepare()
    hits = [f"{hit.score:.2f}  {hit.answer.source.title}" for hit in known.search(text)]
    return [*hits, f"From {SURE} on it is the answer."] if hits else ["Nothing has anything in common with that."]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
