"""From a text to a ``ParseResult``. ONNX Runtime, tokenizers and numpy; never torch or transformers."""
