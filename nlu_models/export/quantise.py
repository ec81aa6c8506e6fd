"""Weights in int8, in two ways; both make a quarter of the size.

``int8`` is the faster one: a scale for each output channel of the weights and one for all activations of a batch, so
a few large activations cost precision (and a message is understood a little differently in other company).
``int8-blocks`` has a scale for every 128 weights and activations: practically as exact as fp32, and still faster.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nlu_models.registry.space import require

INT8, INT8_BLOCKS = "int8", "int8-blocks"
WAYS = (INT8, INT8_BLOCKS)  # fastest first
BLOCK = 128
COMPUTE_IN_INT8 = 4  # ONNX Runtime's accuracy level


def quantise(source: Path, target: Path, *, way: str = INT8) -> None:
    """Write the fp32 graph ``source`` with int8 weights to ``target``.

    Raises:
        NoSpace: the disk has no room for the copies that are made on the way.
    """
    require(target.parent, 2 * source.stat().st_size)
    with _quietly(), tempfile.TemporaryDirectory(dir=target.parent) as folder:
        prepared = Path(folder) / "prepared.onnx"
        _prepare(source, prepared)
        if way == INT8:
            _by_channel(prepared, target)
        else:
            _by_block(prepared, target, Path(folder))


def _prepare(source: Path, target: Path) -> None:
    from onnxruntime.quantization.shape_inference import quant_pre_process

    quant_pre_process(str(source), str(target), skip_symbolic_shape=True)


def _by_channel(source: Path, target: Path) -> None:
    """In seven bits: processors with AVX2 but without VNNI overflow with eight."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantize_dynamic(str(source), str(target), per_channel=True, reduce_range=True, weight_type=QuantType.QInt8)


def _by_block(source: Path, target: Path, folder: Path) -> None:
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer

    embedded = folder / "embedded.onnx"
    quantize_dynamic(str(source), str(embedded), op_types_to_quantize=["Gather"], weight_type=QuantType.QInt8)
    quantiser = MatMulNBitsQuantizer(
        onnx.load(embedded), bits=8, block_size=BLOCK, is_symmetric=True, accuracy_level=COMPUTE_IN_INT8
    )
    quantiser.process()
    quantiser.model.save_model_to_file(str(target))


@contextmanager
def _quietly() -> Iterator[None]:
    """ONNX Runtime's quantisation talks to the root logger, and makes it listen where nobody has set it up."""
    level, disabled = logging.root.level, logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(disabled)
        logging.root.setLevel(level)
