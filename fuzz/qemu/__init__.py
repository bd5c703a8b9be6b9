"""QEMU itself: a process of it that carries out scenarios on its own memory code.

The agent (`agent.c` and the other C files) is compiled and loaded into an unchanged QEMU, where it
calls the functions that QEMU exports for its modules. So any tree of regions, transaction, listener
and access can be tried on the real code, not only what some machine makes of it.
"""
