"""`rasa train --finetune` with new intents, new entities and a changed domain.

Rasa refuses these: its networks have one output for each label. Ours can grow and the other parts of our pipeline train
anew in seconds, so the check is replaced in the training graph, by the hook that Rasa has for plugins. Beside a
component that cannot grow (DIET, TED, ...) Rasa's own rule holds.
"""

from __future__ import annotations

import sys

import pluggy
from rasa.core.policies.memoization import MemoizationPolicy
from rasa.core.policies.rule_policy import RulePolicy
from rasa.engine.graph import SchemaNode
from rasa.graph_components.validators.finetuning_validator import (
    FINGERPRINT_CORE,
    FINGERPRINT_NLU,
    FinetuningValidator,
)
from rasa.plugin import plugin_manager

NODE = "finetuning_validator"
_hookimpl = pluggy.HookimplMarker("rasa")


class GrowingValidator(FinetuningValidator):
    """Rasa's check, for which other labels and another domain are no conflict where every trained part can grow."""

    def _compare_or_memorize(self, fingerprint_key: str, new_fingerprint: str, error_message: str) -> None:
        if fingerprint_key in (FINGERPRINT_CORE, FINGERPRINT_NLU) and self._all_can_grow():
            self._fingerprints[fingerprint_key] = new_fingerprint
        else:
            super()._compare_or_memorize(fingerprint_key, new_fingerprint, error_message)

    def _all_can_grow(self) -> bool:
        nodes = self._execution_context.graph_schema.nodes.values()
        return all(can_grow(node.uses) for node in nodes if node.fn == "train")


def can_grow(component: type) -> bool:
    """Whether the component, loaded from an old archive, trains on new labels: ours say so by an attribute."""
    return bool(getattr(component, "labels_may_grow", False)) or issubclass(component, (MemoizationPolicy, RulePolicy))


@_hookimpl
def modify_default_recipe_graph_train_nodes(train_nodes: dict[str, SchemaNode]) -> None:
    """Called by Rasa for each half of a training graph."""
    train_nodes[NODE].uses = GrowingValidator


def install() -> None:
    """Registers the hook; calling it again changes nothing."""
    if not plugin_manager().is_registered(sys.modules[__name__]):
        plugin_manager().register(sys.modules[__name__])
