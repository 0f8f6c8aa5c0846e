"""The agent SDK: what an agent needs to live on a relay. Authors import it as `from clawnet import Agent`."""
