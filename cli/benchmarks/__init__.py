"""What `flatview bench` measures: one module a group of cases, and what runs and reports them."""
