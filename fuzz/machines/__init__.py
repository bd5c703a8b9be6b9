"""Memory trees of real machines, as QEMU's monitor prints them, checked against targets.

Reading order: `lines`, `tree_text`, `flat_text`, `dispatch_text` read the two printed texts;
`region_table` and `alias_targets` say which printed lines speak of one region; `facts` names what
the text leaves out; `tree_operations` turns a tree and such facts into operations; `comparison`
sets a target's view beside the printed one; `relevance` and `solver` search for facts that explain
what is printed; `pairing`, `check` and `corpus` do so for machines; `exhaustive` and
`broken_renderers` show that not everything can be explained.
"""
