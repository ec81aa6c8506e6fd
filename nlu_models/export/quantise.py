"""Weights in int8: a quarter of the size, and faster on a CPU."""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path


def quantise(source: Path, target: Path) -> None:
    """Write the fp32 graph ``source`` with int8 weights to ``target``.

    Per channel and in seven bits: processors with AVX2 but without VNNI overflow with eight.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.quantization.shape_inference import quant_pre_process

    level = logging.getLogger().level
    logging.getLogger().setLevel(logging.ERROR)
    try:
        with tempfile.TemporaryDirectory(dir=target.parent) as folder:
            prepared = Path(folder) / "prepared.onnx"
            quant_pre_process(str(source), str(prepared), skip_symbolic_shape=True)
            quantize_dynamic(
                str(prepared), str(target), per_channel=True, reduce_range=True, weight_type=QuantType.QInt8
            )
    finally:
        logging.getLogger().setLevel(level)
