"""The fuzzer's harnesses by name: which operations one decodes to, and what its inputs must do."""
