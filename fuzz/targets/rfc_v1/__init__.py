"""RFC v1 as a target: its behaviour written anew from facts about it, defects included."""
