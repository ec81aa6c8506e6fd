"""From torch weights to an ONNX graph, and to int8 where that costs nothing."""
