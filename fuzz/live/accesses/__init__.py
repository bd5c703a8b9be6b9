"""Accesses to live machines: the device callbacks that QEMU traces, beside the specification's."""
