"""Weather from the network: providers, the transport to them, and the cache that makes it needless."""
