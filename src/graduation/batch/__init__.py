"""Big registries: scored part by part, safe against any interruption."""
