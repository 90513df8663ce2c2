"""Where a model file's tensors lie, and where its leaves are cut: anew at every tensor."""
