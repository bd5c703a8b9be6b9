"""Scenarios and the machinery that runs them: targets, the oracle, the fuzzer, mutants."""
