"""Small additions that peft puts into the encoder, learns instead of its weights, and merges into them at the end.

Only kinds that can be merged are offered, so that a served model is a plain encoder whatever taught it. Bottleneck
adapters cannot: they add layers. Of the others IA3 (scales) and OFT (rotations) are the adapters beside LoRA's kin.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from nlu_models.training.arguments import TrainingArguments
from nlu_models.training.layers import layers_of
from nlu_models.training.model import JointModel

ORTHOGONALITY = 0.5


class Adapters:
    """The additions in a model; with ``tuning="full"`` there are none and every method does nothing."""

    def __init__(self, model: JointModel, arguments: TrainingArguments, *, steps: int) -> None:
        """Put them into ``model``; the encoder's own weights then stay as they are.

        Args:
            steps: of the whole training; AdaLoRA moves its ranks to the important layers meanwhile.
        """
        self._model, self._tuner = model, None
        if arguments.tuning != "full":
            import peft

            config = _config(model.encoder, arguments, steps)
            wrapped: Any = peft.get_peft_model(model.encoder, config)  # type: ignore[arg-type]
            model.encoder, self._tuner = wrapped, wrapped.base_model
        self._allocates = hasattr(self._tuner, "update_and_allocate")

    def penalty(self) -> Tensor | float:
        """What AdaLoRA adds to the loss: how far its factors are from orthogonal."""
        if not self._allocates:
            return 0.0
        weights = list(self._model.encoder.named_parameters())
        factors = [p for name, p in weights if "lora_A" in name] + [p.T for name, p in weights if "lora_B" in name]
        gaps = [torch.linalg.norm(f @ f.T - torch.eye(len(f), device=f.device)) for f in factors]
        return ORTHOGONALITY * torch.stack(gaps).mean()

    def allocate(self, step: int) -> None:
        """Let AdaLoRA share out its ranks after ``step`` (from 1), while the gradients are there."""
        if self._allocates:
            self._tuner.update_and_allocate(step)  # type: ignore[union-attr,attr-defined]

    def state(self) -> dict[str, Any]:
        """What goes on between two steps beside the weights, for a checkpoint."""
        if not self._allocates:
            return {}
        tuner: Any = self._tuner
        allocator = tuner.rankallocator
        names = ("ipt", "exp_avg_ipt", "exp_avg_unc")
        pattern = tuner.peft_config[tuner.trainable_adapter_name].rank_pattern
        return {"pattern": pattern, **{name: getattr(allocator, name) for name in names}}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from ``state``."""
        tuner: Any = self._tuner
        for name, value in state.items():
            if name == "pattern":
                tuner.peft_config[tuner.trainable_adapter_name].rank_pattern = value
            else:
                setattr(tuner.rankallocator, name, value)

    def merge(self) -> None:
        """Make the model's encoder a plain one again, the additions in its weights."""
        if self._tuner is not None:
            tuner: Any = self._tuner
            self._model.encoder, self._tuner, self._allocates = tuner.merge_and_unload(), None, False


def _config(encoder: nn.Module, arguments: TrainingArguments, steps: int) -> Any:
    import peft

    learning = set(layers_of(encoder)[arguments.frozen_layers :].modules())
    linear = {
        name: module for name, module in encoder.named_modules() if isinstance(module, nn.Linear) and module in learning
    }
    targets, rank = list(linear), arguments.tuning_rank
    if arguments.tuning == "lora":
        return peft.LoraConfig(r=rank, lora_alpha=2 * rank, target_modules=targets)
    if arguments.tuning == "ia3":
        narrowing = [name for name, module in linear.items() if module.in_features > module.out_features]
        return peft.IA3Config(target_modules=targets, feedforward_modules=narrowing)
    if arguments.tuning == "oft":
        return peft.OFTConfig(r=0, oft_block_size=rank, target_modules=targets)
    return peft.AdaLoraConfig(
        init_r=rank + max(1, rank // 2),
        target_r=rank,
        lora_alpha=2 * rank,
        target_modules=targets,
        total_step=max(steps, 2),
        tinit=steps // 10,
        tfinal=steps // 3,
        deltaT=max(1, steps // 50),
    )
