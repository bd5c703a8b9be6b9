"""Changes of live machines: what a guest does to chipset and devices, and the views after it."""
