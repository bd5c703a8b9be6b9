"""The reference specification of QEMU's FlatView: pure functions over immutable values.

Reading order: `address_range`, `region`, `view`, `render`, `meaning`, `topology`,
`changes`, `dispatch`.
Addresses are integers mod 2^64; sizes and everything computed while rendering are mathematical
integers, which is what QEMU's 128-bit arithmetic stands for (rule P5).
"""
