"""What operations run by hand: `python -m infra.ops.<name>`."""
