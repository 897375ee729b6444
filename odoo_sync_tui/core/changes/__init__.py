"""Changes of documents, as the change log keeps them."""
