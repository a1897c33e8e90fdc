"""The protocols in which AWS services speak, each derived from the service model."""
