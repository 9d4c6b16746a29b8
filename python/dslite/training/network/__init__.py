"""The networks: backbones, head and their layers."""
