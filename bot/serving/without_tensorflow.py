"""Serving without TensorFlow: our components and policies need none, and it costs 3 s and 340 MB per process.

Rasa's entity extractor base imports ``rasa.utils.train_utils`` for a helper of its own models, and that module
imports TensorFlow. An empty module in its place keeps it out. Training and `rasa test` are not touched.
"""

from __future__ import annotations

import sys
import types

NAME = "rasa.utils.train_utils"


def keep_tensorflow_out() -> None:
    """Call it before anything of Rasa is imported; afterwards it does nothing."""
    if NAME in sys.modules:
        return
    import rasa.utils

    module = types.ModuleType(NAME, __doc__)
    sys.modules[NAME] = module
    rasa.utils.train_utils = module
