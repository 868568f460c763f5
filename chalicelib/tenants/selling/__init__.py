"""What we sell to tenants: the plans, and what each lets a tenant have."""
