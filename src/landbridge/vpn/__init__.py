"""The words both processes share: algorithms, tunnel options, addresses, intent, observation."""
