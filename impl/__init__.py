"""The optimized implementation of QEMU's FlatView."""
