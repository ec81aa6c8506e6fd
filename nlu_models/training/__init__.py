"""Fine-tuning of the joint intent and entity model, from checked examples to a published version."""
