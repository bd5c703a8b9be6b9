"""Real machines of an unchanged QEMU, while they run: started, changed, accessed, compared.

What a machine does is asked over QMP, its monitor and qtest, which any QEMU has; so any version can
be named. (`fuzz/qemu/` is the other way to QEMU: an agent inside it, for one version.)
"""
