"""``python -m bot.training.rasa_cli train ...``: Rasa's command line, with warnings one can act on.

Rasa warns about what it does not know of: that forms use their ``utter_ask_`` responses, that actions and our channel
use responses too, and that our components find entities and apply synonyms. Those are left out; the rest is one line
each.
"""

from __future__ import annotations

import re
import sys
import warnings
from typing import Any

from bot.quiet import hush

_UNFOUNDED = re.compile(
    r"utterance 'utter_(ask_\w+|default|next_request|all_requests)' is not used in any story or rule"
    r"|does not include an entity extractor trained"
    r"|does not include an 'EntitySynonymMapper'"
    r"|^'\w+' deprecated"
    r"|^The path 'domain\.yml' does not seem to exist"
)
_shown: set[str] = set()


def show(message: Warning | str, category: type[Warning], *_: Any, **__: Any) -> None:
    """Writes a warning of Rasa's; those of the libraries beneath it are for their authors."""
    text = " ".join(str(message).split())
    if not issubclass(category, UserWarning) or _UNFOUNDED.search(text) or text in _shown:
        return
    _shown.add(text)
    sys.stderr.write(f"Warning: {text}\n")


def main() -> None:
    hush()
    import rasa.__main__

    warnings.showwarning = show
    rasa.__main__.main()


if __name__ == "__main__":
    main()
