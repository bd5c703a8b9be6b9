"""The lives of views in live machines, from what QEMU traces of them."""
